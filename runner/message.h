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

/* Say so and exit with EXIT_CODE_PITH. */
_Noreturn void die_out_of_memory(void);

#endif
