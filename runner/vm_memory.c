/* SPDX-License-Identifier: Apache-2.0 */
/* vm_memory.c: whether a guest's memory holds the files that it takes along. */
#include "vm_memory.h"

#include <errno.h>
#include <stdio.h>

#define MIB (1024 * 1024)
/* What the kernel and PID 1 have for themselves, in MiB. 100 MiB of files take 14 to 24 more than
 * three times as much with the kernel of kconfig/, 50 to 60 with Debian's (both x86_64, 6.1). */
#define KERNEL_LEAST_MIB 12
#define KERNEL_MOST_MIB 64
#define STEP_MIB 64 /* of what is advised */

int vm_memory_check(uint64_t memory_mib, uint64_t files_bytes, unsigned times, char *why,
		    size_t why_size)
{
	const uint64_t files_mib = files_bytes / MIB, least = times * files_mib + KERNEL_LEAST_MIB;
	const uint64_t most = times * files_mib + KERNEL_MOST_MIB;
	const uint64_t advised = VM_MEMORY_BOOTED * (files_mib + 1) + KERNEL_MOST_MIB;

	if (files_mib == 0 || memory_mib >= most)
		return 0;
	snprintf(why, why_size,
		 "memory of %llu MiB %s too little for the %llu MiB of files that are taken along: "
		 "the guest has them packed and unpacked; %llu MiB would do",
		 (unsigned long long)memory_mib, memory_mib < least ? "is" : "may be",
		 (unsigned long long)files_mib,
		 (unsigned long long)((advised + STEP_MIB - 1) / STEP_MIB * STEP_MIB));
	return memory_mib < least ? -ENOMEM : 1;
}
