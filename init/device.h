/* SPDX-License-Identifier: Apache-2.0 */
/* device.h: waiting for a block device. */
#ifndef PITH_INIT_DEVICE_H
#define PITH_INIT_DEVICE_H

#include <stdint.h>

#include "outcome.h"

/* Wait until PATH exists, TIMEOUT_MS at most. UEVENT_FD was opened before the drivers were loaded
 * (uevent.h). Returns 0, or -1 with OUTCOME naming the device and what exists in its place. */
int device_wait(const char *path, uint32_t timeout_ms, int uevent_fd, struct outcome *outcome);

#endif
