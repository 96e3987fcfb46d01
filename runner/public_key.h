/* SPDX-License-Identifier: Apache-2.0 */
/* public_key.h: Ed25519 public keys, as files that openssl(1) writes. */
#ifndef PITH_RUNNER_PUBLIC_KEY_H
#define PITH_RUNNER_PUBLIC_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "../init/ed25519.h"

/* A SubjectPublicKeyInfo of an Ed25519 key (RFC 8410) in DER: 12 bytes that are always the same,
 * then the key. Returns 0 or -EINVAL. */
int public_key_from_der(const uint8_t *der, size_t size, uint8_t key[ED25519_KEY_BYTES]);

/* The same in PEM (RFC 7468): one block "PUBLIC KEY", and nothing else but white space. Returns 0
 * or -EINVAL. */
int public_key_from_pem(const char *text, size_t size, uint8_t key[ED25519_KEY_BYTES]);

/* KEY as openssl(1) writes such a file. */
#define PUBLIC_KEY_PEM_SIZE 114 /* its NUL included */
void public_key_to_pem(const uint8_t key[ED25519_KEY_BYTES], char pem[PUBLIC_KEY_PEM_SIZE]);

/* Read such a PEM file. Returns 0, or -errno after saying why. */
int public_key_read(const char *path, uint8_t key[ED25519_KEY_BYTES]);

/* The name of a key in manifests: its SHA-256. */
void public_key_id(const uint8_t key[ED25519_KEY_BYTES], uint8_t id[32]);

#endif
