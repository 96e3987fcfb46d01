/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.c: SHA-256 of whole files. */
#include "sha256.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interrupt.h"
#include "progress.h"

#define READ_BYTES (1u << 20)

int sha256_descriptor(int descriptor, uint8_t digest[SHA256_BYTES], uint64_t *size_bytes)
{
	unsigned char *buffer = malloc(READ_BYTES);
	struct digest hash;
	struct stat status;
	off_t offset = 0;
	ssize_t n;

	if (buffer == NULL)
		return -ENOMEM;
	digest_begin(&hash);
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
		digest_add(&hash, buffer, (size_t)n);
		progress_add((uint64_t)n);
		offset += n;
	}
	int error = n < 0 ? -errno : 0;
	progress_end();
	free(buffer);
	if (error == 0) {
		digest_end(&hash, digest);
		if (size_bytes != NULL)
			*size_bytes = (uint64_t)offset;
	}
	return error;
}
