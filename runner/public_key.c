/* SPDX-License-Identifier: Apache-2.0 */
/* public_key.c: Ed25519 public keys, as files that openssl(1) writes. */
#include "public_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "input_file.h"
#include "message.h"
#include "sha256.h"

#define DER_BYTES 44
#define PEM_MAX 4096

/* SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING, no unused bits, 32 bytes } */
static const uint8_t head[DER_BYTES - ED25519_KEY_BYTES] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
							    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int public_key_from_der(const uint8_t *der, size_t size, uint8_t key[ED25519_KEY_BYTES])
{
	if (size != DER_BYTES || memcmp(der, head, sizeof(head)) != 0)
		return -EINVAL;
	memcpy(key, der + sizeof(head), ED25519_KEY_BYTES);
	return 0;
}

static size_t skip_space(const char *text, size_t at, size_t size)
{
	while (at < size && strchr(" \t\r\n", text[at]) != NULL && text[at] != '\0')
		at++;
	return at;
}

/* TEXT[AT] begins with WORD: where it ends, else 0. */
static size_t skip_word(const char *text, size_t at, size_t size, const char *word)
{
	size_t length = strlen(word);

	return size - at >= length && memcmp(text + at, word, length) == 0 ? at + length : 0;
}

int public_key_from_pem(const char *text, size_t size, uint8_t key[ED25519_KEY_BYTES])
{
	uint8_t der[DER_BYTES + 3];
	size_t used = 0, characters = 0;
	uint32_t bits = 0;

	size_t at = skip_word(text, skip_space(text, 0, size), size, "-----BEGIN PUBLIC KEY-----");
	if (at == 0)
		return -EINVAL;
	/* 44 bytes are 58 digits, 56 of them whole groups of 4, and one = that fills the last. */
	for (at = skip_space(text, at, size); at < size && text[at] != '-' && text[at] != '=';
	     at = skip_space(text, at + 1, size)) {
		const char *digit = text[at] == '\0' ? NULL : strchr(digits, text[at]);
		if (digit == NULL || used >= DER_BYTES)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)(digit - digits);
		if (++characters % 4 != 1)
			der[used++] = (uint8_t)(bits >> (6 - 2 * ((characters - 1) % 4)));
	}
	at = skip_word(text, at, size, "=");
	/* The last digit holds two bits too many, which are zero in the one right encoding. */
	if (at == 0 || characters % 4 != 3 || (bits & 3) != 0)
		return -EINVAL;
	at = skip_word(text, skip_space(text, at, size), size, "-----END PUBLIC KEY-----");
	if (at == 0 || skip_space(text, at, size) != size)
		return -EINVAL;
	return public_key_from_der(der, used, key);
}

void public_key_to_pem(const uint8_t key[ED25519_KEY_BYTES], char pem[PUBLIC_KEY_PEM_SIZE])
{
	uint8_t der[DER_BYTES + 1] = {0}; /* a whole number of groups of 3 */
	char text[61] = "";

	memcpy(der, head, sizeof(head));
	memcpy(der + sizeof(head), key, ED25519_KEY_BYTES);
	for (size_t i = 0; i < sizeof(der) / 3; i++) {
		uint32_t bits =
		    (uint32_t)der[3 * i] << 16 | (uint32_t)der[3 * i + 1] << 8 | der[3 * i + 2];
		for (size_t j = 0; j < 4; j++)
			text[4 * i + j] = digits[bits >> (18 - 6 * j) & 63];
	}
	text[59] = '='; /* the byte that only fills up */
	snprintf(pem, PUBLIC_KEY_PEM_SIZE,
		 "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----\n", text);
}

int public_key_read(const char *path, uint8_t key[ED25519_KEY_BYTES])
{
	char text[PEM_MAX];
	int descriptor = input_file_open_stream(path);
	ssize_t size = descriptor < 0 ? 0 : read(descriptor, text, sizeof(text));
	int error = descriptor < 0 ? descriptor : size < 0 ? -errno : 0;

	if (descriptor >= 0)
		close(descriptor);
	if (error < 0) {
		say_error("%s: %s", path, input_file_error(error));
		return error;
	}
	error = public_key_from_pem(text, (size_t)size, key);
	if (error < 0)
		say_error("%s: accepted: an Ed25519 public key in PEM form, as `openssl pkey -in "
			  "KEY.pem -pubout` prints it",
			  path);
	return error;
}

void public_key_id(const uint8_t key[ED25519_KEY_BYTES], uint8_t id[32])
{
	struct digest hash;

	digest_begin(&hash);
	digest_add(&hash, key, ED25519_KEY_BYTES);
	digest_end(&hash, id);
}
