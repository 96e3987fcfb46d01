/* SPDX-License-Identifier: Apache-2.0 */
/* A ring whose other side writes whatever it likes into the shared memory: neither reader nor
 * writer gets a place outside of the ring's, or more of it than there is; nor do pith's streams, of
 * which the input takes no more than it may. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../init/ring.h"
#include "../../runner/stream.h"

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

static struct loop loop;
static struct stream output, input;
static struct ring output_ring, input_ring;

/* The base system's side, between files that always have more, and take all. */
static void start_streams(void)
{
	static int null = -1;

	if (null < 0 && (loop_init(&loop) != 0 || (null = open("/dev/null", O_RDWR)) < 0))
		abort();
	ring_attach(&output_ring, memory, 1, false);
	ring_attach(&input_ring, memory, 0, true);
	if (stream_start_ring(&output, &loop, &output_ring, null) != 0 ||
	    stream_start_ring_input(&input, &loop, open("/dev/zero", O_RDONLY), &input_ring) != 0)
		abort();
}

static void turn(uint32_t number)
{
	uint64_t limit = input.limit > number ? input.limit : number;

	stream_look(&output, number % 2 == 0);
	stream_allow(&input, number);
	for (int i = 0; i < 3; i++)
		if (loop_run_once(&loop, 0) != 0)
			abort();
	if (input.taken > limit || (output.ring_is_broken && !stream_is_done(&output)))
		abort();
}

static void end_streams(void)
{
	if (!stream_is_done(&output))
		stream_finish(&output);
	for (int i = 0; i < 20 && !stream_is_done(&output); i++)
		(void)loop_run_once(&loop, 0);
	if (!stream_is_done(&output)) /* at most a ring is left, and nobody adds to it */
		abort();
	if (!stream_is_done(&input))
		stream_end(&input);
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
	start_streams();
	/* Five bytes a step: what is done, and a number for it. */
	for (; size >= 5; data += 5, size -= 5) {
		uint32_t number;
		memcpy(&number, data + 1, sizeof(number));
		if (data[0] % 2 == 0) /* a word of the first page, of any ring */
			memcpy(memory + data[0] / 2 % 64 * 16, &number, sizeof(number));
		else if (data[0] % 64 == 1)
			ring_close(&rings[number % (2 * RING_COUNT)]);
		else if (data[0] % 16 == 3)
			turn(number);
		else
			use(&rings[data[0] / 2 % (2 * RING_COUNT)], number);
	}
	end_streams();
	return 0;
}
