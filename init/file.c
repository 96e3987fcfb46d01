/* SPDX-License-Identifier: Apache-2.0 */
/* file.c: small files whole, as /proc, /sys and the initramfs hold them. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t file_read_fd(int fd, char *buffer, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t got = read(fd, buffer + used, size - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0) {
			buffer[used] = '\0';
			return (ssize_t)used;
		}
		used += (size_t)got;
	}
	return -EFBIG;
}

ssize_t file_read(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	ssize_t result;

	if (fd < 0)
		return -errno;
	result = file_read_fd(fd, buffer, size);
	close(fd);
	return result;
}

ssize_t file_read_line(const char *path, char *buffer, size_t size)
{
	ssize_t result = file_read(path, buffer, size);

	if (result > 0 && buffer[result - 1] == '\n')
		buffer[--result] = '\0';
	return result;
}

int file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY);
	ssize_t written;
	int result = 0;

	if (fd < 0)
		return -errno;
	written = write(fd, text, strlen(text));
	if (written < 0)
		result = -errno;
	else if ((size_t)written != strlen(text))
		result = -EIO;
	close(fd);
	return result;
}

int file_pipe(int ends[2], int own)
{
	int result = 0;

	if (pipe2(ends, O_CLOEXEC) != 0)
		result = -errno;
	else if (fcntl(ends[own], F_SETFL, O_NONBLOCK) != 0) {
		result = -errno;
		close(ends[0]);
		close(ends[1]);
	}
	if (result != 0)
		ends[0] = ends[1] = -1;
	return result;
}

void file_make_folders(const char *path)
{
	char part[PATH_MAX];

	if (strlen(path) >= sizeof(part))
		return;
	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		size_t size = slash == NULL ? strlen(path) : (size_t)(slash - path);

		memcpy(part, path, size);
		part[size] = '\0';
		(void)mkdir(part, 0755);
		if (slash == NULL)
			return;
	}
}
