/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.h: SHA-256 (FIPS 180-4) by libcrypto's low-level calls, in pieces and in copies, as hash
 * trees want it, beside init/digest.h. sha256.c is the only file of runner/ that sees libcrypto. */
#ifndef PITH_RUNNER_SHA256_H
#define PITH_RUNNER_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "../init/digest.h"

#define SHA256_BYTES DIGEST_BYTES

/* May be copied: a copy goes on from the same point (verity hashes one salt before every block). */
struct sha256 {
	uint32_t state[28]; /* libcrypto's SHA256_CTX; sha256.c asserts the size */
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t size);
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_BYTES]);

/* Digest of what DESCRIPTOR gives from offset 0 on, read in large blocks, to its end; *SIZE_BYTES
 * (may be NULL) is set to how many bytes that was. Returns 0, -EINTR on an
 * interrupt (interrupt.h), or another -errno. */
int sha256_descriptor(int descriptor, uint8_t digest[SHA256_BYTES], uint64_t *size_bytes);

#endif
