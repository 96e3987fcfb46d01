/* SPDX-License-Identifier: Apache-2.0 */
/* image_stage.h: an image plan as a folder, for mkfs.erofs, which takes nothing else. */
#ifndef PITH_RUNNER_IMAGE_STAGE_H
#define PITH_RUNNER_IMAGE_STAGE_H

#include <limits.h>

#include "image_plan.h"

/* Make a folder ".OUTPUT.XXXXXX" beside OUTPUT and copy what is planned into it. FOLDER gets its
 * name. Returns 0; -EINTR on an interrupt; or another -errno after saying why. On failure nothing
 * is left. SIGKILL does leave it. */
int image_stage_make(const struct image_plan *plan, const char *output, char folder[PATH_MAX]);

/* Remove it again. */
void image_stage_remove(const struct image_plan *plan, const char *folder);

#endif
