/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from an app on the trusted boot socket, whole and in pieces: no crash, the same replies and
 * the same measure either way, the measure never what an app could choose, the key never changed.
 * And answers of a TPM. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../init/attest.h"
#include "../../init/tpm.h"

static uint8_t key[ATTEST_KEY_BYTES];

/* All of DATA in pieces of PART bytes; DIGEST gets what the replies come to. */
static void feed(struct attest *attest, const uint8_t *data, size_t size, size_t part,
		 uint8_t result[DIGEST_BYTES])
{
	uint8_t reply[ATTEST_REPLY_BYTES];
	struct digest replies;

	attest_begin(attest, key);
	digest_begin(&replies);
	while (size > 0 && attest->state != ATTEST_REFUSED) {
		bool has_reply;
		size_t given = part < size ? part : size;
		size_t taken = attest_take(attest, data, given, &has_reply, reply);

		if (taken == 0 || taken > given ||
		    (taken < given && !has_reply && attest->state != ATTEST_REFUSED))
			abort();
		if (has_reply)
			digest_add(&replies, reply, sizeof(reply));
		data += taken;
		size -= taken;
	}
	digest_end(&replies, result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct attest whole, cut;
	uint8_t whole_replies[DIGEST_BYTES], cut_replies[DIGEST_BYTES], value[DIGEST_BYTES];
	size_t part = size == 0 ? 1 : 1 + data[0] % 40u;

	memset(key, 0x5a, sizeof(key));
	feed(&whole, data, size, size, whole_replies);
	feed(&cut, data, size, part, cut_replies);
	if (memcmp(whole_replies, cut_replies, DIGEST_BYTES) != 0 ||
	    memcmp(whole.measure, cut.measure, DIGEST_BYTES) != 0 || whole.state != cut.state ||
	    memcmp(whole.key, key, sizeof(key)) != 0)
		abort();
	(void)tpm_answer_code(data, size);
	if (tpm_read_answer(data, size, value) == 0 && tpm_answer_code(data, size) != 0)
		abort();
	return 0;
}
