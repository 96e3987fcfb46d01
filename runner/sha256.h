/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.h: SHA-256 (FIPS 180-4) by libcrypto's low-level calls, which cost a static program 42 KB
 * where EVP costs megabytes. The only file of runner/ that sees libcrypto for digests is sha256.c.
 */
#ifndef PITH_RUNNER_SHA256_H
#define PITH_RUNNER_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA256_HEX_SIZE 65 /* 64 digits and NUL */

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

/* 64 lower-case digits. */
void sha256_hex(const uint8_t digest[SHA256_BYTES], char hex[SHA256_HEX_SIZE]);

#endif
