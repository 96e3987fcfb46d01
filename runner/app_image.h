/* SPDX-License-Identifier: Apache-2.0 */
/* app_image.h: what the guest is to find on the disk of its app image. */
#ifndef PITH_RUNNER_APP_IMAGE_H
#define PITH_RUNNER_APP_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

struct app_image {
	bool is_verity;
	char hash[65];          /* the root hash if is_verity, else SHA-256 of the whole file */
	uint64_t verity_offset; /* bytes, where the verity superblock begins */
};

/* Look at VM's app image: its hash is the configuration's word, else what the file has now. An
 * image with a verity superblock is not read as a whole, whatever its size, unless app_sha256 asks
 * for it. Returns 0; or -errno with WHY of WHY_SIZE bytes filled, a reason without the path. */
int app_image_read(const struct config_vm *vm, struct app_image *image, char *why, size_t why_size);

/* The image PATH as a disk: of whole sectors. A guest would read the last one of another file
 * filled with zeros, and find another SHA-256 than the file's. Returns 0, or -errno with WHY as
 * above. */
int app_image_check_size(const char *path, char *why, size_t why_size);

/* Whether the guest is to check VM's app image by its hash tree. Reads a few blocks. */
bool app_image_has_tree(const struct config_vm *vm);

#endif
