/* SPDX-License-Identifier: Apache-2.0 */
/* interrupt.h: SIGINT, SIGTERM and SIGHUP during long work of a command that has something to clean
 * up: the host tool that is running is ended, the work returns -EINTR, cleans up as after any other
 * error, and pith then ends by the signal it was sent. */
#ifndef PITH_RUNNER_INTERRUPT_H
#define PITH_RUNNER_INTERRUPT_H

#include <stdbool.h>
#include <sys/types.h>

/* Begin: from here on the signals are noted. SIGPIPE is ignored, so that a tool that went away is
 * an error of write(2). */
void interrupt_catch(void);

/* Whether a signal came since. To be looked at in every loop that can take long. */
bool interrupt_came(void);

/* Fork a child that SIGKILL ends when a signal comes, or when pith dies in any way. In the child
 * the signals are as they were before interrupt_catch. Returns as fork(2). */
pid_t interrupt_fork(void);

/* waitpid(2) for that child, until it ends. Returns its wait status, or -errno. */
int interrupt_wait(pid_t child);

/* If a signal came, end by it now; else return. */
void interrupt_end(void);

#endif
