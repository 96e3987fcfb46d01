/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: app images: building through mksquashfs, reproducibly, and hashing. */
#ifndef PITH_RUNNER_IMAGE_H
#define PITH_RUNNER_IMAGE_H

#include <stdint.h>

#include "image_plan.h"

struct image_options {
	const char *output;
	uint32_t time_s; /* of every file and of the image, in seconds since 1970 */
	unsigned jobs;   /* processors to use; 0: all. No influence on the result. */
};

/* SHA-256 of the whole file as 64 lower-case hex digits and NUL. Returns 0 or -errno. */
int image_sha256(const char *path, char hex[65]);

/* Build the image of a finished PLAN and put its SHA-256 into HEX. Nothing is left behind on
 * failure or interrupt (interrupt_catch must have been called). Returns 0; -EINTR on interrupt; or
 * another -errno after saying why. */
int image_build(const struct image_plan *plan, const struct image_options *options, char hex[65]);

#endif
