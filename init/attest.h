/* SPDX-License-Identifier: Apache-2.0 */
/* attest.h: OpenSUT's trusted boot protocol: a measure that only grows, and its attestation under a
 * key that the app never sees. Pure: bytes in, replies out.
 *
 * The measure is 32 bytes. Measuring DATA makes it SHA-256(DATA || measure). Requests, one behind
 * the other on a stream, integers little-endian:
 *
 *   1, size (2 bytes), data (size bytes)   measure the data; no reply
 *   2, nonce (16 bytes)                    attest; the reply is the measure (32 bytes) and the
 *                                          HMAC-SHA-256 of measure || nonce under the key (32)
 *
 * Any other first byte is no request: nothing is taken from then on. */
#ifndef PITH_INIT_ATTEST_H
#define PITH_INIT_ATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"

#define ATTEST_KEY_BYTES 32
#define ATTEST_NONCE_BYTES 16
#define ATTEST_REPLY_BYTES 64

enum attest_request { ATTEST_MEASURE = 1, ATTEST_ATTEST = 2 };

struct attest {
	uint8_t key[ATTEST_KEY_BYTES];
	uint8_t measure[DIGEST_BYTES];
	/* What the next bytes are; the rest is about the request that has begun. */
	enum attest_state {
		ATTEST_WANTS_REQUEST,
		ATTEST_WANTS_SIZE,
		ATTEST_WANTS_DATA,
		ATTEST_WANTS_NONCE,
		ATTEST_REFUSED,
	} state;
	size_t wanted; /* bytes that this state still lacks */
	uint8_t bytes[ATTEST_NONCE_BYTES];
	size_t used;        /* of bytes */
	struct digest data; /* what there is of a measurement's data */
};

/* The measure begins as zeros. KEY is copied. */
void attest_begin(struct attest *attest, const uint8_t key[ATTEST_KEY_BYTES]);

/* Measure SIZE bytes of DATA, as a request of that kind does. Not while a request is incomplete. */
void attest_measure(struct attest *attest, const void *data, size_t size);

/* Take requests from SIZE BYTES, which may begin and end anywhere in one. Stops behind the first
 * that has a reply: *HAS_REPLY is then true and REPLY is filled. Returns how many bytes were taken:
 * all of them unless there is a reply, or attest->state is ATTEST_REFUSED. */
size_t attest_take(struct attest *attest, const uint8_t *bytes, size_t size, bool *has_reply,
		   uint8_t reply[ATTEST_REPLY_BYTES]);

/* Overwrite everything, the key first of all. */
void attest_cleanse(struct attest *attest);

#endif
