/* SPDX-License-Identifier: Apache-2.0 */
/* warm_wait.h: waiting for one of a few descriptors before the loop of the supervisor runs. */
#ifndef PITH_RUNNER_WARM_WAIT_H
#define PITH_RUNNER_WARM_WAIT_H

#include <stddef.h>
#include <stdint.h>

#define WARM_WAIT_MAX 8

/* Wait until one of the COUNT descriptors FDS (negative ones are passed over) has something to read
 * or is at its end. Returns 0; -ETIMEDOUT at DEADLINE_MS (CLOCK_MONOTONIC); -EINTR when a signal is
 * pending that asks pith to stop: it stays pending for the supervisor. */
int warm_wait(const int *fds, size_t count, uint64_t deadline_ms);

#endif
