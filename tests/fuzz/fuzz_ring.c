/* SPDX-License-Identifier: Apache-2.0 */
/* A ring whose other side writes whatever it likes into the shared memory: neither reader nor
 * writer gets a place outside of the ring's, or more of it than there is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../init/ring.h"

static char *memory;

static void use(struct ring *ring, size_t wanted)
{
	char *places;
	ssize_t size = ring_look(ring, &places);

	if (size > (ssize_t)RING_BYTES || ring_fill(ring) > RING_BYTES)
		abort();
	if (size <= 0)
		return;
	if (places < memory + RING_BYTES || places + size > memory + RING_DEVICE_BYTES)
		abort();
	if (wanted > (size_t)size)
		wanted = (size_t)size;
	if (ring->writes)
		memset(places, 'x', wanted);
	ring_move(ring, wanted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ring rings[2 * RING_COUNT];

	if (memory == NULL && (memory = malloc(RING_DEVICE_BYTES)) == NULL)
		abort();
	memset(memory, 0, 4096);
	for (int i = 0; i < 2 * RING_COUNT; i++)
		ring_attach(&rings[i], memory, i / 2, i % 2 == 0);
	/* Five bytes a step: what is done, and a number for it. */
	for (; size >= 5; data += 5, size -= 5) {
		uint32_t number;
		memcpy(&number, data + 1, sizeof(number));
		if (data[0] % 2 == 0) /* a word of the first page, of any ring */
			memcpy(memory + data[0] / 2 % 64 * 16, &number, sizeof(number));
		else if (data[0] % 64 == 1)
			ring_close(&rings[number % (2 * RING_COUNT)]);
		else
			use(&rings[data[0] / 2 % (2 * RING_COUNT)], number);
	}
	return 0;
}
