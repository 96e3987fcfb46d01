/* SPDX-License-Identifier: Apache-2.0 */
/* vm_memory.h: whether a guest's memory holds the files that it takes along. Pure.
 *
 * A guest that boots has them three times over: packed in the initramfs until all are unpacked, and
 * unpacked in a tmpfs, which takes no more than half of the memory that is left beside the packed
 * ones (Documentation/filesystems/tmpfs.rst; the size is fixed when it is mounted, before that). A
 * guest that is resumed had that tmpfs before they came: twice is enough. */
#ifndef PITH_RUNNER_VM_MEMORY_H
#define PITH_RUNNER_VM_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define VM_MEMORY_RESUMED 2
#define VM_MEMORY_BOOTED 3

/* How often FILES_BYTES have to fit in MEMORY_MIB is TIMES, one of the above. Returns 0 where they
 * do; 1 where it depends on the kernel, -ENOMEM where no kernel can unpack them, both with the
 * reason and what would do, one line, in WHY. */
int vm_memory_check(uint64_t memory_mib, uint64_t files_bytes, unsigned times, char *why,
		    size_t why_size);

#endif
