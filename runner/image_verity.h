/* SPDX-License-Identifier: Apache-2.0 */
/* image_verity.h: the dm-verity part of an app image: put behind the data, read, checked. */
#ifndef PITH_RUNNER_IMAGE_VERITY_H
#define PITH_RUNNER_IMAGE_VERITY_H

#include <stdbool.h>
#include <stdint.h>

#include "../init/manifest.h"
#include "verity_tree.h"

struct image_verity {
	uint64_t total_bytes; /* of the whole image */
	struct verity_layout layout;
	struct verity_superblock superblock;
	uint8_t superblock_hash[32]; /* SHA-256 of its block */
	uint8_t
	    root_hash[32]; /* of the tree as it stands; what it is worth, image_verity_check says */
	bool is_signed;    /* a manifest is there; its signature is not checked */
	struct manifest manifest;
	uint8_t manifest_block[MANIFEST_BYTES];
};

/* Append superblock and hash tree to the image DESCRIPTOR, whose data is a multiple of 4096 bytes.
 * SALT NULL: 32 bytes derived from the first data block (the file system's superblock), so that the
 * result depends on nothing but the data. The UUID is derived from the root hash. Returns 0 with
 * IMAGE filled; -EINTR; or another -errno. */
int image_verity_seal(int descriptor, const uint8_t *salt, unsigned salt_bytes, unsigned jobs,
		      struct image_verity *image);

/* Read and check superblock, sizes and manifest of DESCRIPTOR, but not data and tree. Returns 0;
 * -EBADMSG with the reason in *WHY; or another -errno. */
int image_verity_read(int descriptor, struct image_verity *image, const char **why);

/* Whether the manifest of an image that has been read is signed by KEY. Returns 0; -ENOKEY when
 * there is no manifest or it names another key; -EBADMSG when the signature is wrong; -ELIBBAD as
 * ed25519_verify. */
int image_verity_check_signature(const struct image_verity *image, const uint8_t key[32]);

/* Say what image_verity_check found wrong with the image PATH: ERROR and BAD are its results. */
void image_verity_say_bad(const char *path, int error, const struct verity_bad_block *bad);

/* Whether UUID is the one that pith derives from the root hash. */
bool image_verity_has_own_uuid(const struct image_verity *image);

/* Check the tree and all data against ROOT_HASH. As verity_tree_check. */
int image_verity_check(int descriptor, const struct image_verity *image,
		       const uint8_t root_hash[32], unsigned jobs, struct verity_bad_block *bad);

/* How SALT of an image prints: its hexadecimal digits, or "-" when empty, as veritysetup does. */
void image_verity_salt_hex(const struct image_verity *image, char hex[2 * VERITY_SALT_MAX + 1]);

#endif
