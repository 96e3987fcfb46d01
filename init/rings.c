/* SPDX-License-Identifier: Apache-2.0 */
/* rings.c: PID 1's side of the rings. */
#include "rings.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ivshmem.h"
#include "report.h"
#include "ring.h"

static struct {
	struct ring ring;
	uint32_t belled; /* the ring's index when the base system was told last */
	bool asks;       /* it is to answer */
} rings[RING_COUNT];

static bool are_open;

int rings_open(void)
{
	int fd = ivshmem_open(), result = 0;

	if (fd < 0)
		return fd;
	void *memory = mmap(NULL, RING_DEVICE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		result = -errno;
	close(fd);
	for (int i = 0; result == 0 && i < RING_COUNT; i++)
		ring_attach(&rings[i].ring, memory, i, i != 0);
	are_open = result == 0;
	return result;
}

bool rings_are_open(void)
{
	return are_open;
}

/* As ring_look; -ENODATA at the end of the input. */
static ssize_t look(int number, char **bytes)
{
	const struct ring *ring = &rings[number].ring;
	const bool ends = number == 0 && ring_is_closed(ring); /* before the look */
	ssize_t size = ring_look(ring, bytes);

	return size == 0 && ends ? -ENODATA : size;
}

ssize_t rings_carry(int number, int fd)
{
	char *bytes;
	ssize_t size = look(number, &bytes);

	if (size == -ENODATA)
		return 0;
	if (size <= 0) {
		errno = size == 0 ? EAGAIN : EPROTO;
		return -1;
	}
	size = number == 0 ? write(fd, bytes, (size_t)size) : read(fd, bytes, (size_t)size);
	if (size > 0)
		ring_move(&rings[number].ring, (size_t)size);
	return size;
}

void rings_poll(int number, int fd, struct pollfd *entry)
{
	char *unused;

	/* The other end is heard on the line of the report. */
	*entry = (struct pollfd){.fd = look(number, &unused) == 0 ? -1 : fd,
				 .events = number == 0 ? POLLOUT : POLLIN};
}

void rings_bell(void)
{
	for (int i = 1; are_open && i < RING_COUNT; i++) {
		const uint32_t fill = ring_fill(&rings[i].ring), own = rings[i].ring.own;

		if (report_answered(i))
			rings[i].asks = false;
		if (fill == 0 || rings[i].asks || (fill < RING_TOLD && rings[i].belled == own))
			continue;
		rings[i].asks = fill >= RING_TOLD;
		rings[i].belled = own;
		report_bell(rings[i].asks ? RING_BELL_ANSWER(i) : RING_BELL(i));
	}
}
