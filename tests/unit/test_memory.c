/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1's allocator under names of its own: the sanitizers have the usual ones. */
#define malloc memory_malloc
#define calloc memory_calloc
#define realloc memory_realloc
#define free memory_free
void *memory_malloc(__SIZE_TYPE__);
void *memory_calloc(__SIZE_TYPE__, __SIZE_TYPE__);
void *memory_realloc(void *, __SIZE_TYPE__);
void memory_free(void *);
#include "../../init/memory.c"
#undef malloc
#undef calloc
#undef realloc
#undef free

#include "../tap.h"

#include <string.h>

static bool all(const unsigned char *from, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++)
		if (from[i] != value)
			return false;
	return true;
}

static bool is_mapped(void *address)
{
	uintptr_t page = (uintptr_t)address & ~((uintptr_t)getpagesize() - 1);

	return msync((void *)page, 1, MS_ASYNC) == 0;
}

int main(void)
{
	static const size_t sizes[] = {0, 1, 15, 16, 4079, 4080, 4081, 8192, 100000, 5 << 20};
	unsigned char *block = NULL, *other;
	bool aligned = true, zero = true;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		block = memory_malloc(sizes[i]);
		aligned = aligned && block != NULL && (uintptr_t)block % _Alignof(max_align_t) == 0;
		zero = zero && block != NULL && all(block, sizes[i], 0);
		memset(block, 0xa5, sizes[i]);
		memory_free(block);
	}
	ok(aligned, "blocks of 0 bytes to 5 MiB are aligned");
	ok(zero, "and all zero, those after others, too");
	memory_free(block = memory_malloc(4080));
	ok(!is_mapped(block), "a freed block is memory no more");
	errno = EXDEV;
	memory_free(NULL);
	memory_free(memory_malloc(1));
	ok(errno == EXDEV, "free() leaves errno alone");

	block = memory_realloc(NULL, 10);
	memset(block, 1, 10);
	ok(memory_realloc(block, 4000) == block, "a block grows in its page without moving");
	block = memory_realloc(block, 1 << 20);
	ok(block != NULL && all(block, 10, 1) && all(block + 10, (1 << 20) - 10, 0),
	   "one that grows beyond keeps what it holds");
	memset(block, 2, 1 << 20);
	block = memory_realloc(block, 5000);
	ok(block != NULL && all(block, 5000, 2), "so does one that shrinks");

	errno = 0;
	ok(memory_realloc(block, SIZE_MAX - 10) == NULL && errno == ENOMEM,
	   "realloc refuses what no memory can hold");
	ok(all(block, 5000, 2), "and the block stays as it was");
	errno = 0;
	ok(memory_malloc(SIZE_MAX) == NULL && errno == ENOMEM, "malloc refuses SIZE_MAX bytes");
	errno = 0;
	ok(memory_calloc(SIZE_MAX / 2, 3) == NULL && errno == ENOMEM,
	   "calloc refuses a product that overflows");
	errno = 0;
	ok(memory_malloc((size_t)1 << 55) == NULL && errno == ENOMEM,
	   "malloc says what the kernel has not");

	other = memory_calloc(3, 7);
	ok(other != NULL && all(other, 21, 0), "calloc's elements are zero");
	memory_free(other);
	memory_free(block);
	return done();
}
