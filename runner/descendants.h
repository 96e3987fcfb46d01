/* SPDX-License-Identifier: Apache-2.0 */
/* descendants.h: ending every process below this one. As a child subreaper (prctl(2)) this process
 * inherits the children of those that end, so ending children until there are none ends the tree,
 * double forks and sessions of their own included. */
#ifndef PITH_RUNNER_DESCENDANTS_H
#define PITH_RUNNER_DESCENDANTS_H

#include <stdint.h>
#include <sys/types.h>

/* Become a child subreaper. */
void descendants_adopt(void);
/* Send SIGNAL to every child and to the process group it leads; SIGCONT follows SIGTERM. Returns
 * how many children there were. */
unsigned descendants_signal(int signal);
/* Reap what has ended. Returns how many children are left to wait for: 0 or 1 (at least one). */
int descendants_reap(void);
/* TERM and CONT, up to GRACE_MS for them to end, then KILL until there is none, for at most 10 s
 * more. SIGCHLD must be blocked. Returns how many children needed ending, orphans not counted. */
unsigned descendants_end(uint64_t grace_ms);

#endif
