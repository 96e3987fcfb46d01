/* SPDX-License-Identifier: Apache-2.0 */
/* guest.h: whether this is the guest's side. */
#ifndef PITH_RUNNER_GUEST_H
#define PITH_RUNNER_GUEST_H

#include <stdbool.h>

/* Whether this process is the one that pith-init, PID 1 of a guest, has started. */
bool guest_is_its_runner(void);

#endif
