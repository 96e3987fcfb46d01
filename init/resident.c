/* SPDX-License-Identifier: Apache-2.0 */
/* resident.c: what the boot used is given back before the app's life is waited for. */
#include "resident.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/* Of the linker: where the file begins in memory and its code of the boot ends; the buffers, on
 * whole pages. */
#define LINKER_SYMBOL extern const char __attribute__((visibility("hidden")))
LINKER_SYMBOL __ehdr_start[], resident_boot_end[];
LINKER_SYMBOL resident_buffers[], resident_buffers_end[];

/* A kernel without madvise keeps them all. */
static void give_back(const char *begin, const char *end)
{
	(void)madvise((void *)(uintptr_t)begin, (size_t)(end - begin), MADV_DONTNEED);
}

void resident_trim(void)
{
	give_back(__ehdr_start, resident_boot_end); /* a file's pages, which nobody writes to */
	give_back(resident_buffers, resident_buffers_end);
}
