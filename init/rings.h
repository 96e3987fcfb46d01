/* SPDX-License-Identifier: Apache-2.0 */
/* rings.h: PID 1's side of the rings (ring.h), by the child's descriptor that they are for: bytes
 * are read and written where they lie in the shared memory. */
#ifndef PITH_INIT_RINGS_H
#define PITH_INIT_RINGS_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

/* Find the device with the rings and map them. Returns 0 or -errno. */
int rings_open(void);
bool rings_are_open(void);

/* Carry once between FD, the other end of the child's descriptor NUMBER, and the ring. Returns how
 * many bytes, 0 at the end, or -1 with errno: EAGAIN when there is nothing or no room for now. */
ssize_t rings_carry(int number, int fd);
/* Fill the entry for poll(2): FD, where that is to be waited for. */
void rings_poll(int number, int fd, struct pollfd *entry);
/* Tell the base system of output that it has not taken yet: once, and again when it has answered.
 */
void rings_bell(void);

#endif
