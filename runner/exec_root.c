/* SPDX-License-Identifier: Apache-2.0 */
/* exec_root.c: pith exec --rootfs: what is in a tree, as a guest sees it. */
#include "exec_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rootfs.h"
#include "text.h"

static int fail(struct outcome *failure, const char *what, const char *reason)
{
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "--rootfs %.300s: %s", what, reason);
	return -1;
}

int exec_root_open(struct exec_root *root, const char *given, struct outcome *failure)
{
	struct stat status;
	char *real = realpath(given, NULL);

	*root = (struct exec_root){0};
	if (real == NULL || stat(real, &status) != 0)
		return fail(failure, given, strerror(errno));
	if (S_ISDIR(status.st_mode)) {
		if (strcmp(real, "/") == 0)
			real[0] = '\0';
		root->folder = real;
		return 0;
	}
	root->image = real;
	root->need = rootfs_image_need(real);
	root->type = (root->need & ROOTFS_EROFS) != 0      ? "erofs"
		     : (root->need & ROOTFS_SQUASHFS) != 0 ? "squashfs"
		     : (root->need & ROOTFS_EXT4) != 0     ? "ext4"
							   : NULL;
	if (root->type == NULL)
		return fail(failure, given,
			    "neither a folder nor an erofs, squashfs or ext4 image");
	return 0;
}

void exec_root_free(struct exec_root *root)
{
	free(root->folder);
	free(root->image);
	*root = (struct exec_root){0};
}

/* PATH in FOLDER as a descriptor that only names it, or -1 with errno set. */
static int open_path(const char *folder, const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	int root, fd;

	if (folder[0] == '\0')
		return open(path, O_PATH | O_CLOEXEC);
	root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	int error = errno;
	close(root);
	errno = error;
	return fd;
}

int exec_root_check(const char *folder, const char *path)
{
	struct stat status;
	int fd = open_path(folder, path), error = 0;

	if (fd < 0)
		return errno;
	if (fstat(fd, &status) != 0)
		error = errno;
	else if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0)
		error = EACCES;
	close(fd);
	return error;
}

bool exec_root_has_folder(const char *folder, const char *path)
{
	struct stat status;
	int fd = open_path(folder, path);
	bool has = fd >= 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);

	if (fd >= 0)
		close(fd);
	return has;
}

char *exec_root_real(const char *folder, const char *path)
{
	char link[64], real[PATH_MAX];
	int fd = open_path(folder, path);
	ssize_t size = -1;

	if (fd >= 0) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		size = readlink(link, real, sizeof(real));
		close(fd);
	}
	return size <= 0 || size == sizeof(real) ? NULL : text_format("%.*s", (int)size, real);
}
