/* SPDX-License-Identifier: Apache-2.0 */
/* The trusted boot protocol: known values, and requests in pieces of every size. */
#include "../../init/attest.h"

#include <errno.h>
#include <string.h>

#include "../../runner/attest_key.h"
#include "../tap.h"

static const uint8_t zero_key[ATTEST_KEY_BYTES];
static struct attest attest;
static uint8_t reply[ATTEST_REPLY_BYTES];

static const char *hex(const uint8_t bytes[DIGEST_BYTES])
{
	static char text[DIGEST_HEX_SIZE];

	digest_hex(bytes, text);
	return text;
}

static void test_known_values(void)
{
	static const uint8_t nonce[1 + ATTEST_NONCE_BYTES] = {ATTEST_ATTEST};
	bool has_reply;

	attest_begin(&attest, zero_key);
	/* printf abc | cat - <(head -c 32 /dev/zero) | sha256sum */
	attest_measure(&attest, "abc", 3);
	is_str(hex(attest.measure),
	       "1b23f860db9bd9eccc26b36eaa3b6c223ef34539cdef01b240ad76ee45e176c1", "a measure");
	is_int((long long)attest_take(&attest, nonce, sizeof(nonce), &has_reply, reply),
	       sizeof(nonce), "a request to attest is taken");
	ok(has_reply, "... and has a reply");
	ok(memcmp(reply, attest.measure, DIGEST_BYTES) == 0, "the measure");
	is_str(hex(reply + DIGEST_BYTES),
	       "a7f08975ff7253fdeba119c3272b444cc2f43441e2ab5b2b3132bbde652ccd9c", "and its HMAC");
}

/* Three requests with two replies, whole and cut in pieces of SIZE bytes: the same replies. */
static void test_pieces(void)
{
	uint8_t bytes[] = {1,  3,  0,  'a', 'b', 'c', 2,  1,  2, 3, 4, 5, 6,  7,  8,
			   9,  10, 11, 12,  13,  14,  15, 16, 1, 0, 0, 2, 16, 15, 14,
			   13, 12, 11, 10,  9,   8,   7,  6,  5, 4, 3, 2, 1};
	uint8_t whole[2 * ATTEST_REPLY_BYTES], cut[2 * ATTEST_REPLY_BYTES];
	bool same = true;

	for (size_t size = sizeof(bytes); size > 0; size--) {
		uint8_t *replies = size == sizeof(bytes) ? whole : cut;
		size_t count = 0;

		attest_begin(&attest, zero_key);
		for (size_t at = 0; at < sizeof(bytes) && count <= 2;) {
			size_t part = sizeof(bytes) - at < size ? sizeof(bytes) - at : size;
			bool has_reply;

			at += attest_take(&attest, bytes + at, part, &has_reply, reply);
			if (has_reply && count < 2)
				memcpy(replies + ATTEST_REPLY_BYTES * count, reply, sizeof(reply));
			count += has_reply;
		}
		same &= count == 2 && memcmp(replies, whole, sizeof(whole)) == 0;
	}
	ok(same, "pieces of every size give the same two replies");
}

static void test_refusal(void)
{
	static const uint8_t bytes[] = {1, 1, 0, 'a', 3, 1, 1, 0, 'b'};
	uint8_t before[DIGEST_BYTES];
	bool has_reply;

	attest_begin(&attest, zero_key);
	attest_measure(&attest, "a", 1);
	memcpy(before, attest.measure, sizeof(before));
	attest_begin(&attest, zero_key);
	is_int((long long)attest_take(&attest, bytes, sizeof(bytes), &has_reply, reply), 5,
	       "nothing is taken behind a request that is none");
	is_int(attest.state, ATTEST_REFUSED, "... which is the end");
	ok(memcmp(attest.measure, before, sizeof(before)) == 0, "what came before counts");
	is_int((long long)attest_take(&attest, bytes, 4, &has_reply, reply), 0, "... and stays so");
	attest_cleanse(&attest);
	bool clean = true;
	for (size_t i = 0; i < sizeof(attest); i++)
		clean &= ((const uint8_t *)&attest)[i] == 0;
	ok(clean, "cleansing leaves zeros");
}

#define DIGITS "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static int parse_key(const char *text)
{
	char hex[ATTEST_KEY_HEX_SIZE];

	return attest_key_parse(text, strlen(text), hex);
}

static void test_key_file(void)
{
	is_int(parse_key(DIGITS "\n"), 0, "a key as openssl rand -hex writes it");
	is_int(parse_key(DIGITS), 0, "... and without the newline");
	is_int(parse_key(DIGITS "\n\n"), -EINVAL, "with two");
	is_int(parse_key(DIGITS " "), -EINVAL, "with a space");
	is_int(parse_key(&(DIGITS)[1]), -EINVAL, "a digit too few");
	is_int(parse_key("0" DIGITS), -EINVAL, "one too many");
	is_int(parse_key(""), -EINVAL, "nothing");
}

int main(void)
{
	test_key_file();
	test_known_values();
	test_pieces();
	test_refusal();
	return done();
}
