/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: the app image: opened once, verified, and mounted through the same descriptor. */
#ifndef PITH_INIT_IMAGE_H
#define PITH_INIT_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "cmdline.h"
#include "digest.h"
#include "outcome.h"

/* Where the runner puts an image into the initramfs, in the place of a disk (runner/app_image.h).
 */
#define IMAGE_ALONG "/pith/app"

struct image {
	int fd; /* -1: not open */
	uint64_t size_bytes;
	char hash_hex[DIGEST_HEX_SIZE]; /* the hash, or root hash, that was verified; "" for none */
	/* "sha256", "sha256-verity": what hash_hex is, and that what is mounted cannot be anything
	 * else; NULL: not so. */
	const char *verified_by;
	bool is_signed;
	uint8_t manifest_digest[DIGEST_BYTES]; /* of its block, where it is signed */
};

/* Open the device or regular file at PATH; IMAGE_ALONG has no name any more from then on. Returns
 * 0, or -1 with OUTCOME filled. */
int image_open(struct image *image, const char *path, struct outcome *outcome);

/* Verify IMAGE as CONFIG asks, before anything of it is parsed; docs/mount.md says how. IMAGE's
 * descriptor becomes that of a device which gives nothing but what was verified: the dm-verity
 * device, or a loop device on a sealed copy in memory. Returns 0, or -1 with OUTCOME filled:
 * OUTCOME_VERIFY_FAILED when it is not what was expected or cannot be kept from changing,
 * OUTCOME_SETUP_FAILED when it could not be read. */
int image_verify(struct image *image, const struct boot_config *config, struct outcome *outcome);

/* Mount IMAGE at CONFIG's mount point: squashfs or erofs, read-only, nosuid, nodev. Closes its
 * descriptor. Returns 0, or -1 with OUTCOME filled. */
int image_mount(struct image *image, const struct boot_config *config, struct outcome *outcome);

#endif
