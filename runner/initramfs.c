/* SPDX-License-Identifier: Apache-2.0 */
/* initramfs.c: writes cpio archives in the kernel's "newc" format. */
#include "initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096 /* with its NUL: init/initramfs.c of the kernel skips longer names */
#define ARCHIVE_ALIGN 512   /* cpio(1)'s block; the kernel itself wants 4 */

/* One archive member's header fields that differ between members. */
struct member {
	const char *path;
	mode_t mode;
	uint64_t size_bytes;
	unsigned major, minor; /* of a device node */
};

static void fail(struct initramfs *archive, const char *path, int error)
{
	if (archive->error != 0)
		return;
	archive->error = error;
	snprintf(archive->failed, sizeof(archive->failed), "%s", path);
}

static void put(struct initramfs *archive, const char *path, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (archive->error == 0 && size > 0) {
		ssize_t n = write(archive->fd, at, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(archive, path, n < 0 ? -errno : -EIO);
			return;
		}
		at += n;
		size -= (size_t)n;
		archive->offset += (uint64_t)n;
	}
}

static void pad(struct initramfs *archive, const char *path, unsigned align)
{
	static const char zeros[ARCHIVE_ALIGN];

	put(archive, path, zeros, (size_t)(-archive->offset % align));
}

static void put_header(struct initramfs *archive, const struct member *member)
{
	char header[6 + 13 * 8 + 1];
	size_t path_bytes = strlen(member->path) + 1;

	if (member->path[0] == '/' || member->path[0] == '\0') {
		fail(archive, member->path, -EINVAL);
		return;
	}
	if (path_bytes > PATH_BYTES_MAX) {
		fail(archive, member->path, -ENAMETOOLONG);
		return;
	}
	if (member->size_bytes > UINT32_MAX) {
		fail(archive, member->path, -EFBIG);
		return;
	}
	/* magic; inode, mode, uid, gid, links, mtime, size, the file system's device (2), the
	 * node's device (2), size of the name, checksum (unused) */
	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", ++archive->inode,
		 (unsigned)member->mode, 0U, 0U, S_ISDIR(member->mode) ? 2U : 1U, 0U,
		 (unsigned)member->size_bytes, 0U, 0U, member->major, member->minor,
		 (unsigned)path_bytes, 0U);
	put(archive, member->path, header, sizeof(header) - 1);
	put(archive, member->path, member->path, path_bytes);
	pad(archive, member->path, 4);
}

void initramfs_begin(struct initramfs *archive, int fd)
{
	*archive = (struct initramfs){.fd = fd};
}

void initramfs_directory(struct initramfs *archive, const char *path, mode_t mode)
{
	put_header(archive, &(struct member){.path = path, .mode = S_IFDIR | (mode & 07777)});
}

void initramfs_bytes(struct initramfs *archive, const char *path, mode_t mode, const void *bytes,
		     size_t size)
{
	put_header(
	    archive,
	    &(struct member){.path = path, .mode = S_IFREG | (mode & 07777), .size_bytes = size});
	put(archive, path, bytes, size);
	pad(archive, path, 4);
}

/* Copy SIZE bytes, then make sure that the file really ends there. */
static void put_content(struct initramfs *archive, const char *path, int fd, uint64_t size)
{
	char buffer[65536];

	while (archive->error == 0) {
		ssize_t n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			fail(archive, path, -errno);
		else if ((uint64_t)n > size || (n == 0 && size > 0))
			fail(archive, path, -ESTALE);
		if (n <= 0)
			return;
		put(archive, path, buffer, (size_t)n);
		size -= (uint64_t)n;
	}
}

void initramfs_file(struct initramfs *archive, const char *path, mode_t mode, const char *source)
{
	struct stat status;
	int fd;

	if (archive->error != 0)
		return;
	fd = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block here */
	if (fd < 0) {
		fail(archive, source, -errno);
		return;
	}
	if (fstat(fd, &status) != 0) {
		fail(archive, source, -errno);
	} else if (!S_ISREG(status.st_mode)) {
		fail(archive, source, S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL);
	} else {
		put_header(archive, &(struct member){.path = path,
						     .mode = S_IFREG | (mode & 07777),
						     .size_bytes = (uint64_t)status.st_size});
		put_content(archive, source, fd, (uint64_t)status.st_size);
		pad(archive, path, 4);
	}
	close(fd);
}

void initramfs_symlink(struct initramfs *archive, const char *path, const char *target)
{
	put_header(
	    archive,
	    &(struct member){.path = path, .mode = S_IFLNK | 0777, .size_bytes = strlen(target)});
	put(archive, path, target, strlen(target));
	pad(archive, path, 4);
}

void initramfs_device(struct initramfs *archive, const char *path, mode_t mode, unsigned major,
		      unsigned minor)
{
	put_header(archive,
		   &(struct member){.path = path, .mode = mode, .major = major, .minor = minor});
}

int initramfs_end(struct initramfs *archive)
{
	put_header(archive, &(struct member){.path = "TRAILER!!!"});
	pad(archive, "TRAILER!!!", ARCHIVE_ALIGN);
	return archive->error;
}
