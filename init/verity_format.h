/* SPDX-License-Identifier: Apache-2.0 */
/* verity_format.h: how a dm-verity image lies in one file or device: data, superblock, hash tree,
 * and then, if it is signed, one manifest block. Pure.
 *
 *   block 0 .. D-1        data (squashfs or erofs), D = data_blocks
 *   block D               superblock, 512 bytes, zeros to the end of the block
 *   block D+1 ..          hash tree, the level nearest the root first (none when D is 1)
 *   last block            manifest (manifest.h), only if signed
 *
 * All blocks have 4096 bytes. Superblock and tree are those of `veritysetup format
 * --hash-offset=D*4096` (cryptsetup, lib/verity/verity.c struct verity_sb; kernel,
 * Documentation/admin-guide/device-mapper/verity.rst). The size of the file alone tells where the
 * superblock has to be: nothing of the image need be read, or believed, to find it. */
#ifndef PITH_INIT_VERITY_FORMAT_H
#define PITH_INIT_VERITY_FORMAT_H

#include <stdint.h>

#define VERITY_BLOCK 4096
#define VERITY_DIGEST_BYTES 32
#define VERITY_DIGESTS_PER_BLOCK (VERITY_BLOCK / VERITY_DIGEST_BYTES)
#define VERITY_SALT_MAX 256
#define VERITY_LEVELS_MAX 8
#define VERITY_DATA_BLOCKS_MAX (1ull << 40) /* 4 PiB; keeps all arithmetic far from 64 bits */

struct verity_superblock {
	uint8_t uuid[16];
	uint64_t data_blocks; /* 1 to VERITY_DATA_BLOCKS_MAX */
	uint16_t salt_bytes;  /* 0 to VERITY_SALT_MAX */
	uint8_t salt[VERITY_SALT_MAX];
};

struct verity_layout {
	uint64_t data_blocks; /* the superblock's block number, too */
	uint64_t tree_blocks;
	uint64_t end;    /* the first block behind the tree */
	unsigned levels; /* 0: the root hash is that of the only data block */
	struct {
		uint64_t first, blocks; /* level 0 has the digests of the data blocks */
	} level[VERITY_LEVELS_MAX];
};

/* Parse one block. Every field must have the only accepted value (version 1, hash type 1, sha256,
 * blocks of 4096) or be in its range, and every byte that means nothing must be zero. Returns NULL,
 * or the reason for refusing, in words. */
const char *verity_superblock_parse(const uint8_t block[VERITY_BLOCK],
				    struct verity_superblock *superblock);

/* The reverse; all fields must be in range. */
void verity_superblock_write(const struct verity_superblock *superblock,
			     uint8_t block[VERITY_BLOCK]);

/* The layout of DATA_BLOCKS blocks, 1 to VERITY_DATA_BLOCKS_MAX. Returns 0 or -EINVAL. */
int verity_layout_of(uint64_t data_blocks, struct verity_layout *layout);

/* The one layout whose end is block END: what a file of END blocks (manifest left out) has to be.
 * Returns 0, or -EINVAL when there is none. */
int verity_layout_find(uint64_t end, struct verity_layout *layout);

#endif
