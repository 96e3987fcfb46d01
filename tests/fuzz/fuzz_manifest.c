/* SPDX-License-Identifier: Apache-2.0 */
/* Manifest and superblock from hostile bytes: what is accepted must be written back byte for byte.
 */
#include "../../init/manifest.h"
#include "../../init/verity_format.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t block[VERITY_BLOCK], again[VERITY_BLOCK];
	struct verity_superblock superblock;
	struct verity_layout layout;
	struct manifest manifest;
	uint64_t total = 0;

	/* The mutator reaches the format faster when it need not find 4 KiB and the magic bytes. */
	memset(block, 0, sizeof(block));
	memcpy(block, data, size < sizeof(block) ? size : sizeof(block));
	if (size > 8 && data[0] == 'v')
		memcpy(block, "verity\0", 8);
	if (size > 8 && data[0] == 'p')
		memcpy(block, "pithman", 8);
	for (unsigned i = 0; i < 8; i++)
		total = total << 8 | block[31 - i];
	if (manifest_parse(block, total, &manifest) == NULL) {
		manifest_write(&manifest, again);
		if (memcmp(block, again, sizeof(block)) != 0)
			abort();
	}
	if (verity_superblock_parse(block, &superblock) == NULL) {
		verity_superblock_write(&superblock, again);
		if (memcmp(block, again, sizeof(block)) != 0)
			abort();
		if (verity_layout_of(superblock.data_blocks, &layout) < 0 ||
		    verity_layout_find(layout.end, &layout) < 0)
			abort();
	}
	return 0;
}
