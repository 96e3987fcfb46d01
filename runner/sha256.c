/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.c: SHA-256 by libcrypto's low-level calls. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sha256.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "progress.h"

#define READ_BYTES (1u << 20)

_Static_assert(sizeof(struct sha256) == sizeof(SHA256_CTX), "struct sha256 holds a SHA256_CTX");
_Static_assert(_Alignof(struct sha256) == _Alignof(SHA256_CTX), "and is aligned as one");

/* These return 1 in every case: they have no way to fail. */
void sha256_begin(struct sha256 *hash)
{
	SHA256_Init((SHA256_CTX *)hash);
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t size)
{
	SHA256_Update((SHA256_CTX *)hash, bytes, size);
}

void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_BYTES])
{
	SHA256_Final(digest, (SHA256_CTX *)hash);
}

int sha256_descriptor(int descriptor, uint8_t digest[SHA256_BYTES], uint64_t *size_bytes)
{
	unsigned char *buffer = malloc(READ_BYTES);
	struct sha256 hash;
	struct stat status;
	off_t offset = 0;
	ssize_t n;

	if (buffer == NULL)
		return -ENOMEM;
	sha256_begin(&hash);
	progress_begin("SHA-256", fstat(descriptor, &status) == 0 ? (uint64_t)status.st_size : 0);
	for (;;) {
		n = pread(descriptor, buffer, READ_BYTES, offset);
		if (interrupt_came()) {
			n = -1;
			errno = EINTR;
		} else if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0)
			break;
		sha256_add(&hash, buffer, (size_t)n);
		progress_add((uint64_t)n);
		offset += n;
	}
	int error = n < 0 ? -errno : 0;
	progress_end();
	free(buffer);
	if (error == 0) {
		sha256_end(&hash, digest);
		if (size_bytes != NULL)
			*size_bytes = (uint64_t)offset;
	}
	return error;
}
