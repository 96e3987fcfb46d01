/* SPDX-License-Identifier: Apache-2.0 */
/* ed25519.h: checks Ed25519 signatures (RFC 8032, PureEdDSA) with libcrypto's own field arithmetic
 * and SHA-512, without EVP around them: 70 KB instead of 3.6 MB (docs/verify.md). */
#ifndef PITH_INIT_ED25519_H
#define PITH_INIT_ED25519_H

#include <stddef.h>
#include <stdint.h>

#define ED25519_KEY_BYTES 32
#define ED25519_SIGNATURE_BYTES 64

/* Whether SIGNATURE is KEY's signature over the SIZE bytes of MESSAGE. Every call first does it for
 * a known right and a known wrong signature. Returns 0; -EBADMSG when the signature is wrong, or
 * the key all zeros; or
 * -ELIBBAD when the known ones come out wrong, that is, when this program was linked with a
 * libcrypto it does not fit. Not for several threads at once. */
int ed25519_verify(const uint8_t key[ED25519_KEY_BYTES], const void *message, size_t size,
		   const uint8_t signature[ED25519_SIGNATURE_BYTES]);

#endif
