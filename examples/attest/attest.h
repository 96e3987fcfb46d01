/* SPDX-License-Identifier: Apache-2.0 */
/* attest.h: both sides of an attestation (docs/measure.md), to be copied into an app.
 *
 * The app, in a guest:      fd = attest_socket();  attest_quote(fd, nonce, quote);  send the quote
 * The verifier, elsewhere:  a fresh random nonce for each quote;  attest_verify(key, ...)
 *
 * The key is that of attest_key in the VM's configuration; the measure to be expected is what
 * `pith measure --vm CONFIG` prints. All functions return 0, or -1 with errno set. */
#ifndef ATTEST_H
#define ATTEST_H

#include <stddef.h>
#include <stdint.h>

#define ATTEST_KEY_BYTES 32
#define ATTEST_NONCE_BYTES 16
#define ATTEST_MEASURE_BYTES 32
#define ATTEST_QUOTE_BYTES 64 /* measure, then HMAC-SHA-256 of measure || nonce */

/* The socket that VERSE_TRUSTED_BOOT_FD names. ENOENT: there is none. */
int attest_socket(void);

/* Measure SIZE bytes of DATA, at most 65535 (EMSGSIZE): the measure becomes SHA-256(data ||
 * measure). */
int attest_measure(int fd, const void *data, size_t size);

/* Have the measure attested for the verifier's NONCE. EPIPE: the socket is closed. */
int attest_quote(int fd, const uint8_t nonce[ATTEST_NONCE_BYTES],
		 uint8_t quote[ATTEST_QUOTE_BYTES]);

/* Whether QUOTE is one under KEY for NONCE, of the measure EXPECTED. EBADMSG: by another key, for
 * another nonce, or changed; ESTALE: authentic, but something else was measured. Takes the same
 * time wherever the bytes differ. */
int attest_verify(const uint8_t key[ATTEST_KEY_BYTES], const uint8_t nonce[ATTEST_NONCE_BYTES],
		  const uint8_t expected[ATTEST_MEASURE_BYTES],
		  const uint8_t quote[ATTEST_QUOTE_BYTES]);

#endif
