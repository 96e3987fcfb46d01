/* SPDX-License-Identifier: Apache-2.0 */
/* image_program.h: puts a program into an app image together with its loader and shared libraries,
 * at the places where the loader looks for them: for an image that becomes the root. */
#ifndef PITH_RUNNER_IMAGE_PROGRAM_H
#define PITH_RUNNER_IMAGE_PROGRAM_H

#include "image_plan.h"

/* Plan the program of ARGUMENT "SRC" or "SRC=DEST". SRC is found under SYSROOT (NULL: this system),
 * as its libraries are; DEST defaults to the path of SRC without its leading slash. A library that
 * the plan has already is not added twice. Returns 0, -EINVAL when the argument is wrong, or
 * another -errno, all but 0 after saying why. */
int image_program_add(struct image_plan *plan, const char *argument, const char *sysroot);

/* The same with both parts given; messages begin with LABEL. */
int image_program_put(struct image_plan *plan, const char *label, const char *program,
		      const char *destination, const char *sysroot);

#endif
