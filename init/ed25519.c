/* SPDX-License-Identifier: Apache-2.0 */
/* ed25519.c: checks Ed25519 signatures with libcrypto, without EVP.
 *
 * libcrypto.a holds the whole check in one function, ossl_ed25519_verify, which is not part of its
 * documented interface. All it wants of the rest of the library is SHA-512, through eight EVP
 * functions. They are defined here, on top of the low-level SHA-512 calls: the linker takes these,
 * and the providers, parsers and tables behind EVP stay out of the program. Two things could break
 * this with another release of OpenSSL: a further dependency, which is an error when linking (or a
 * duplicate definition), and another parameter list, which the known signatures below catch at run
 * time, before anything is believed. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ed25519.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/sha.h>
#include <string.h>

#include "bytes.h"

#if OPENSSL_VERSION_NUMBER >= 0x30200000L
/* OpenSSL 3.2, include/crypto/ecx.h: variants of RFC 8032, section 5.1, came in; all zero is the
 * plain one. */
int ossl_ed25519_verify(const uint8_t *message, size_t size, const uint8_t signature[64],
			const uint8_t key[32], uint8_t dom2flag, uint8_t phflag, uint8_t csflag,
			const uint8_t *context, size_t context_size, OSSL_LIB_CTX *library,
			const char *properties);
#define VARIANT 0, 0, 0, NULL, 0,
#else
/* OpenSSL 3.0 and 3.1, include/crypto/ecx.h. */
int ossl_ed25519_verify(const uint8_t *message, size_t size, const uint8_t signature[64],
			const uint8_t key[32], OSSL_LIB_CTX *library, const char *properties);
#define VARIANT
#endif

/* The one digest and the one digest context that ossl_ed25519_verify uses, at any time. */
static SHA512_CTX sha512;
static int sha512_in_use;

EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *library, const char *algorithm, const char *properties)
{
	(void)library;
	(void)properties;
	return strcmp(algorithm, "SHA512") == 0 ? (EVP_MD *)&sha512 : NULL;
}

void EVP_MD_free(EVP_MD *digest)
{
	(void)digest;
}

EVP_MD_CTX *EVP_MD_CTX_new(void)
{
	if (sha512_in_use)
		return NULL;
	sha512_in_use = 1;
	return (EVP_MD_CTX *)&sha512;
}

void EVP_MD_CTX_free(EVP_MD_CTX *context)
{
	if (context != NULL)
		sha512_in_use = 0;
}

int EVP_DigestInit_ex(EVP_MD_CTX *context, const EVP_MD *digest, ENGINE *engine)
{
	(void)digest;
	(void)engine;
	return SHA512_Init((SHA512_CTX *)context);
}

int EVP_DigestUpdate(EVP_MD_CTX *context, const void *bytes, size_t size)
{
	return SHA512_Update((SHA512_CTX *)context, bytes, size);
}

int EVP_DigestFinal_ex(EVP_MD_CTX *context, unsigned char *digest, unsigned *size)
{
	if (size != NULL)
		*size = SHA512_DIGEST_LENGTH;
	return SHA512_Final(digest, (SHA512_CTX *)context);
}

/* Only signing, in the same object file, refers to it; nothing here signs. */
int EVP_Digest(const void *bytes, size_t count, unsigned char *digest, unsigned *size,
	       const EVP_MD *type, ENGINE *engine)
{
	(void)bytes;
	(void)count;
	(void)digest;
	(void)size;
	(void)type;
	(void)engine;
	return 0;
}

static int verify(const uint8_t *key, const void *message, size_t size, const uint8_t *signature)
{
	return ossl_ed25519_verify(message, size, signature, key, VARIANT NULL, NULL) == 1;
}

/* RFC 8032, section 7.1, TEST 2: the message is the byte 0x72. */
static const uint8_t known_key[ED25519_KEY_BYTES] = {
    0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a, 0xa7, 0x4d, 0x1b, 0x7e, 0xbc,
    0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4, 0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
static const uint8_t known_signature[ED25519_SIGNATURE_BYTES] = {
    0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40,
    0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda,
    0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c,
    0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00};

int ed25519_verify(const uint8_t key[ED25519_KEY_BYTES], const void *message, size_t size,
		   const uint8_t signature[ED25519_SIGNATURE_BYTES])
{
	if (!verify(known_key, "\x72", 1, known_signature) ||
	    verify(known_key, "\x73", 1, known_signature))
		return -ELIBBAD;
	/* A key file that was never filled in. Zeros are a point of order 4, for which a quarter of
	 * all messages have a signature that anybody can write down. */
	if (bytes_are_zero(key, key + ED25519_KEY_BYTES))
		return -EBADMSG;
	return verify(key, message, size, signature) ? 0 : -EBADMSG;
}
