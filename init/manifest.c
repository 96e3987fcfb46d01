/* SPDX-License-Identifier: Apache-2.0 */
/* manifest.c: the signed manifest of an image, parsed and written. Pure. */
#include "manifest.h"

#include <stddef.h>
#include <string.h>

#include "bytes.h"

#define BLOCK 4096

enum {
	AT_MAGIC = 0,
	AT_LAYOUT = 8,
	AT_ZERO = 12,
	AT_DATA_BYTES = 16,
	AT_TOTAL_BYTES = 24,
	AT_VERSION = 32,
	AT_ROOT_HASH = 40,
	AT_SUPERBLOCK_HASH = 72,
	AT_KEY_ID = 104,
	AT_NAME = 136,
	AT_NAME_END = AT_NAME + MANIFEST_NAME_SIZE,
	AT_SIGNATURE = MANIFEST_SIGNED_BYTES,
	AT_SIGNATURE_END = AT_SIGNATURE + MANIFEST_SIGNATURE_BYTES,
};

static const uint8_t magic[8] = "pithman";

int manifest_is_present(const uint8_t block[MANIFEST_BYTES])
{
	return memcmp(block + AT_MAGIC, magic, sizeof(magic)) == 0;
}

/* The length of the name at the beginning of the SIZE bytes at TEXT; 0 when it is not a valid one.
 */
static size_t name_length(const char *text, size_t size)
{
	static const char accepted[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t length = strnlen(text, size);

	if (length >= MANIFEST_NAME_SIZE)
		return 0;
	for (size_t i = 0; i < length; i++)
		if (strchr(accepted, text[i]) == NULL)
			return 0;
	return length;
}

int manifest_name_is_valid(const char *name)
{
	return name_length(name, MANIFEST_NAME_SIZE) > 0;
}

const char *manifest_parse(const uint8_t block[MANIFEST_BYTES], uint64_t total_bytes,
			   struct manifest *manifest)
{
	uint64_t data_bytes = bytes_get_le(block + AT_DATA_BYTES, 8);
	const char *name = (const char *)block + AT_NAME;
	size_t length = name_length(name, MANIFEST_NAME_SIZE);

	if (!manifest_is_present(block))
		return "no manifest";
	if (bytes_get_le(block + AT_LAYOUT, 4) != 1)
		return "the manifest's layout version is not 1";
	if (bytes_get_le(block + AT_TOTAL_BYTES, 8) != total_bytes || total_bytes % BLOCK != 0)
		return "the manifest names another image size";
	if (data_bytes == 0 || data_bytes % BLOCK != 0 || data_bytes >= total_bytes)
		return "the manifest's data size makes no sense";
	if (length == 0)
		return "the manifest's name is not valid";
	if (!bytes_are_zero(block + AT_ZERO, block + AT_DATA_BYTES) ||
	    !bytes_are_zero(block + AT_NAME + length, block + AT_SIGNATURE) ||
	    !bytes_are_zero(block + AT_SIGNATURE_END, block + BLOCK))
		return "an unused byte of the manifest is not zero";
	memset(manifest, 0, sizeof(*manifest));
	manifest->data_bytes = data_bytes;
	manifest->total_bytes = total_bytes;
	manifest->version = bytes_get_le(block + AT_VERSION, 8);
	memcpy(manifest->root_hash, block + AT_ROOT_HASH, sizeof(manifest->root_hash));
	memcpy(manifest->superblock_hash, block + AT_SUPERBLOCK_HASH,
	       sizeof(manifest->superblock_hash));
	memcpy(manifest->key_id, block + AT_KEY_ID, sizeof(manifest->key_id));
	memcpy(manifest->name, name, length);
	memcpy(manifest->signature, block + AT_SIGNATURE, sizeof(manifest->signature));
	return NULL;
}

void manifest_write(const struct manifest *manifest, uint8_t block[MANIFEST_BYTES])
{
	memset(block, 0, MANIFEST_BYTES);
	memcpy(block + AT_MAGIC, magic, sizeof(magic));
	bytes_put_le(block + AT_LAYOUT, 4, 1);
	bytes_put_le(block + AT_DATA_BYTES, 8, manifest->data_bytes);
	bytes_put_le(block + AT_TOTAL_BYTES, 8, manifest->total_bytes);
	bytes_put_le(block + AT_VERSION, 8, manifest->version);
	memcpy(block + AT_ROOT_HASH, manifest->root_hash, sizeof(manifest->root_hash));
	memcpy(block + AT_SUPERBLOCK_HASH, manifest->superblock_hash,
	       sizeof(manifest->superblock_hash));
	memcpy(block + AT_KEY_ID, manifest->key_id, sizeof(manifest->key_id));
	memcpy(block + AT_NAME, manifest->name, name_length(manifest->name, MANIFEST_NAME_SIZE));
	memcpy(block + AT_SIGNATURE, manifest->signature, sizeof(manifest->signature));
}
