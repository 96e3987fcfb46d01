/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory files need that a guest takes along. */
#include "../../runner/vm_memory.h"

#include <errno.h>
#include <stddef.h>

#include "../tap.h"

#define MIB (UINT64_C(1) << 20)

int main(void)
{
	char why[256];

	is_int(vm_memory_check(32, MIB - 1, VM_MEMORY_BOOTED, why, sizeof(why)), 0,
	       "a program and its libraries fit everywhere");
	is_int(vm_memory_check(311, 100 * MIB, VM_MEMORY_BOOTED, why, sizeof(why)), -ENOMEM,
	       "too little for three times the files, and a kernel");
	is_str(why,
	       "memory of 311 MiB is too little for the 100 MiB of files that are taken along: the "
	       "guest has them packed and unpacked; 384 MiB would do",
	       "... and what would do");
	is_int(vm_memory_check(312, 100 * MIB, VM_MEMORY_BOOTED, why, sizeof(why)), 1,
	       "it depends on the kernel");
	ok(strstr(why, "312 MiB may be too little") != NULL, "... which is said");
	is_int(vm_memory_check(364, 100 * MIB, VM_MEMORY_BOOTED, why, sizeof(why)), 0,
	       "enough for any kernel");
	is_int(vm_memory_check(211, 100 * MIB, VM_MEMORY_RESUMED, why, sizeof(why)), -ENOMEM,
	       "a guest that is resumed needs twice their size");
	is_int(vm_memory_check(264, 100 * MIB, VM_MEMORY_RESUMED, why, sizeof(why)), 0,
	       "... and has enough");
	is_int(vm_memory_check(1 << 20, UINT64_MAX, VM_MEMORY_BOOTED, why, sizeof(why)), -ENOMEM,
	       "the largest number of bytes");
	return done();
}
