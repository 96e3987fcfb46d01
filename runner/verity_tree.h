/* SPDX-License-Identifier: Apache-2.0 */
/* verity_tree.h: builds and checks dm-verity hash trees on all processors, with memory that does
 * not grow with the image. */
#ifndef PITH_RUNNER_VERITY_TREE_H
#define PITH_RUNNER_VERITY_TREE_H

#include <stdint.h>

#include "../init/verity_format.h"

struct verity_tree {
	int descriptor; /* of the image; read, and written by verity_tree_build */
	struct verity_layout layout;
	const uint8_t *salt;
	unsigned salt_bytes;
	unsigned jobs; /* processors to use; 0: all */
};

/* The first block that is not what its parent in the tree says. */
struct verity_bad_block {
	uint64_t block;  /* from the beginning of the image */
	int level;       /* of the tree; -1: data */
	const char *why; /* in words */
};

/* Hash the data and write the tree, the superblock not included. Returns 0, -EINTR on an interrupt
 * (interrupt.h), or another -errno. */
int verity_tree_build(const struct verity_tree *tree, uint8_t root[VERITY_DIGEST_BYTES]);

/* Check the whole image from the root downwards: the topmost block against ROOT, every level
 * against the one above, the data against level 0; so a block is judged only by blocks that are
 * known to be right. Returns 0; -EBADMSG with the first bad block in BAD; -EINTR; or another
 * -errno. */
int verity_tree_check(const struct verity_tree *tree, const uint8_t root[VERITY_DIGEST_BYTES],
		      struct verity_bad_block *bad);

/* The digest of the topmost block: what the root hash is if the tree is right. */
int verity_tree_root(const struct verity_tree *tree, uint8_t root[VERITY_DIGEST_BYTES]);

#endif
