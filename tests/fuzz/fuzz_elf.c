/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as an ELF file: all names that come out end inside the bytes. */
#include <stdlib.h>
#include <string.h>

#include "../../runner/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *data, size_t size, const char *name)
{
	const uint8_t *start = (const uint8_t *)name;

	if (name != NULL && (start < data || start + strlen(name) >= data + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf elf;
	const char *problem = NULL, *name;
	size_t cursor = 0;

	if (elf_parse(data, size, &elf, &problem) != 0) {
		if (problem == NULL)
			abort();
		return 0;
	}
	check(data, size, elf.interpreter);
	check(data, size, elf.soname);
	check(data, size, elf.rpath);
	check(data, size, elf.runpath);
	while ((name = elf_next_needed(&elf, &cursor)) != NULL)
		check(data, size, name);
	return 0;
}
