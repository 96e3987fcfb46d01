/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.h: SHA-256 (FIPS 180-4) of whole files; in pieces: init/digest.h. */
#ifndef PITH_RUNNER_SHA256_H
#define PITH_RUNNER_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "../init/digest.h"

#define SHA256_BYTES DIGEST_BYTES

/* Digest of what DESCRIPTOR gives from offset 0 on, read in large blocks, to its end; *SIZE_BYTES
 * (may be NULL) is set to how many bytes that was. Returns 0, -EINTR on an
 * interrupt (interrupt.h), or another -errno. */
int sha256_descriptor(int descriptor, uint8_t digest[SHA256_BYTES], uint64_t *size_bytes);

#endif
