/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.h: an archive in the kernel's "newc" format (runner/initramfs.h) put into the root
 * directory as the kernel puts an initramfs there (init/initramfs.c of Linux). */
#ifndef PITH_INIT_UNPACK_H
#define PITH_INIT_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One member of an archive. */
struct unpack_member {
	const char *name; /* NUL-terminated, within the archive */
	uint32_t mode, mtime;
	const char *data;
	size_t size;
};

/* Read the member at *OFFSET of the SIZE bytes ARCHIVE; *OFFSET moves behind it. Pure. Returns 1
 * with MEMBER filled, 0 at the trailer, or -EINVAL for what is no member, reaches beyond the
 * archive, or has a name that is absolute or holds "..". */
int unpack_next(const char *archive, size_t size, size_t *offset, struct unpack_member *member);

/* Whether a member is the folder FOLDER ("tmp"), or in it. Pure. */
bool unpack_touches(const char *archive, size_t size, const char *folder);

/* Put all members below the folder ROOT_FD: folders, files and symbolic links with their modes and
 * times, owned by root; what is there and of another kind is replaced. Stops at the first failure:
 * returns 0, or -errno with the member's name in FAILED ("" for a damaged archive). */
int unpack_archive(int root_fd, const char *archive, size_t size, char failed[256]);

#endif
