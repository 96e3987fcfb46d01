/* SPDX-License-Identifier: Apache-2.0 */
/* guard.h: a process above the supervisor that does nothing but outlive it, so that even SIGKILL of
 * the supervisor leaves no process behind and the terminal as it was. */
#ifndef PITH_RUNNER_GUARD_H
#define PITH_RUNNER_GUARD_H

#include <stdbool.h>

/* Fork. The parent becomes the guard and never returns: it passes on the signals it gets, and exits
 * with the supervisor's exit code, or with 125 after having ended what a killed supervisor left.
 * The child returns and is the supervisor, in a process group of its own; it gets SIGTERM should
 * the guard be killed. Within a guest, below PID 1, there is no guard: PID 1 is one. Signals must
 * have been taken over (signals.h), and the terminal saved. */
void guard_start(void);
/* Called in the supervisor: the guard is gone (or there never was one: false). */
bool guard_is_gone(void);

#endif
