/* SPDX-License-Identifier: Apache-2.0 */
/* runner_pipe.h: what the runner in the guest reports: JSON lines in a pipe, passed on as "runner"
 * events (report.h). They inform; PID 1's own outcome stays that of its child. */
#ifndef PITH_INIT_RUNNER_PIPE_H
#define PITH_INIT_RUNNER_PIPE_H

#include <stdbool.h>

/* Make in advance what runner_pipe_open will need, before a machine waits for work (park.h). */
void runner_pipe_prepare(void);

/* Make the pipe. Returns the end for the child, the caller's, close-on-exec; or -errno. */
int runner_pipe_open(void);

/* The descriptor to poll for input, or -1 while there is none or the report channel is busy. */
int runner_pipe_poll_fd(void);

/* Whether the pipe is open: a writer may be there, or something to be read. */
bool runner_pipe_is_open(void);

/* Read some and pass on the lines that are whole; never blocks. */
void runner_pipe_run(void);

#endif
