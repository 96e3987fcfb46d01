/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.h: the signed manifest, the last block of a signed image. Pure: it parses and writes;
 * whether the signature is right is ed25519.h's to say.
 *
 * 4096 bytes; integers are little-endian; bytes without a meaning are zero and checked:
 *
 *   offset  size
 *        0     8  magic "pithman" and NUL
 *        8     4  version of this layout: 1
 *       12     4  zero
 *       16     8  data bytes, a multiple of 4096
 *       24     8  total bytes of the image, this block included, a multiple of 4096
 *       32     8  version number of the image, for refusing a rollback
 *       40    32  verity root hash
 *       72    32  SHA-256 of the superblock's whole block: binds salt, UUID and block counts
 *      104    32  key id: SHA-256 of the 32-byte Ed25519 public key
 *      136    64  name: 1 to 63 of A-Z a-z 0-9 . _ -, padded with NUL
 *      200    56  zero
 *      256    64  Ed25519 signature (RFC 8032, PureEdDSA) over bytes 0 to 255
 *      320  3776  zero */
#ifndef PITH_INIT_MANIFEST_H
#define PITH_INIT_MANIFEST_H

#include <stdint.h>

#define MANIFEST_BYTES 4096
#define MANIFEST_SIGNED_BYTES 256
#define MANIFEST_SIGNATURE_BYTES 64
#define MANIFEST_NAME_SIZE 64

struct manifest {
	uint64_t data_bytes;
	uint64_t total_bytes;
	uint64_t version; /* of the image */
	uint8_t root_hash[32];
	uint8_t superblock_hash[32];
	uint8_t key_id[32];
	char name[MANIFEST_NAME_SIZE]; /* NUL-terminated */
	uint8_t signature[MANIFEST_SIGNATURE_BYTES];
};

/* Whether BLOCK begins with the magic: an image is signed or not by this. */
int manifest_is_present(const uint8_t block[MANIFEST_BYTES]);

/* Parse the last block of an image of TOTAL_BYTES. Returns NULL, or the reason for refusing, in
 * words. Nothing in MANIFEST is to be believed before its signature is checked. */
const char *manifest_parse(const uint8_t block[MANIFEST_BYTES], uint64_t total_bytes,
			   struct manifest *manifest);

/* The reverse. Bytes 0 to 255 of the result are what is signed; they do not depend on the
 * signature. */
void manifest_write(const struct manifest *manifest, uint8_t block[MANIFEST_BYTES]);

/* Whether NAME is one that a manifest can hold. */
int manifest_name_is_valid(const char *name);

#endif
