/* SPDX-License-Identifier: Apache-2.0 */
/* mac.c: HMAC-SHA-256. */
#define OPENSSL_SUPPRESS_DEPRECATED /* the low-level SHA-256 */
#include "mac.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

/* SHA-256 of a block of the key, each byte changed by PAD, and TEXT. */
static void digest(const unsigned char *key, unsigned char pad, const void *text, size_t size,
		   unsigned char *out)
{
	unsigned char block[SHA256_CBLOCK] = {0};
	SHA256_CTX context;

	memcpy(block, key, MAC_KEY_BYTES);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] ^= pad;
	SHA256_Init(&context);
	SHA256_Update(&context, block, sizeof(block));
	SHA256_Update(&context, text, size);
	SHA256_Final(out, &context);
	OPENSSL_cleanse(block, sizeof(block));
}

void mac_of(const unsigned char key[MAC_KEY_BYTES], const void *text, size_t size,
	    unsigned char mac[MAC_BYTES])
{
	digest(key, 0x36, text, size, mac);
	digest(key, 0x5c, mac, MAC_BYTES, mac);
}
