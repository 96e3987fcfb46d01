/* SPDX-License-Identifier: Apache-2.0 */
/* bulk.c: writes the bulk configuration that init/cmdline.h reads. Pure. */
#include "bulk.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"

void bulk_add_records(struct bulk *bulk, const char *records, size_t size)
{
	if (size == 0)
		return;
	char *bytes = realloc(bulk->bytes, bulk->size + size);
	if (bytes == NULL)
		die_out_of_memory();
	memcpy(bytes + bulk->size, records, size);
	bulk->bytes = bytes;
	bulk->size += size;
}

void bulk_add(struct bulk *bulk, const char *key, const char *value)
{
	bulk_add_records(bulk, key, strlen(key));
	bulk_add_records(bulk, "=", 1);
	bulk_add_records(bulk, value, strlen(value) + 1);
}

void bulk_free(struct bulk *bulk)
{
	if (bulk->bytes != NULL)
		explicit_bzero(bulk->bytes, bulk->size); /* there may be a key among them */
	free(bulk->bytes);
	*bulk = (struct bulk){0};
}
