/* SPDX-License-Identifier: Apache-2.0 */
/* The verity superblock, field by field, and the layout of data, superblock and tree. */
#include "../../init/bytes.h"
#include "../../init/verity_format.h"
#include "../tap.h"

#include <errno.h>
#include <stdlib.h>

static uint8_t good[VERITY_BLOCK];

static void refuses(size_t at, unsigned size, uint64_t value, const char *reason)
{
	uint8_t block[VERITY_BLOCK];
	struct verity_superblock superblock;

	memcpy(block, good, sizeof(block));
	bytes_put_le(block + at, size, value);
	is_str(verity_superblock_parse(block, &superblock), reason, reason);
}

static void test_superblock(void)
{
	struct verity_superblock in = {.data_blocks = 12345, .salt_bytes = 32}, out;
	uint8_t again[VERITY_BLOCK];
	size_t accepted = 0;

	for (unsigned i = 0; i < sizeof(in.uuid); i++)
		in.uuid[i] = (uint8_t)(i + 1);
	for (unsigned i = 0; i < in.salt_bytes; i++)
		in.salt[i] = (uint8_t)(200 - i);
	verity_superblock_write(&in, good);
	ok(verity_superblock_parse(good, &out) == NULL, "what was written is accepted");
	ok(memcmp(&in, &out, sizeof(in)) == 0, "and reads back the same");

	refuses(0, 1, 'V', "no verity superblock");
	refuses(7, 1, 1, "no verity superblock");
	refuses(8, 4, 2, "the superblock's version is not 1");
	refuses(8, 4, 0x01000000, "the superblock's version is not 1");
	refuses(12, 4, 0, "the hash type is not 1");
	refuses(32, 6, 0x363532616873 ^ 1, "the hash algorithm is not sha256");
	refuses(63, 1, 'x', "the hash algorithm is not sha256");
	refuses(64, 4, 512, "the data block size is not 4096");
	refuses(64, 4, 0, "the data block size is not 4096");
	refuses(68, 4, 8192, "the hash block size is not 4096");
	refuses(72, 8, 0, "the number of data blocks is 0");
	refuses(72, 8, VERITY_DATA_BLOCKS_MAX + 1, "the number of data blocks is beyond 2^40");
	refuses(72, 8, UINT64_MAX, "the number of data blocks is beyond 2^40");
	refuses(80, 2, 257, "the salt is longer than 256 bytes");
	refuses(80, 2, 0xffff, "the salt is longer than 256 bytes");
	refuses(80, 2, 31, "an unused byte of the superblock is not zero");
	refuses(82, 1, 1, "an unused byte of the superblock is not zero");
	refuses(88 + 32, 1, 1, "an unused byte of the superblock is not zero");
	refuses(344, 1, 1, "an unused byte of the superblock is not zero");
	refuses(512, 1, 1, "an unused byte of the superblock is not zero");
	refuses(4095, 1, 1, "an unused byte of the superblock is not zero");

	/* Each accepted change of a byte must be one of a field that is free: UUID, count, salt. */
	for (size_t i = 0; i < VERITY_BLOCK; i++) {
		uint8_t block[VERITY_BLOCK];
		memcpy(block, good, sizeof(block));
		block[i] ^= 0x10;
		if (verity_superblock_parse(block, &out) == NULL) {
			verity_superblock_write(&out, again);
			accepted +=
			    memcmp(block, again, sizeof(block)) == 0 &&
			    ((i >= 16 && i < 32) || (i >= 72 && i < 82) || (i >= 88 && i < 120));
		} else {
			accepted += i < 16 || (i >= 32 && i < 88) || i >= 120;
		}
	}
	is_int((long long)accepted, VERITY_BLOCK, "no byte of the block goes unseen");
}

static void test_layout(void)
{
	static const struct {
		uint64_t data;
		unsigned levels;
		uint64_t tree;
	} cases[] = {
	    {1, 0, 0},       {2, 1, 1},
	    {128, 1, 1},     {129, 2, 3},
	    {16384, 2, 129}, {16385, 3, 129 + 1 + 2},
	    {65536, 3, 517}, {VERITY_DATA_BLOCKS_MAX, 6, 0},
	};
	struct verity_layout layout, found;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(verity_layout_of(cases[i].data, &layout), 0, "a layout");
		is_int(layout.levels, cases[i].levels, "its levels");
		if (cases[i].tree > 0 || cases[i].data == 1)
			is_int((long long)layout.tree_blocks, (long long)cases[i].tree, "its tree");
		is_int((long long)layout.end,
		       (long long)(layout.data_blocks + 1 + layout.tree_blocks), "its end");
		ok(verity_layout_find(layout.end, &found) == 0 &&
		       memcmp(&found, &layout, sizeof(found)) == 0,
		   "found again from its end");
	}
	verity_layout_of(16385, &layout);
	ok(layout.level[2].first == 16386 && layout.level[1].first == 16387 &&
	       layout.level[0].first == 16389 && layout.level[0].blocks == 129,
	   "the level nearest the root comes first");

	is_int(verity_layout_of(0, &layout), -EINVAL, "no data is refused");
	is_int(verity_layout_of(VERITY_DATA_BLOCKS_MAX + 1, &layout), -EINVAL,
	       "more than 2^40 blocks are refused");
	is_int(verity_layout_of(UINT64_MAX, &layout), -EINVAL, "2^64 - 1 are refused");
	is_int(verity_layout_find(0, &layout), -EINVAL, "an empty file is no image");
	is_int(verity_layout_find(1, &layout), -EINVAL, "one block is no image");
	is_int(verity_layout_find(3, &layout), -EINVAL, "three blocks are no image");
	is_int(verity_layout_find(UINT64_MAX, &layout), -EINVAL, "an endless file is no image");

	unsigned long long ends = 0, last = 0, wrong = 0;
	for (uint64_t end = 0; end < 40000; end++)
		if (verity_layout_find(end, &layout) == 0) {
			ends++;
			wrong += layout.end != end || layout.data_blocks <= last;
			last = layout.data_blocks;
		}
	ok(wrong == 0 && ends == last, "every number of data blocks has one end of its own");
}

int main(void)
{
	test_superblock();
	test_layout();
	return done();
}
