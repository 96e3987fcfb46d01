/* SPDX-License-Identifier: Apache-2.0 */
/* trees.h: shared folders, and a root directory from the base system. */
#ifndef PITH_INIT_TREES_H
#define PITH_INIT_TREES_H

#include "cmdline.h"
#include "outcome.h"

/* What the initramfs holds below this folder covers the tree that is mounted at "/". */
#define TREES_COVER "/pith/root"

/* Mount what CONFIG->mounts names. The one for "/" comes first and is only read: an overlay of
 * memory above it takes what is written, and becomes the root directory; CONFIG->runner is then
 * named by a descriptor. The folders of
 * the other paths are made where they are missing. UEVENT_FD as device_wait has it. Returns 0,
 * or -1 with OUTCOME filled. */
int trees_mount(struct boot_config *config, int uevent_fd, struct outcome *outcome);

#endif
