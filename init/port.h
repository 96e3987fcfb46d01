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

/* From here on the ports are serial lines (serial.h), all of them there. */
void port_use_serial(void);
bool port_is_serial(void);

/* The same, waiting until DEADLINE_MS (clock_ms) for the port to come, but only where there is a
 * virtio console device that could bring it. UEVENT_FD was opened before (uevent.h). */
int port_wait(const char *name, int access, int uevent_fd, int64_t deadline_ms);

/* When one port is there, wait for the others of its device to be named, until DEADLINE_MS. A port
 * of a console (hvc) never gets a name, so where there is one this waits in vain. */
void port_settle(int uevent_fd, int64_t deadline_ms);

#endif
