/* SPDX-License-Identifier: Apache-2.0 */
/* port.h: virtio-serial ports, found by name (/sys/class/virtio-ports). The kernel lets one process
 * at a time open a port: what PID 1 holds, the app cannot open. */
#ifndef PITH_INIT_PORT_H
#define PITH_INIT_PORT_H

#include <stdbool.h>
#include <stdint.h>

/* Open the port called NAME, non-blocking and close-on-exec, with the open(2) access mode ACCESS.
 * Returns the descriptor, the caller's, or -ENOENT or another -errno. */
int port_open(const char *name, int access);

/* The same, waiting until DEADLINE_MS (clock_ms) for the port to come, but only where there is a
 * virtio console device that could bring it. UEVENT_FD was opened before (uevent.h). */
int port_wait(const char *name, int access, int uevent_fd, int64_t deadline_ms);

#endif
