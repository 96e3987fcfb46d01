/* SPDX-License-Identifier: Apache-2.0 */
/* verity_format.c: how a dm-verity image lies in one file or device. Pure. */
#include "verity_format.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "bytes.h"

/* Offsets in the superblock; integers are little-endian. */
enum {
	AT_SIGNATURE = 0,                   /* 8 */
	AT_VERSION = 8,                     /* 4 */
	AT_HASH_TYPE = 12,                  /* 4; 1: the salt is hashed before the block */
	AT_UUID = 16,                       /* 16 */
	AT_ALGORITHM = 32,                  /* 32 */
	AT_DATA_BLOCK_SIZE = 64,            /* 4 */
	AT_HASH_BLOCK_SIZE = 68,            /* 4 */
	AT_DATA_BLOCKS = 72,                /* 8 */
	AT_SALT_SIZE = 80,                  /* 2 */
	AT_PADDING = 82,                    /* 6 */
	AT_SALT = 88,                       /* 256 */
	AT_END = AT_SALT + VERITY_SALT_MAX, /* zeros from here on */
};

static const uint8_t signature[8] = "verity\0";
static const uint8_t algorithm[32] = "sha256";

const char *verity_superblock_parse(const uint8_t block[VERITY_BLOCK],
				    struct verity_superblock *superblock)
{
	uint64_t data_blocks = bytes_get_le(block + AT_DATA_BLOCKS, 8);
	uint64_t salt_bytes = bytes_get_le(block + AT_SALT_SIZE, 2);

	if (memcmp(block + AT_SIGNATURE, signature, sizeof(signature)) != 0)
		return "no verity superblock";
	if (bytes_get_le(block + AT_VERSION, 4) != 1)
		return "the superblock's version is not 1";
	if (bytes_get_le(block + AT_HASH_TYPE, 4) != 1)
		return "the hash type is not 1";
	if (memcmp(block + AT_ALGORITHM, algorithm, sizeof(algorithm)) != 0)
		return "the hash algorithm is not sha256";
	if (bytes_get_le(block + AT_DATA_BLOCK_SIZE, 4) != VERITY_BLOCK)
		return "the data block size is not 4096";
	if (bytes_get_le(block + AT_HASH_BLOCK_SIZE, 4) != VERITY_BLOCK)
		return "the hash block size is not 4096";
	if (data_blocks == 0)
		return "the number of data blocks is 0";
	if (data_blocks > VERITY_DATA_BLOCKS_MAX)
		return "the number of data blocks is beyond 2^40";
	if (salt_bytes > VERITY_SALT_MAX)
		return "the salt is longer than 256 bytes";
	if (!bytes_are_zero(block + AT_PADDING, block + AT_SALT) ||
	    !bytes_are_zero(block + AT_SALT + salt_bytes, block + VERITY_BLOCK))
		return "an unused byte of the superblock is not zero";
	memset(superblock, 0, sizeof(*superblock));
	memcpy(superblock->uuid, block + AT_UUID, sizeof(superblock->uuid));
	memcpy(superblock->salt, block + AT_SALT, salt_bytes);
	superblock->data_blocks = data_blocks;
	superblock->salt_bytes = (uint16_t)salt_bytes;
	return NULL;
}

void verity_superblock_write(const struct verity_superblock *superblock,
			     uint8_t block[VERITY_BLOCK])
{
	memset(block, 0, VERITY_BLOCK);
	memcpy(block + AT_SIGNATURE, signature, sizeof(signature));
	bytes_put_le(block + AT_VERSION, 4, 1);
	bytes_put_le(block + AT_HASH_TYPE, 4, 1);
	memcpy(block + AT_UUID, superblock->uuid, sizeof(superblock->uuid));
	memcpy(block + AT_ALGORITHM, algorithm, sizeof(algorithm));
	bytes_put_le(block + AT_DATA_BLOCK_SIZE, 4, VERITY_BLOCK);
	bytes_put_le(block + AT_HASH_BLOCK_SIZE, 4, VERITY_BLOCK);
	bytes_put_le(block + AT_DATA_BLOCKS, 8, superblock->data_blocks);
	bytes_put_le(block + AT_SALT_SIZE, 2, superblock->salt_bytes);
	memcpy(block + AT_SALT, superblock->salt, superblock->salt_bytes);
}

int verity_layout_of(uint64_t data_blocks, struct verity_layout *layout)
{
	if (data_blocks == 0 || data_blocks > VERITY_DATA_BLOCKS_MAX)
		return -EINVAL;
	*layout = (struct verity_layout){.data_blocks = data_blocks};
	/* 128^6 exceeds 2^40: the levels always suffice. */
	for (uint64_t blocks = data_blocks; blocks > 1; layout->levels++) {
		blocks = (blocks + VERITY_DIGESTS_PER_BLOCK - 1) / VERITY_DIGESTS_PER_BLOCK;
		layout->level[layout->levels].blocks = blocks;
	}
	layout->end = data_blocks + 1;
	for (unsigned i = layout->levels; i-- > 0;) {
		layout->level[i].first = layout->end;
		layout->end += layout->level[i].blocks;
		layout->tree_blocks += layout->level[i].blocks;
	}
	return 0;
}

int verity_layout_find(uint64_t end, struct verity_layout *layout)
{
	uint64_t low = 1, high = VERITY_DATA_BLOCKS_MAX;

	/* The end grows with every data block, so there is at most one answer. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		verity_layout_of(middle, layout);
		if (layout->end < end)
			low = middle + 1;
		else
			high = middle;
	}
	verity_layout_of(low, layout);
	return layout->end == end ? 0 : -EINVAL;
}
