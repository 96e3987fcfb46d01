/* SPDX-License-Identifier: Apache-2.0 */
/* ring.h: the app's streams as rings of bytes in memory that the guest and the base system share:
 * that of an ivshmem device (ivshmem.h), for which no kernel needs a driver. Pure.
 *
 * Each ring has one side that writes and one that reads. Each side owns one index, the number of
 * bytes so far modulo 2^32, keeps it to itself and writes it into the memory for the other; what
 * the other side has written there is read once, and counts only where it is possible. So whatever
 * is in the memory, no side gets beyond its ring.
 *
 * That there is something to look at is said on the line of the report (serial.h), which is in
 * order with the memory:
 *   - PID 1 writes the byte RING_BELL: there is output. Where the ring is a quarter full, it
 *     writes RING_BELL_ANSWER, and no more for that ring until the base system has read it empty
 *     and answered with a line "1" or "2", the number of the ring.
 *   - The base system writes an empty line: there is input, or it has ended. How much of it was
 *     taken PID 1 tells in a report (report_input), each RING_TOLD bytes. */
#ifndef PITH_INIT_RING_H
#define PITH_INIT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RING_COUNT 3                    /* by the child's descriptors: input, output, errors */
#define RING_DEVICE_BYTES (1024u << 10) /* of the device's memory: a power of two */
#define RING_BYTES (256u << 10) /* of each ring, which lie one behind another: another one */
#define RING_TOLD (RING_BYTES / 4)

/* Control characters, which no report line holds. NUMBER: 1 or 2. */
#define RING_BELL(number) ((char)(number))
#define RING_BELL_ANSWER(number) ((char)((number) + 2))
#define RING_BELL_LAST 4

/* One side's view of a ring. */
struct ring {
	struct ring_words *words; /* in the shared memory */
	char *bytes;              /* RING_BYTES of them there */
	uint32_t own;             /* this side's index */
	bool writes;              /* else it reads */
};

/* Ring NUMBER in the RING_DEVICE_BYTES at MEMORY, zero at the beginning. */
void ring_attach(struct ring *ring, void *memory, int number, bool writes);

/* The next bytes that can be read, or places that can be written, at *BYTES: how many they are up
 * to the end of the ring's memory. 0: none for now. -EPROTO: the other side's index is none. */
ssize_t ring_look(const struct ring *ring, char **bytes);

/* SIZE of them, no more than ring_look has said, are read or written: tell the other side. */
void ring_move(struct ring *ring, size_t size);

/* The writer's: nothing comes after this. The reader's question, asked before ring_look. */
void ring_close(struct ring *ring);
bool ring_is_closed(const struct ring *ring);

/* The writer's: how many bytes the reader has not taken; RING_BYTES at the most. */
uint32_t ring_fill(const struct ring *ring);

#endif
