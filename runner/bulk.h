/* SPDX-License-Identifier: Apache-2.0 */
/* bulk.h: writes the bulk configuration that init/cmdline.h reads: records KEY=VALUE, each ended by
 * a NUL byte. */
#ifndef PITH_RUNNER_BULK_H
#define PITH_RUNNER_BULK_H

#include <stddef.h>

struct bulk {
	char *bytes; /* owned; NULL while empty */
	size_t size;
};

/* Add the record KEY=VALUE. Ends the program with a message when memory is out. */
void bulk_add(struct bulk *bulk, const char *key, const char *value);
/* Add SIZE bytes that are whole records already. */
void bulk_add_records(struct bulk *bulk, const char *records, size_t size);
void bulk_free(struct bulk *bulk);

#endif
