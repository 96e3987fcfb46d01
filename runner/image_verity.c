/* SPDX-License-Identifier: Apache-2.0 */
/* image_verity.c: the dm-verity part of an app image: put behind the data, read, checked. */
#include "image_verity.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../init/ed25519.h"
#include "message.h"
#include "public_key.h"
#include "sha256.h"

static int read_block(int descriptor, uint64_t block, uint8_t bytes[VERITY_BLOCK])
{
	ssize_t n = pread(descriptor, bytes, VERITY_BLOCK, (off_t)(block * VERITY_BLOCK));

	return n < 0 ? -errno : n == VERITY_BLOCK ? 0 : -ENODATA;
}

static void digest_of(const char *purpose, const void *bytes, size_t size, uint8_t digest[32])
{
	struct digest hash;

	digest_begin(&hash);
	digest_add(&hash, purpose, strlen(purpose));
	digest_add(&hash, bytes, size);
	digest_end(&hash, digest);
}

static void own_uuid(const uint8_t root_hash[32], uint8_t uuid[16])
{
	uint8_t digest[32];

	digest_of("pith verity uuid", root_hash, 32, digest);
	memcpy(uuid, digest, 16);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) |
			    0x80); /* RFC 9562: version 8, made by a rule of one's own */
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80); /* and its variant */
}

static struct verity_tree tree_of(int descriptor, const struct image_verity *image, unsigned jobs)
{
	return (struct verity_tree){.descriptor = descriptor,
				    .layout = image->layout,
				    .salt = image->superblock.salt,
				    .salt_bytes = image->superblock.salt_bytes,
				    .jobs = jobs};
}

int image_verity_seal(int descriptor, const uint8_t *salt, unsigned salt_bytes, unsigned jobs,
		      struct image_verity *image)
{
	struct verity_superblock *superblock = &image->superblock;
	uint8_t block[VERITY_BLOCK];
	struct stat status;

	*image = (struct image_verity){0};
	if (fstat(descriptor, &status) < 0)
		return -errno;
	superblock->data_blocks = (uint64_t)status.st_size / VERITY_BLOCK;
	if (status.st_size % VERITY_BLOCK != 0 || salt_bytes > VERITY_SALT_MAX ||
	    verity_layout_of(superblock->data_blocks, &image->layout) < 0)
		return -EINVAL;
	int error = read_block(descriptor, 0, block);
	if (error < 0)
		return error;
	if (salt != NULL) {
		superblock->salt_bytes = (uint16_t)salt_bytes;
		memcpy(superblock->salt, salt, salt_bytes);
	} else {
		superblock->salt_bytes = 32;
		digest_of("pith verity salt", block, sizeof(block), superblock->salt);
	}
	struct verity_tree tree = tree_of(descriptor, image, jobs);
	error = verity_tree_build(&tree, image->root_hash);
	if (error < 0)
		return error;
	own_uuid(image->root_hash, superblock->uuid);
	verity_superblock_write(superblock, block);
	if (pwrite(descriptor, block, sizeof(block),
		   (off_t)(superblock->data_blocks * VERITY_BLOCK)) != (ssize_t)sizeof(block))
		return errno != 0 ? -errno : -EIO;
	digest_of("", block, sizeof(block), image->superblock_hash);
	image->total_bytes = image->layout.end * VERITY_BLOCK;
	return 0;
}

/* The manifest, if the last block is one, and how many blocks come before it. */
static int read_manifest(int descriptor, struct image_verity *image, uint64_t *blocks,
			 const char **why)
{
	int error = read_block(descriptor, *blocks - 1, image->manifest_block);

	if (error < 0 || !manifest_is_present(image->manifest_block))
		return error;
	*why = manifest_parse(image->manifest_block, image->total_bytes, &image->manifest);
	if (*why != NULL)
		return -EBADMSG;
	image->is_signed = true;
	(*blocks)--;
	return 0;
}

int image_verity_read(int descriptor, struct image_verity *image, const char **why)
{
	uint8_t block[VERITY_BLOCK];
	struct stat status;

	*image = (struct image_verity){0};
	if (fstat(descriptor, &status) < 0)
		return -errno;
	image->total_bytes = (uint64_t)status.st_size;
	uint64_t blocks = image->total_bytes / VERITY_BLOCK;
	*why = "its size is not a multiple of 4096 bytes, or no bytes at all";
	if (blocks == 0 || image->total_bytes % VERITY_BLOCK != 0)
		return -EBADMSG;
	int error = read_manifest(descriptor, image, &blocks, why);
	if (error < 0)
		return error;
	*why = "no verity superblock where the size of the image wants one";
	if (verity_layout_find(blocks, &image->layout) < 0)
		return -EBADMSG;
	error = read_block(descriptor, image->layout.data_blocks, block);
	if (error < 0)
		return error;
	*why = verity_superblock_parse(block, &image->superblock);
	if (*why != NULL)
		return -EBADMSG;
	*why = "the superblock's number of data blocks is not that of the image";
	if (image->superblock.data_blocks != image->layout.data_blocks)
		return -EBADMSG;
	digest_of("", block, sizeof(block), image->superblock_hash);
	struct verity_tree tree = tree_of(descriptor, image, 1);
	error = verity_tree_root(&tree, image->root_hash);
	if (error < 0 || !image->is_signed)
		return error;
	*why = "the manifest's data size is not that of the image";
	if (image->manifest.data_bytes != image->layout.data_blocks * VERITY_BLOCK)
		return -EBADMSG;
	*why = "the manifest is for another superblock";
	if (memcmp(image->manifest.superblock_hash, image->superblock_hash, 32) != 0)
		return -EBADMSG;
	*why = "the manifest is for another root hash";
	return memcmp(image->manifest.root_hash, image->root_hash, 32) == 0 ? 0 : -EBADMSG;
}

int image_verity_check_signature(const struct image_verity *image, const uint8_t key[32])
{
	uint8_t id[32];

	public_key_id(key, id);
	if (!image->is_signed || memcmp(image->manifest.key_id, id, sizeof(id)) != 0)
		return -ENOKEY;
	return ed25519_verify(key, image->manifest_block, MANIFEST_SIGNED_BYTES,
			      image->manifest.signature);
}

void image_verity_say_bad(const char *path, int error, const struct verity_bad_block *bad)
{
	if (error == -EBADMSG && bad->level < 0)
		say_error("%s: refused: block %" PRIu64 " (data): %s", path, bad->block, bad->why);
	else if (error == -EBADMSG)
		say_error("%s: refused: block %" PRIu64 " (hash tree, level %d): %s", path,
			  bad->block, bad->level, bad->why);
	else
		say_error("%s: %s", path, strerror(-error));
}

bool image_verity_has_own_uuid(const struct image_verity *image)
{
	uint8_t uuid[16];

	own_uuid(image->root_hash, uuid);
	return memcmp(uuid, image->superblock.uuid, sizeof(uuid)) == 0;
}

int image_verity_check(int descriptor, const struct image_verity *image,
		       const uint8_t root_hash[32], unsigned jobs, struct verity_bad_block *bad)
{
	struct verity_tree tree = tree_of(descriptor, image, jobs);

	return verity_tree_check(&tree, root_hash, bad);
}

void image_verity_salt_hex(const struct image_verity *image, char hex[2 * VERITY_SALT_MAX + 1])
{
	static const char digits[] = "0123456789abcdef";
	size_t used = 0;

	for (unsigned i = 0; i < image->superblock.salt_bytes; i++) {
		hex[used++] = digits[image->superblock.salt[i] >> 4];
		hex[used++] = digits[image->superblock.salt[i] & 15];
	}
	if (used == 0)
		hex[used++] = '-';
	hex[used] = '\0';
}
