/* SPDX-License-Identifier: Apache-2.0 */
/* build.h: carries out a build.toml: images inside images, bottom up, each level's expected hash in
 * the level above. */
#ifndef PITH_RUNNER_BUILD_H
#define PITH_RUNNER_BUILD_H

#include "build_file.h"

struct build_setting {
	const char *folder; /* for the products; it exists */
	uint32_t time_s;    /* as struct image_options has it */
	unsigned jobs;
};

/* Make every product of BUILD, and print its SHA-256 and path as sha256sum(1) does. Each appears
 * only when it is whole, what goes into another before it. interrupt_catch must have been called.
 * Returns 0; -EINVAL when a file that BUILD names is wrong; or another -errno, all but 0 after
 * saying why. */
int build_run(const struct build *build, const struct build_setting *setting);

#endif
