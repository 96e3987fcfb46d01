/* SPDX-License-Identifier: Apache-2.0 */
/* notify.h: the socket on which a process says that it is ready (sd_notify(3)). */
#ifndef PITH_INIT_NOTIFY_H
#define PITH_INIT_NOTIFY_H

#include <stdbool.h>

#define NOTIFY_ADDRESS_SIZE 64

/* Make a socket. ADDRESS gets what belongs into NOTIFY_SOCKET. Returns the descriptor, non-blocking
 * and close-on-exec, or -errno. */
int notify_open(char address[NOTIFY_ADDRESS_SIZE]);

/* Read messages that have come, not without end. True when one of them said READY=1 and came from
 * root, from the caller's own user or from UID, the process's. */
bool notify_read(int fd, unsigned uid);

#endif
