/* SPDX-License-Identifier: Apache-2.0 */
/* initramfs.h: writes cpio archives in the kernel's "newc" format
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Several archives one behind the
 * other make one initramfs, later ones adding to earlier ones. */
#ifndef PITH_RUNNER_INITRAMFS_H
#define PITH_RUNNER_INITRAMFS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* An archive being written to a descriptor. */
struct initramfs {
	int fd;           /* not owned */
	uint64_t offset;  /* bytes written so far */
	uint32_t inode;   /* the last inode number given */
	int error;        /* first failure, -errno; later calls do nothing */
	char failed[256]; /* the path that the failure is about (its beginning) */
};

void initramfs_begin(struct initramfs *archive, int fd);
/* All paths are without a leading slash (-EINVAL) and at most 4095 bytes (-ENAMETOOLONG), contents
 * below 4 GiB (-EFBIG). Parent directories are the caller's to add first. Times are 0 and owners
 * root, so that the same input gives the same bytes. */
void initramfs_directory(struct initramfs *archive, const char *path, mode_t mode);
void initramfs_bytes(struct initramfs *archive, const char *path, mode_t mode, const void *bytes,
		     size_t size);
/* The content of the file SOURCE, which must be a regular file. One whose size changes while it is
 * read is -ESTALE: the header already names the old size. */
void initramfs_file(struct initramfs *archive, const char *path, mode_t mode, const char *source);
void initramfs_symlink(struct initramfs *archive, const char *path, const char *target);
/* MODE holds the kind as well: S_IFCHR or S_IFBLK. */
void initramfs_device(struct initramfs *archive, const char *path, mode_t mode, unsigned major,
		      unsigned minor);
/* Trailer and padding to 512 bytes. Returns 0 or the first -errno. */
int initramfs_end(struct initramfs *archive);

#endif
