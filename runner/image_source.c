/* SPDX-License-Identifier: Apache-2.0 */
/* image_source.c: the content of the files of an image plan, whole or not at all. */
#include "image_source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "message.h"
#include "progress.h"

#define COPY_BYTES (256u << 10)

int image_source_write(int descriptor, const void *bytes, size_t size)
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

static int changed(const struct image_entry *entry)
{
	say_error("%s changed while the image was built", entry->source);
	return -ESTALE;
}

static int failed(const struct image_entry *entry)
{
	int error = errno;

	say_error("%s: %s", entry->source, strerror(error));
	return -error;
}

static int copy(const struct image_entry *entry, int source, int descriptor)
{
	static char buffer[COPY_BYTES];
	uint64_t left = entry->size_bytes;

	/* At the end it is read once more: a file that has grown must not pass as whole. */
	for (;;) {
		ssize_t n = read(source, buffer, sizeof(buffer));
		if (interrupt_came())
			return -EINTR;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(entry);
		if ((uint64_t)n > left || (n == 0 && left > 0))
			return changed(entry);
		if (n == 0)
			return 0;
		int error = image_source_write(descriptor, buffer, (size_t)n);
		if (error < 0)
			return error;
		progress_add((uint64_t)n);
		left -= (uint64_t)n;
	}
}

int image_source_copy(const struct image_entry *entry, int descriptor)
{
	struct stat status;
	int error;

	if (entry->content != NULL)
		return image_source_write(descriptor, entry->content, (size_t)entry->size_bytes);
	/* O_NONBLOCK: what was a file when planned may be a FIFO by now. */
	int source = open(entry->source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (source < 0)
		return failed(entry);
	if (fstat(source, &status) < 0) {
		error = failed(entry);
	} else if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size != entry->size_bytes) {
		error = changed(entry);
	} else {
		error = copy(entry, source, descriptor);
	}
	close(source);
	return error;
}
