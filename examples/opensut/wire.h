/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h: TCP for the stand-in apps: short messages under a deadline. */
#ifndef OPENSUT_WIRE_H
#define OPENSUT_WIRE_H

#include <stddef.h>

#define WIRE_TIMEOUT_S 120 /* for a peer to appear, or to answer: guests boot at their own pace */

/* A socket that listens on TCP port PORT, or ends the program with a message. */
int wire_listen(unsigned port);

/* A connection to the host that the environment variable NAME gives as a dotted IPv4 address, tried
 * again until it is there. Ends the program with a message after WIRE_TIMEOUT_S. */
int wire_connect(const char *name, unsigned port);

/* Read or write exactly SIZE bytes. Return 0, or -1 when the peer is gone or too slow. */
int wire_read(int fd, void *bytes, size_t size);
int wire_write(int fd, const void *bytes, size_t size);

/* Read a line of at most SIZE - 1 bytes, without its newline. Returns 0 or -1. */
int wire_read_line(int fd, char *line, size_t size);

/* Ask PEER (see wire_connect) for one line of telemetry. Returns 0 or -1. */
int wire_telemetry(int fd, char *line, size_t size);

#endif
