/* SPDX-License-Identifier: Apache-2.0 */
/* build_expect.h: writes into a configuration what the images that its VMs start must be. Pure. */
#ifndef PITH_RUNNER_BUILD_EXPECT_H
#define PITH_RUNNER_BUILD_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

/* An image, as a configuration beside it sees it. */
struct build_expectation {
	const char *place;     /* its path, relative to the same root as the configuration's */
	const char *root_hash; /* 64 hex digits to be written as app_root_hash; NULL: not */
	const char *sha256;    /* likewise, as app_sha256 */
	const char *name;      /* signed: app_name, and app_key beside it; NULL: not signed */
	unsigned version;      /* signed: app_min_version; 0: none */
	bool used;             /* set where a VM of the configuration starts it */
};

/* Write into TEXT, a configuration from the file PATH that will be at PLACE, what EXPECTED says of
 * each image that a VM of it has as 'app'. IN_IMAGE: PLACE is in an image, so that absolute paths
 * mean it too, as a root or mounted at /app or /opt/opensut/app. Nothing else of TEXT changes. All
 * of TEXT is checked as pith check does. Returns 0 with *RESULT malloced and of *RESULT_SIZE bytes,
 * or -EINVAL with at least one message. */
int build_expect_write(const char *path, const char *text, size_t size, const char *place,
		       bool in_image, struct build_expectation *expected, size_t count,
		       char **result, size_t *result_size, struct config_errors *errors);

#endif
