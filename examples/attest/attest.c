/* SPDX-License-Identifier: Apache-2.0 */
/* attest.c: both sides of an attestation. Needs SHA-256 of libcrypto, and nothing else. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "attest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/sha.h>

int attest_socket(void)
{
	const char *text = getenv("VERSE_TRUSTED_BOOT_FD");
	char *end;

	errno = ENOENT;
	if (text == NULL)
		return -1;
	long fd = strtol(text, &end, 10);
	return end != text && *end == '\0' && fd >= 0 && fd < 1 << 20 ? (int)fd : -1;
}

static int send_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return -1;
		bytes += sent < 0 ? 0 : sent;
		size -= sent < 0 ? 0 : (size_t)sent;
	}
	return 0;
}

static int receive_all(int fd, uint8_t *bytes, size_t size)
{
	while (size > 0) {
		ssize_t got = recv(fd, bytes, size, 0);

		if (got == 0)
			errno = EPIPE;
		if (got == 0 || (got < 0 && errno != EINTR))
			return -1;
		bytes += got < 0 ? 0 : got;
		size -= got < 0 ? 0 : (size_t)got;
	}
	return 0;
}

int attest_measure(int fd, const void *data, size_t size)
{
	const uint8_t head[3] = {1, (uint8_t)size, (uint8_t)(size >> 8)};

	errno = EMSGSIZE;
	if (size > UINT16_MAX || send_all(fd, head, sizeof(head)) != 0)
		return -1;
	return send_all(fd, data, size);
}

int attest_quote(int fd, const uint8_t nonce[ATTEST_NONCE_BYTES], uint8_t quote[ATTEST_QUOTE_BYTES])
{
	uint8_t request[1 + ATTEST_NONCE_BYTES] = {2};

	memcpy(request + 1, nonce, ATTEST_NONCE_BYTES);
	if (send_all(fd, request, sizeof(request)) != 0)
		return -1;
	return receive_all(fd, quote, ATTEST_QUOTE_BYTES);
}

/* One of HMAC's two passes (RFC 2104): the hash of the padded key and of SIZE bytes. */
static void hmac_pass(const uint8_t key[ATTEST_KEY_BYTES], uint8_t pad, const uint8_t *bytes,
		      size_t size, uint8_t result[SHA256_DIGEST_LENGTH])
{
	uint8_t block[SHA256_CBLOCK];
	SHA256_CTX hash;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (i < ATTEST_KEY_BYTES ? key[i] : 0) ^ pad;
	SHA256_Init(&hash);
	SHA256_Update(&hash, block, sizeof(block));
	SHA256_Update(&hash, bytes, size);
	SHA256_Final(result, &hash);
	explicit_bzero(block, sizeof(block));
	explicit_bzero(&hash, sizeof(hash));
}

static int differ(const uint8_t *a, const uint8_t *b, size_t size)
{
	unsigned difference = 0;

	for (size_t i = 0; i < size; i++)
		difference |= a[i] ^ b[i];
	return difference != 0;
}

int attest_verify(const uint8_t key[ATTEST_KEY_BYTES], const uint8_t nonce[ATTEST_NONCE_BYTES],
		  const uint8_t expected[ATTEST_MEASURE_BYTES],
		  const uint8_t quote[ATTEST_QUOTE_BYTES])
{
	uint8_t message[ATTEST_MEASURE_BYTES + ATTEST_NONCE_BYTES];
	uint8_t inner[SHA256_DIGEST_LENGTH], hmac[SHA256_DIGEST_LENGTH];

	memcpy(message, quote, ATTEST_MEASURE_BYTES);
	memcpy(message + ATTEST_MEASURE_BYTES, nonce, ATTEST_NONCE_BYTES);
	hmac_pass(key, 0x36, message, sizeof(message), inner);
	hmac_pass(key, 0x5c, inner, sizeof(inner), hmac);
	if (differ(hmac, quote + ATTEST_MEASURE_BYTES, sizeof(hmac))) {
		errno = EBADMSG;
		return -1;
	}
	if (differ(expected, quote, ATTEST_MEASURE_BYTES)) {
		errno = ESTALE;
		return -1;
	}
	return 0;
}
