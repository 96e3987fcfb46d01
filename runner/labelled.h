/* SPDX-License-Identifier: Apache-2.0 */
/* labelled.h: output of several processes on one standard output: whole lines, each with the name
 * of its process before it; and copies in log files. A line longer than LABELLED_LINE_MAX is
 * broken. With an empty label the bytes pass unchanged. */
#ifndef PITH_RUNNER_LABELLED_H
#define PITH_RUNNER_LABELLED_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

#define LABELLED_LINE_MAX 16384

struct labelled;

/* Carry what comes from SOURCE_FD, owned from now on, to SINK_FD (1 or 2), with LABEL (copied)
 * before each line, and as it is to LOG_FD (the caller's; -1: none). Ends the program when memory
 * is out. */
struct labelled *labelled_start(struct loop *loop, int source_fd, int sink_fd, const char *label,
				int log_fd);
/* Take what is there now, without waiting. */
void labelled_drain(struct labelled *output);
/* Bytes read from the source so far. */
uint64_t labelled_taken(const struct labelled *output);
/* The source has ended. */
bool labelled_is_done(const struct labelled *output);
/* Hand on what is left of a line, close and free. NULL is fine. */
void labelled_end(struct labelled *output);
/* Everything has been written. */
bool labelled_is_flushed(void);
/* Drop what is not written yet, and what is still to come. */
void labelled_drop(void);

#endif
