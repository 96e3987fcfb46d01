/* SPDX-License-Identifier: Apache-2.0 */
/* ring.c: rings of bytes in shared memory. Pure. */
#include "ring.h"

#include <errno.h>

/* A cache line each, at the beginning of the device's memory. */
struct ring_words {
	uint32_t written, unused1[15];
	uint32_t read, unused2[15];
	uint32_t closed, unused3[15];
};

void ring_attach(struct ring *ring, void *memory, int number, bool writes)
{
	*ring = (struct ring){.words = (struct ring_words *)memory + number,
			      .bytes = (char *)memory + (size_t)(1 + number) * RING_BYTES,
			      .writes = writes};
}

/* The processor may have combined what was written to the device's memory, which only a full
 * barrier ends (resource2_wc: Intel's manual, volume 3, 12.3.1). */
static void store(uint32_t *word, uint32_t value)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Loads from such memory may pass each other: those of the bytes must stay behind the index. */
static uint32_t load(const uint32_t *word)
{
	const uint32_t value = __atomic_load_n(word, __ATOMIC_ACQUIRE);

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return value;
}

/* How many bytes are in the ring; more than RING_BYTES: they are not. */
static uint32_t used(const struct ring *ring)
{
	return ring->writes ? ring->own - load(&ring->words->read)
			    : load(&ring->words->written) - ring->own;
}

ssize_t ring_look(const struct ring *ring, char **bytes)
{
	const uint32_t offset = ring->own % RING_BYTES, in_ring = used(ring);
	const uint32_t there = ring->writes ? RING_BYTES - in_ring : in_ring;

	if (in_ring > RING_BYTES)
		return -EPROTO;
	*bytes = ring->bytes + offset;
	return there < RING_BYTES - offset ? there : RING_BYTES - offset;
}

void ring_move(struct ring *ring, size_t size)
{
	ring->own += (uint32_t)size;
	store(ring->writes ? &ring->words->written : &ring->words->read, ring->own);
}

void ring_close(struct ring *ring)
{
	store(&ring->words->closed, 1);
}

bool ring_is_closed(const struct ring *ring)
{
	return load(&ring->words->closed) != 0;
}

uint32_t ring_fill(const struct ring *ring)
{
	const uint32_t in_ring = used(ring);

	return in_ring < RING_BYTES ? in_ring : RING_BYTES;
}
