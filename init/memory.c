/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c: PID 1's own malloc(): each block is pages of its own from the kernel.
 *
 * PID 1 asks for memory some ten times (the command line's vectors, the app's environment, the
 * handle of a directory that is read) and holds three or four blocks at a time. An allocator for
 * many small blocks is 9 KB of program. Here a block of up to 4 KB less its header has a page of
 * its own, a freed block is memory no more, and there is no state that a fork or a signal could
 * find half changed.
 *
 * Linked into pith-init only, where musl uses it as well (opendir, strdup): libcrypto is asked for
 * nothing that allocates.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Before each block; as large as the strictest alignment, so that blocks are aligned to it. */
union header {
	size_t mapped; /* bytes from here, whole pages */
	max_align_t alignment;
};

/* The pages for SIZE bytes and their header, in bytes; 0 when there is no such number. */
static size_t pages_for(size_t size)
{
	size_t page = (size_t)getpagesize();

	if (size > PTRDIFF_MAX - sizeof(union header) - page)
		return 0;
	return (size + sizeof(union header) + page - 1) & ~(page - 1);
}

/** SIZE bytes, all zero. NULL and ENOMEM when there is not so much. */
void *malloc(size_t size)
{
	size_t mapped = pages_for(size);
	union header *header;

	if (mapped == 0) {
		errno = ENOMEM;
		return NULL;
	}
	header = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (header == MAP_FAILED)
		return NULL;
	header->mapped = mapped;
	return header + 1;
}

/** COUNT elements of SIZE bytes, all zero: fresh pages are. NULL and ENOMEM when there is not so
 * much. */
void *calloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return malloc(bytes);
}

/** BLOCK, or nothing when NULL, with room for SIZE bytes; it may move. NULL and ENOMEM: it stays as
 * it is. */
void *realloc(void *block, size_t size)
{
	union header *header = block;
	size_t mapped = pages_for(size);

	if (block == NULL)
		return malloc(size);
	if (mapped == 0) {
		errno = ENOMEM;
		return NULL;
	}
	header--;
	if (mapped == header->mapped)
		return block;
	header = mremap(header, header->mapped, mapped, MREMAP_MAYMOVE);
	if (header == MAP_FAILED)
		return NULL;
	header->mapped = mapped;
	return header + 1;
}

/** Gives BLOCK back, unless it is NULL. errno stays. */
void free(void *block)
{
	union header *header = block;
	int saved = errno;

	if (block != NULL && munmap(header - 1, header[-1].mapped) != 0)
		abort(); /* no address of malloc's */
	errno = saved;
}
