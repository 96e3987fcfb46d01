/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h: SHA-256. digest.c is the only file of pith-init that sees libcrypto. */
#ifndef PITH_INIT_DIGEST_H
#define PITH_INIT_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX_SIZE (2 * DIGEST_BYTES + 1)

/* SHA-256 in pieces. May be copied: a copy goes on from the same point. */
struct digest {
	uint32_t state[28]; /* libcrypto's SHA256_CTX; digest.c asserts the size */
};

void digest_begin(struct digest *digest);
void digest_add(struct digest *digest, const void *bytes, size_t size);
void digest_end(struct digest *digest, uint8_t result[DIGEST_BYTES]);

/* The SHA-256 of the first SIZE bytes of FD, from offset 0. When COPY_FD is not negative, the very
 * bytes that are hashed are also written there. Returns 0; -ENODATA when FD ends earlier; or
 * another -errno. */
int digest_fd(int fd, uint64_t size, int copy_fd, uint8_t digest[DIGEST_BYTES]);

/* In lower-case hexadecimal. */
void digest_hex(const uint8_t digest[DIGEST_BYTES], char text[DIGEST_HEX_SIZE]);

#endif
