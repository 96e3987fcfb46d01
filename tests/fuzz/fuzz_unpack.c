/* SPDX-License-Identifier: Apache-2.0 */
/* init/unpack.c, the reader of archives in PID 1: members stay within the archive, and it ends. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../init/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unpack_member member;
	const char *archive = (const char *)data;
	size_t offset = 0, before = 0;

	while (unpack_next(archive, size, &offset, &member) == 1) {
		if (offset <= before || offset > size || member.data < archive ||
		    member.size > size || member.data + member.size > archive + size ||
		    member.name[0] == '/' || memchr(member.name, '\0', 4096) == NULL)
			abort();
		before = offset;
	}
	return 0;
}
