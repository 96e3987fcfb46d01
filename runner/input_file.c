/* SPDX-License-Identifier: Apache-2.0 */
/* input_file.c: open(2) for files that pith is given by name. */
#include "input_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output_file.h"

/* O_NONBLOCK: a FIFO is opened without a writer, and refused before it is read. */
static int open_file(const char *path, int access, bool any)
{
	int fd = open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), error = 0;
	struct stat status;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) != 0)
		error = -errno;
	else if (S_ISDIR(status.st_mode))
		error = -EISDIR;
	else if (!S_ISREG(status.st_mode) && !any)
		error = -EMEDIUMTYPE;
	else if (fcntl(fd, F_SETFL, 0) != 0) /* a pipe's writer is waited for, as far as it goes */
		error = -errno;
	if (error != 0)
		close(fd);
	return error != 0 ? error : fd;
}

int input_file_open(const char *path, int access)
{
	return open_file(path, access, false);
}

int input_file_open_stream(const char *path)
{
	return open_file(path, O_RDONLY,
			 strcmp(path, "/dev/stdin") == 0 || output_file_own_descriptor(path) >= 0);
}

FILE *input_file_stream(const char *path)
{
	int fd = input_file_open(path, O_RDONLY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "re");

	if (fd < 0)
		errno = -fd;
	else if (file == NULL)
		close(fd);
	return file;
}

const char *input_file_error(int error)
{
	return abs(error) == EMEDIUMTYPE ? "not a regular file" : strerror(abs(error));
}
