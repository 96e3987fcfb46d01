/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h: the app's standard streams, carried between pipes and virtio-serial ports, or rings of
 * shared memory (ring.h). Byte for byte; one bounded buffer each; when a side takes nothing, the
 * other one has to wait. */
#ifndef PITH_INIT_STREAM_H
#define PITH_INIT_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#define STREAM_COUNT 3

/* Open in advance what the others will need, before a machine waits for work (park.h). What cannot
 * be opened is left to them, which say why; what they do not need stays open. */
void stream_prepare(void);

/* Open the ports that there are, or the rings' ends where those are open. CHILD_FDS gets what the
 * child is to have as 0, 1 and 2, or -1 where it is to have what PID 1 has; the caller closes them
 * after the fork. Without WITH_INPUT the port of the input is passed over. Returns 0 or -errno. */
int stream_open(int child_fds[STREAM_COUNT], bool with_input);

/* The ports themselves, for a program that is PID 1: then nobody carries anything. WITH_INPUT as
 * above. Returns 0 or -errno. */
int stream_open_ports(int fds[STREAM_COUNT], bool with_input);

/* What one of those two has filled: errors are to go where the output goes, so that both come in
 * the order in which they are written. FDS[2] is FDS[1] then. */
void stream_join(int fds[STREAM_COUNT]);

/* Fill STREAM_COUNT entries for poll(2). Returns the longest time to wait in milliseconds, or -1.
 */
int stream_poll(struct pollfd *entries);

/* After poll(2): carry what can be carried without blocking. Returns whether anything was. */
bool stream_run(const struct pollfd *entries);

/* Give back the memory of buffers in which nothing is. */
void stream_trim(void);

/* Whether some of the output has not been carried yet: its writers are there, or its port is full.
 */
bool stream_output_left(void);

/* Where there are rings: more of the same as the output, after the child's end and stream_close.
 * *FD gets what is to be written to, the caller's. Returns 0, -ENOENT without rings, or another
 * -errno. */
int stream_open_more(int *fd);

/* How many bytes have been written for the child's descriptor NUMBER so far. */
uint64_t stream_carried(int number);

/* Close what is open: what closing a port sends is behind all that was written to it. */
void stream_close(void);

#endif
