/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h: SHA-256. digest.c is the only file of pith-init that sees libcrypto. */
#ifndef PITH_INIT_DIGEST_H
#define PITH_INIT_DIGEST_H

#include <stdint.h>

#define DIGEST_BYTES 32
#define DIGEST_HEX_SIZE (2 * DIGEST_BYTES + 1)

/* The SHA-256 of the first SIZE bytes of FD, from offset 0. When COPY_FD is not negative, the very
 * bytes that are hashed are also written there. Returns 0; -ENODATA when FD ends earlier; or
 * another -errno. */
int digest_fd(int fd, uint64_t size, int copy_fd, uint8_t digest[DIGEST_BYTES]);

/* In lower-case hexadecimal. */
void digest_hex(const uint8_t digest[DIGEST_BYTES], char text[DIGEST_HEX_SIZE]);

#endif
