/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of a signed image, field by field. */
#include "../../init/bytes.h"
#include "../../init/manifest.h"
#include "../tap.h"

#define TOTAL (100 * 4096ull)

static uint8_t good[MANIFEST_BYTES];

static void refuses(size_t at, unsigned size, uint64_t value, const char *reason, const char *what)
{
	uint8_t block[MANIFEST_BYTES];
	struct manifest manifest;

	memcpy(block, good, sizeof(block));
	bytes_put_le(block + at, size, value);
	is_str(manifest_parse(block, TOTAL, &manifest), reason, what);
}

int main(void)
{
	struct manifest in = {.data_bytes = 90 * 4096ull, .total_bytes = TOTAL, .version = 7}, out;

	memset(in.root_hash, 0x11, sizeof(in.root_hash));
	memset(in.superblock_hash, 0x22, sizeof(in.superblock_hash));
	memset(in.key_id, 0x33, sizeof(in.key_id));
	memset(in.signature, 0x44, sizeof(in.signature));
	strcpy(in.name, "hello-app_1.0");
	manifest_write(&in, good);
	ok(manifest_is_present(good), "it is there");
	ok(manifest_parse(good, TOTAL, &out) == NULL, "what was written is accepted");
	ok(memcmp(&in, &out, sizeof(in)) == 0, "and reads back the same");

	static const char other_size[] = "the manifest names another image size";
	static const char bad_data[] = "the manifest's data size makes no sense";
	static const char bad_name[] = "the manifest's name is not valid";
	static const char not_zero[] = "an unused byte of the manifest is not zero";
	refuses(0, 1, 'P', "no manifest", "other magic");
	refuses(7, 1, 1, "no manifest", "other last byte of the magic");
	refuses(8, 4, 2, "the manifest's layout version is not 1", "layout 2");
	refuses(8, 4, 0, "the manifest's layout version is not 1", "layout 0");
	refuses(12, 4, 1, not_zero, "byte 12");
	refuses(15, 1, 1, not_zero, "byte 15");
	refuses(16, 8, 0, bad_data, "no data");
	refuses(16, 8, 4095, bad_data, "data of broken blocks");
	refuses(16, 8, TOTAL, bad_data, "data as large as the image");
	refuses(16, 8, UINT64_MAX - 4095, bad_data, "huge data");
	refuses(24, 8, TOTAL + 4096, other_size, "another total size");
	refuses(24, 8, 0, other_size, "no total size");
	refuses(136, 1, 0, bad_name, "no name");
	refuses(137, 1, '/', bad_name, "a slash in the name");
	refuses(137, 1, 0x80, bad_name, "a byte beyond ASCII in the name");
	refuses(137, 1, '\n', bad_name, "a newline in the name");
	refuses(139, 1, 0, not_zero, "a byte behind the end of the name");
	refuses(199, 1, 'x', not_zero, "the last byte of the name");
	refuses(200, 1, 1, not_zero, "byte 200");
	refuses(255, 1, 1, not_zero, "byte 255");
	refuses(320, 1, 1, not_zero, "byte 320");
	refuses(4095, 1, 1, not_zero, "byte 4095");
	is_str(manifest_parse(good, TOTAL - 4096, &out), other_size, "a truncated image");
	is_str(manifest_parse(good, TOTAL + 1, &out), other_size, "a longer image");

	/* A name without its NUL must not be read beyond its field. */
	uint8_t block[MANIFEST_BYTES];
	memcpy(block, good, sizeof(block));
	memset(block + 136, 'x', MANIFEST_NAME_SIZE);
	is_str(manifest_parse(block, TOTAL, &out), bad_name, "a name of 64 bytes");

	/* Whatever is accepted must be written back the same: no byte goes unseen. */
	size_t seen = 0;
	for (size_t i = 0; i < MANIFEST_BYTES; i++) {
		uint8_t again[MANIFEST_BYTES];
		memcpy(block, good, sizeof(block));
		block[i] ^= 1;
		if (manifest_parse(block, TOTAL, &out) != NULL) {
			seen++;
			continue;
		}
		manifest_write(&out, again);
		seen += memcmp(block, again, sizeof(block)) == 0;
	}
	is_int((long long)seen, MANIFEST_BYTES, "no byte of the block goes unseen");

	ok(manifest_name_is_valid("a.B-9_"), "a valid name");
	ok(!manifest_name_is_valid(""), "an empty name is not valid");
	ok(!manifest_name_is_valid("a b"), "a name with a space is not valid");
	memset(block, 'x', sizeof(block));
	block[63] = '\0';
	ok(manifest_name_is_valid((char *)block), "63 bytes are a valid name");
	block[63] = 'x';
	block[64] = '\0';
	ok(!manifest_name_is_valid((char *)block), "64 bytes are not");
	return done();
}
