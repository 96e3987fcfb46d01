/* SPDX-License-Identifier: Apache-2.0 */
/* image_stage.h: an image plan as a folder, for mkfs.erofs, which takes nothing else. */
#ifndef PITH_RUNNER_IMAGE_STAGE_H
#define PITH_RUNNER_IMAGE_STAGE_H

#include <limits.h>
#include <sys/types.h>

#include "image_plan.h"

struct image_stage {
	char folder[PATH_MAX]; /* its name */
	pid_t guard;           /* removes it when pith is killed */
	int guard_fd;
};

/* Make a folder ".OUTPUT.XXXXXX" beside OUTPUT and copy what is planned into it. Returns 0; -EINTR
 * on an interrupt; or another -errno after saying why. On failure nothing is left; when pith is
 * killed, a process of its own removes the folder at once. */
int image_stage_make(const struct image_plan *plan, const char *output, struct image_stage *stage);

/* Remove it again. */
void image_stage_remove(const struct image_plan *plan, struct image_stage *stage);

#endif
