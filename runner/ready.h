/* SPDX-License-Identifier: Apache-2.0 */
/* ready.h: how a process says that it is ready: sd_notify(3), or a socket that it listens on. */
#ifndef PITH_RUNNER_READY_H
#define PITH_RUNNER_READY_H

#include <stdbool.h>

#define READY_ADDRESS_SIZE 64

/* Make a socket for sd_notify. ADDRESS gets what belongs into NOTIFY_SOCKET. Returns the
 * descriptor, non-blocking and close-on-exec, or -errno. */
int ready_notify_open(char address[READY_ADDRESS_SIZE]);
/* Read the messages that have come. True when one of them said READY=1 and came from root, from
 * pith's own user or from UID, the process's. */
bool ready_notify_read(int fd, unsigned uid);
/* Somebody listens on the unix socket PATH. Without connecting: that could be the only connection
 * its owner takes. */
bool ready_socket_listens(const char *path);

#endif
