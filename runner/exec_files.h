/* SPDX-License-Identifier: Apache-2.0 */
/* exec_files.h: what a run takes along into its guest: each file at the path it has here, so that
 * names that a program knows (its own, its libraries', its working directory's) hold there too. */
#ifndef PITH_RUNNER_EXEC_FILES_H
#define PITH_RUNNER_EXEC_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rootfs.h"

/* All zero but ROOT at first. */
struct exec_files {
	const char *root; /* the system that is mirrored: "" for this one, or a sysroot */
	bool is_cover;    /* they go over a whole tree: no folder is added for its own sake */
	struct rootfs_file *items; /* folders before what is in them; each path once */
	size_t count, room;
	uint64_t size_bytes; /* of the files' contents together */
	size_t *slots;       /* a hash table over items: index + 1, 0 for a free slot */
	size_t slot_count;
	char problem[512]; /* after an error: what is wrong, in one line */
};

void exec_files_free(struct exec_files *files);

/* Add the absolute path PATH of the mirrored system, with the folders above it and every symbolic
 * link on the way. A folder is added without what is in it. Nothing of this is the guest's own
 * (/init, /pith, /dev, /proc, /sys). Returns 0 or -errno with PROBLEM filled. */
int exec_files_mirror(struct exec_files *files, const char *path);

/* Add the file or folder SOURCE, with all that is in it, as the absolute path DEST, which has no
 * empty, "." or ".." components; links in a folder stay links. A file so added stays in its place
 * when it is mirrored later. Sockets and devices are refused. Returns like exec_files_mirror. */
int exec_files_add(struct exec_files *files, const char *source, const char *dest);

/* Add the folder DEST (absolute, whether it exists here or not), empty; nothing where a tree is
 * covered, which has its own. */
int exec_files_folder(struct exec_files *files, const char *dest);

/* Add the file DEST (absolute) with the SIZE bytes BYTES, malloced, which the set takes over. */
int exec_files_bytes(struct exec_files *files, const char *dest, char *bytes, size_t size);

/* What is in the set at the absolute path PATH, NULL when nothing is. */
const struct rootfs_file *exec_files_find(const struct exec_files *files, const char *path);

#endif
