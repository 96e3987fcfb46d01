/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: app images: building, reproducibly, and hashing. */
#ifndef PITH_RUNNER_IMAGE_H
#define PITH_RUNNER_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "image_plan.h"
#include "image_sign.h"

/* IMAGE_CPIO is no file system but an initramfs: nothing can be put behind its data. */
enum image_format { IMAGE_SQUASHFS, IMAGE_EROFS, IMAGE_CPIO };

struct image_options {
	const char *output;
	enum image_format format;
	uint32_t time_s;     /* of every file and of the image, in seconds since 1970 */
	unsigned jobs;       /* processors to use; 0: all. No influence on the result. */
	bool verity;         /* put a hash tree behind the data */
	const uint8_t *salt; /* of the tree; NULL: derived from the data */
	unsigned salt_bytes;
	const struct image_signing *signing; /* with verity: sign it; NULL: do not */
};

struct image_result {
	char sha256[65];            /* of the whole file */
	struct image_verity verity; /* only with options->verity */
};

/* SHA-256 of the whole file as 64 lower-case hex digits and NUL. Returns 0 or -errno. */
int image_sha256(const char *path, char hex[65]);

/* Build the image of a finished PLAN. Nothing is left behind on failure or interrupt
 * (interrupt_catch must have been called). Returns 0; -EINTR on interrupt; or another -errno after
 * saying why. */
int image_build(const struct image_plan *plan, const struct image_options *options,
		struct image_result *result);

#endif
