/* SPDX-License-Identifier: Apache-2.0 */
/* image_tar.c: an image plan as a tar archive: POSIX.1-2017, pax utility, "pax Interchange Format".
 * Every entry has an extended header, so that names and sizes of any length take one and the same
 * way; the fields of the plain header that it replaces hold nothing. */
#include "image_tar.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "message.h"

#define BLOCK 512
#define COPY_BYTES (256u << 10)

struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link_name[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155], padding[12];
};
_Static_assert(sizeof(struct tar_header) == BLOCK, "a tar header is one block");

static int write_all(int descriptor, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t n = write(descriptor, at, size);
		if (n < 0 && (errno != EINTR || interrupt_came()))
			return -errno;
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int write_padding(int descriptor, uint64_t size)
{
	static const char zeros[BLOCK];

	return write_all(descriptor, zeros, (size_t)((BLOCK - size % BLOCK) % BLOCK));
}

static int write_header(int descriptor, char type, unsigned mode, uint64_t size)
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
	return write_all(descriptor, &header, sizeof(header));
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

static int write_extended_header(int descriptor, const struct image_entry *entry)
{
	size_t room =
	    strlen(entry->path) + (entry->target == NULL ? 0 : strlen(entry->target)) + 256;
	char *records = malloc(room);
	char size[32];

	if (records == NULL)
		die_out_of_memory();
	size_t used = add_record(records, 0, room, "path", entry->path);
	if (entry->type == IMAGE_SYMLINK)
		used = add_record(records, used, room, "linkpath", entry->target);
	snprintf(size, sizeof(size), "%" PRIu64, entry->size_bytes);
	if (entry->type == IMAGE_FILE)
		used = add_record(records, used, room, "size", size);
	int error = write_header(descriptor, 'x', 0644, used);
	if (error == 0)
		error = write_all(descriptor, records, used);
	if (error == 0)
		error = write_padding(descriptor, used);
	free(records);
	return error;
}

int image_tar_open_source(const struct image_entry *entry)
{
	struct stat status;
	int source = open(entry->source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (source < 0 || fstat(source, &status) < 0) {
		int error = errno;
		say_error("%s: %s", entry->source, strerror(error));
		if (source >= 0)
			close(source);
		return -error;
	}
	if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size != entry->size_bytes) {
		say_error("%s changed while the image was built", entry->source);
		close(source);
		return -ESTALE;
	}
	return source;
}

static int write_content(int descriptor, const struct image_entry *entry, char *buffer)
{
	uint64_t left = entry->size_bytes;
	int source = image_tar_open_source(entry), error = 0;

	if (source < 0)
		return source;
	/* One byte more is asked for at the end: a file that has grown must not pass as whole. */
	for (;;) {
		ssize_t n = read(source, buffer, COPY_BYTES);
		if (interrupt_came())
			error = -EINTR;
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0) {
			error = -errno;
			say_error("%s: %s", entry->source, strerror(-error));
		} else if ((uint64_t)n > left || (n == 0 && left > 0)) {
			error = -ESTALE;
			say_error("%s changed while the image was built", entry->source);
		}
		if (error < 0 || n == 0)
			break;
		error = write_all(descriptor, buffer, (size_t)n);
		if (error < 0)
			break;
		left -= (uint64_t)n;
	}
	close(source);
	return error == 0 ? write_padding(descriptor, entry->size_bytes) : error;
}

int image_tar_write(const struct image_plan *plan, int descriptor)
{
	static const char end[2 * BLOCK];
	static const char types[] = {
	    [IMAGE_DIRECTORY] = '5', [IMAGE_FILE] = '0', [IMAGE_SYMLINK] = '2'};
	char *buffer = malloc(COPY_BYTES);
	int error = 0;

	if (buffer == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < plan->count && error == 0; i++) {
		const struct image_entry *entry = &plan->entries[i];
		if (*entry->path == '\0')
			continue;
		error = write_extended_header(descriptor, entry);
		if (error == 0)
			error = write_header(descriptor, types[entry->type], entry->mode,
					     entry->size_bytes);
		if (error == 0 && entry->type == IMAGE_FILE)
			error = write_content(descriptor, entry, buffer);
	}
	if (error == 0)
		error = write_all(descriptor, end, sizeof(end));
	free(buffer);
	return error;
}
