/* SPDX-License-Identifier: Apache-2.0 */
/* copy_file.c: the content of a file into another. */
#include "copy_file.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

int copy_file(int from, int to)
{
	struct stat status;
	off_t offset = 0;

	if (fstat(from, &status) != 0)
		return -errno;
	while (offset < status.st_size) {
		ssize_t n = sendfile(to, from, &offset, (size_t)(status.st_size - offset));
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0)
			return -ESTALE;
	}
	return 0;
}
