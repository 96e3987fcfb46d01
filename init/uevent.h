/* SPDX-License-Identifier: Apache-2.0 */
/* uevent.h: the kernel's announcements of devices (netlink), so that waiting needs no sleeping. */
#ifndef PITH_INIT_UEVENT_H
#define PITH_INIT_UEVENT_H

#include <stddef.h>
#include <stdint.h>

#define UEVENT_SIZE 4096 /* larger than the kernel's UEVENT_BUFFER_SIZE of 2048 and its header */

/* A non-blocking socket on which the kernel's uevents arrive, the caller's; or -errno. To miss
 * nothing, open it first and look at /sys or /dev afterwards. */
int uevent_open(void);

/* Read one event into BUFFER of UEVENT_SIZE bytes: strings ended by NUL bytes, with one more NUL
 * behind. Returns its size, 0 when none is waiting (or FD is negative). Messages that are not the
 * kernel's are passed over, and 0 comes after many of them, too. */
size_t uevent_read(int fd, char *buffer);

/* The value of KEY in an event, or NULL. */
const char *uevent_value(const char *event, size_t size, const char *key);

/* Wait until some event arrives and read away what waits, at most until DEADLINE_MS (clock_ms).
 * Returns 0, or -ETIMEDOUT. */
int uevent_wait(int fd, int64_t deadline_ms);

#endif
