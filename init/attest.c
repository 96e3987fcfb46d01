/* SPDX-License-Identifier: Apache-2.0 */
/* attest.c: OpenSUT's trusted boot protocol, a state machine. Pure, fuzzed
 * (tests/fuzz/fuzz_attest.c). */
#include "attest.h"

#include <string.h>

#define HMAC_BLOCK_BYTES 64 /* of SHA-256 */

void attest_begin(struct attest *attest, const uint8_t key[ATTEST_KEY_BYTES])
{
	*attest = (struct attest){.state = ATTEST_WANTS_REQUEST};
	memcpy(attest->key, key, ATTEST_KEY_BYTES);
}

static void extend(struct attest *attest, struct digest *data)
{
	digest_add(data, attest->measure, sizeof(attest->measure));
	digest_end(data, attest->measure);
}

void attest_measure(struct attest *attest, const void *data, size_t size)
{
	struct digest digest;

	digest_begin(&digest);
	digest_add(&digest, data, size);
	extend(attest, &digest);
}

/* One of HMAC's two passes (RFC 2104): the hash of the padded key and of SIZE bytes. */
static void hmac_pass(const uint8_t key[ATTEST_KEY_BYTES], uint8_t pad, const uint8_t *bytes,
		      size_t size, uint8_t result[DIGEST_BYTES])
{
	uint8_t block[HMAC_BLOCK_BYTES];
	struct digest digest;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (i < ATTEST_KEY_BYTES ? key[i] : 0) ^ pad;
	digest_begin(&digest);
	digest_add(&digest, block, sizeof(block));
	digest_add(&digest, bytes, size);
	digest_end(&digest, result);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(&digest, sizeof(digest));
}

static void reply_to(const struct attest *attest, uint8_t reply[ATTEST_REPLY_BYTES])
{
	uint8_t message[DIGEST_BYTES + ATTEST_NONCE_BYTES], inner[DIGEST_BYTES];

	memcpy(message, attest->measure, DIGEST_BYTES);
	memcpy(message + DIGEST_BYTES, attest->bytes, ATTEST_NONCE_BYTES);
	hmac_pass(attest->key, 0x36, message, sizeof(message), inner);
	memcpy(reply, attest->measure, DIGEST_BYTES);
	hmac_pass(attest->key, 0x5c, inner, sizeof(inner), reply + DIGEST_BYTES);
	explicit_bzero(inner, sizeof(inner));
}

static void want(struct attest *attest, enum attest_state state, size_t wanted)
{
	attest->state = state;
	attest->wanted = wanted;
	attest->used = 0;
}

static void take_request(struct attest *attest, uint8_t request)
{
	if (request == ATTEST_MEASURE)
		want(attest, ATTEST_WANTS_SIZE, 2);
	else if (request == ATTEST_ATTEST)
		want(attest, ATTEST_WANTS_NONCE, ATTEST_NONCE_BYTES);
	else
		want(attest, ATTEST_REFUSED, 0);
}

/* All bytes of a state are there: the next one. Returns whether there is a reply. */
static bool step(struct attest *attest, uint8_t reply[ATTEST_REPLY_BYTES])
{
	bool has_reply = false;

	if (attest->state == ATTEST_WANTS_SIZE) {
		digest_begin(&attest->data);
		want(attest, ATTEST_WANTS_DATA,
		     (size_t)attest->bytes[0] | (size_t)attest->bytes[1] << 8);
		if (attest->wanted > 0)
			return false;
	}
	if (attest->state == ATTEST_WANTS_DATA) {
		extend(attest, &attest->data);
	} else {
		reply_to(attest, reply);
		has_reply = true;
	}
	want(attest, ATTEST_WANTS_REQUEST, 0);
	return has_reply;
}

size_t attest_take(struct attest *attest, const uint8_t *bytes, size_t size, bool *has_reply,
		   uint8_t reply[ATTEST_REPLY_BYTES])
{
	size_t taken = 0;

	*has_reply = false;
	while (taken < size && !*has_reply && attest->state != ATTEST_REFUSED) {
		size_t part = size - taken < attest->wanted ? size - taken : attest->wanted;

		if (attest->state == ATTEST_WANTS_REQUEST) {
			take_request(attest, bytes[taken++]);
			continue;
		}
		if (attest->state == ATTEST_WANTS_DATA) {
			digest_add(&attest->data, bytes + taken, part);
		} else {
			memcpy(attest->bytes + attest->used, bytes + taken, part);
			attest->used += part;
		}
		taken += part;
		attest->wanted -= part;
		if (attest->wanted == 0)
			*has_reply = step(attest, reply);
	}
	return taken;
}

void attest_cleanse(struct attest *attest)
{
	explicit_bzero(attest, sizeof(*attest));
}
