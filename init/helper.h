/* SPDX-License-Identifier: Apache-2.0 */
/* helper.h: a process of PID 1's own, for what has no deadline itself. */
#ifndef PITH_INIT_HELPER_H
#define PITH_INIT_HELPER_H

#include <sys/types.h>

#define HELPER_KILL_MS 1000 /* what is stuck in the kernel for longer is left there */

/* Become UID and GID for good, without supplementary groups; for a process that may. These are the
 * system calls alone: the C library would have other threads do the same, under locks that a
 * process which shares PID 1's memory (child.h) must not take. Returns 0, or -1 with errno. */
int helper_become(uid_t uid, gid_t gid);

/* Wait for PID, a child, to end: TIMEOUT_MS at most, then it gets KILL and HELPER_KILL_MS. SIGCHLD
 * is blocked (signals.h). Returns 0 with its wait status in *STATUS; -ETIMEDOUT when it had to be
 * killed; or -ECHILD. */
int helper_wait(pid_t pid, int timeout_ms, int *status);

#endif
