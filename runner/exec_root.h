/* SPDX-License-Identifier: Apache-2.0 */
/* exec_root.h: pith exec --rootfs: the tree or image that is the guest's root directory, and what
 * is in it. */
#ifndef PITH_RUNNER_EXEC_ROOT_H
#define PITH_RUNNER_EXEC_ROOT_H

#include <stdbool.h>

#include "../init/outcome.h"

struct exec_root {
	char *folder;     /* absolute; "" for this system's own root directory; NULL: none */
	char *image;      /* file; NULL: none */
	const char *type; /* of the image's file system, as mount(2) has it */
	unsigned need;    /* of the image: of enum rootfs_need */
};

/* Look at GIVEN, a folder or an image. ROOT is freed by exec_root_free in any case. Returns 0, or
 * -1 with FAILURE filled. */
int exec_root_open(struct exec_root *root, const char *given, struct outcome *failure);
void exec_root_free(struct exec_root *root);

/* Paths below are absolute paths in the tree FOLDER, whose symbolic links stay in it. */

/* Whether PATH can be run: 0, or the errno that execve(2) would give. */
int exec_root_check(const char *folder, const char *path);
bool exec_root_has_folder(const char *folder, const char *path);
/* Where PATH is on this system. Malloced; NULL when it is not there. */
char *exec_root_real(const char *folder, const char *path);

#endif
