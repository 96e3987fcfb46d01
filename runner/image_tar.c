/* SPDX-License-Identifier: Apache-2.0 */
/* image_tar.c: an image plan as a tar archive: POSIX.1-2017, pax utility, "pax Interchange Format".
 * Every entry has an extended header, so that names and sizes of any length take one and the same
 * way; the fields of the plain header that it replaces hold nothing. */
#include "image_tar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_source.h"
#include "message.h"

#define BLOCK 512

struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link_name[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155], padding[12];
};
_Static_assert(sizeof(struct tar_header) == BLOCK, "a tar header is one block");

static int write_padding(int descriptor, uint64_t size)
{
	static const char zeros[BLOCK];

	return image_source_write(descriptor, zeros, (size_t)((BLOCK - size % BLOCK) % BLOCK));
}

static void fill_header(char *at, char type, unsigned mode, uint64_t size)
{
	struct tar_header header;
	unsigned sum = 0;

	memset(&header, 0, sizeof(header));
	memcpy(header.name, "pax", 3);
	snprintf(header.mode, sizeof(header.mode), "%07o", mode);
	snprintf(header.uid, sizeof(header.uid), "%07o", 0);
	snprintf(header.gid, sizeof(header.gid), "%07o", 0);
	/* Larger than the field (8 GiB): the extended header has it. */
	snprintf(header.size, sizeof(header.size), "%011" PRIo64, size <= 077777777777 ? size : 0);
	snprintf(header.mtime, sizeof(header.mtime), "%011o", 0);
	header.type = type;
	memcpy(header.magic, "ustar", 6);
	memcpy(header.version, "00", 2);
	memset(header.checksum, ' ', sizeof(header.checksum));
	for (size_t i = 0; i < sizeof(header); i++)
		sum += ((unsigned char *)&header)[i];
	snprintf(header.checksum, sizeof(header.checksum), "%06o", sum);
	memcpy(at, &header, sizeof(header));
}

/* "SIZE KEY=VALUE\n", where SIZE counts itself. */
static size_t add_record(char *records, size_t used, size_t room, const char *key,
			 const char *value)
{
	size_t rest = strlen(key) + strlen(value) + 3; /* the space, = and the newline */
	size_t digits = 1, power = 10;

	while (rest + digits >= power) {
		digits++;
		power *= 10;
	}
	return used + (size_t)snprintf(records + used, room - used, "%zu %s=%s\n", rest + digits,
				       key, value);
}

/* Both headers of ENTRY, in one write. */
static int write_headers(int descriptor, const struct image_entry *entry)
{
	static const char types[] = {
	    [IMAGE_DIRECTORY] = '5', [IMAGE_FILE] = '0', [IMAGE_SYMLINK] = '2'};
	size_t room =
	    strlen(entry->path) + (entry->target == NULL ? 0 : strlen(entry->target)) + 256;
	char *headers = calloc(1, room + 3 * (size_t)BLOCK);
	char size[32];

	if (headers == NULL)
		die_out_of_memory();
	char *records = headers + BLOCK;
	size_t used = add_record(records, 0, room, "path", entry->path);
	if (entry->type == IMAGE_SYMLINK)
		used = add_record(records, used, room, "linkpath", entry->target);
	snprintf(size, sizeof(size), "%" PRIu64, entry->size_bytes);
	if (entry->type == IMAGE_FILE)
		used = add_record(records, used, room, "size", size);
	size_t padded = (used + BLOCK - 1) / BLOCK * BLOCK;
	fill_header(headers, 'x', 0644, used);
	fill_header(records + padded, types[entry->type], entry->mode, entry->size_bytes);
	int error = image_source_write(descriptor, headers, BLOCK + padded + BLOCK);
	free(headers);
	return error;
}

int image_tar_write(const struct image_plan *plan, int descriptor)
{
	static const char end[2 * BLOCK];
	int error = 0;

	for (size_t i = 0; i < plan->count && error == 0; i++) {
		const struct image_entry *entry = &plan->entries[i];
		if (*entry->path == '\0')
			continue;
		error = write_headers(descriptor, entry);
		if (error == 0 && entry->type == IMAGE_FILE)
			error = image_source_copy(entry, descriptor);
		if (error == 0)
			error = write_padding(descriptor, entry->size_bytes);
	}
	if (error == 0)
		error = image_source_write(descriptor, end, sizeof(end));
	return error;
}
