/* SPDX-License-Identifier: Apache-2.0 */
/* message.h: what pith says to its user, on standard error, each line begun with "pith: ". */
#ifndef PITH_RUNNER_MESSAGE_H
#define PITH_RUNNER_MESSAGE_H

#include <stdbool.h>

extern bool message_verbose; /* -v */
extern bool message_quiet;   /* -q: say_progress says nothing; errors are still said */

/* A line about what is going on; errno is preserved by all of these. */
void say_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line only with -v. */
void say_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A line in any case. */
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* From now on, or no more (ON): no line waits for who reads standard error. What that does not take
 * is held, up to 64 KiB, and written in order by later lines and message_flush(). For a supervisor,
 * whose deadlines hold whether somebody reads or not. */
void message_hold(bool on);
/* Write what is taken of what is held. Returns whether nothing is left of it. */
bool message_flush(void);
/* What is not taken at once is dropped, now and from now on. */
void message_drop(void);

/* Say so and exit with EXIT_CODE_PITH. */
_Noreturn void die_out_of_memory(void);

#endif
