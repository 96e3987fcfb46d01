/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.h: the file systems every Linux system has, and leaving them. */
#ifndef PITH_INIT_MOUNTS_H
#define PITH_INIT_MOUNTS_H

#include <stdbool.h>

#include "outcome.h"

/* Mount what is not mounted yet: /proc /sys /dev /dev/pts /dev/shm /run /tmp and cgroup2, and make
 * the links /dev/fd, stdin, stdout, stderr. Returns 0, or -1 with OUTCOME filled. */
int mounts_mount(struct outcome *outcome);

/* Make the file system mounted at NEW_ROOT the root directory, with the mounts above moved into it
 * where it has the folders for them. Returns 0, or -1 with OUTCOME filled. */
int mounts_switch_root(const char *new_root, struct outcome *outcome);

/* From here on mounts_have_changed tells of what is mounted and unmounted. */
void mounts_watch(void);
/* Whether that has happened, or cannot be told. */
bool mounts_have_changed(void);

/* Write back what is dirty, unmount in reverse what holds data, make the rest read-only. */
void mounts_unmount_all(void);

#endif
