/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c: stands in for key management: hands a key to who proves by attestation what it booted.
 *
 *     keys CLIENTS ATTEST_KEY GRANTS REFUSALS
 *
 * CLIENTS has a line for each client: its measure and its key, both in hexadecimal. ATTEST_KEY
 * holds the key of the attestations, 64 hexadecimal digits. It ends when it has granted and refused
 * as many times. On a connection (TCP, port 4000) it sends a nonce of 16 bytes; it wants 64, the
 * measure and the HMAC-SHA-256 of measure and nonce; it answers with a byte, 0 and the key or 1 for
 * a refusal. */
#include <err.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../attest/attest.h"
#include "wire.h"

#define PORT 4000
#define KEY_BYTES ATTEST_KEY_BYTES /* of a client, as well */

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "re");

	if (file == NULL)
		err(1, "%s", path);
	return file;
}

/* HEX of exactly 2 * SIZE digits. Returns 0 or -1. */
static int from_hex(const char *hex, unsigned char *bytes, size_t size)
{
	if (strspn(hex, "0123456789abcdef") != 2 * size || hex[2 * size] != '\0')
		return -1;
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)strtoul((const char[]){hex[2 * i], hex[2 * i + 1], '\0'},
						  NULL, 16);
	return 0;
}

static void read_attest_key(const char *path, unsigned char key[KEY_BYTES])
{
	FILE *file = open_file(path);
	char hex[2 * KEY_BYTES + 1] = "";

	if (fscanf(file, "%64s", hex) != 1 || from_hex(hex, key, KEY_BYTES) != 0)
		errx(1, "%s: accepted: 64 hexadecimal digits", path);
	fclose(file);
}

/* Why there is no key for QUOTE, or NULL: then KEY holds that of the client that it attests. */
static const char *find_client(const char *path, const unsigned char *attest_key,
			       const unsigned char *nonce, const unsigned char *quote,
			       unsigned char *key)
{
	FILE *file = open_file(path);
	char hex[2][2 * KEY_BYTES + 1];
	unsigned char measure[ATTEST_MEASURE_BYTES];
	const char *refusal = "no client is known";

	while (refusal != NULL && fscanf(file, "%64s %64s", hex[0], hex[1]) == 2) {
		if (from_hex(hex[0], measure, sizeof(measure)) != 0 ||
		    from_hex(hex[1], key, KEY_BYTES) != 0)
			errx(1, "%s: accepted: lines of a measure and a key", path);
		if (attest_verify(attest_key, nonce, measure, quote) == 0)
			refusal = NULL;
		else if (errno == ESTALE)
			refusal = "no client has this measure";
		else
			refusal = "the attestation is not by a machine of this system, or of "
				  "another nonce";
	}
	fclose(file);
	OPENSSL_cleanse(hex, sizeof(hex));
	return refusal;
}

/* Returns true for a grant. */
static bool serve(int fd, const char *clients, const unsigned char *attest_key)
{
	unsigned char nonce[ATTEST_NONCE_BYTES], quote[ATTEST_QUOTE_BYTES];
	unsigned char reply[1 + KEY_BYTES];
	const char *refusal = "the peer went away";

	if (getrandom(nonce, sizeof(nonce), 0) != sizeof(nonce))
		err(1, "getrandom");
	if (wire_write(fd, nonce, sizeof(nonce)) == 0 && wire_read(fd, quote, sizeof(quote)) == 0)
		refusal = find_client(clients, attest_key, nonce, quote, reply + 1);
	reply[0] = refusal != NULL;
	if (wire_write(fd, reply, refusal == NULL ? sizeof(reply) : 1) != 0 && refusal == NULL)
		refusal = "the peer went away";
	OPENSSL_cleanse(reply, sizeof(reply));
	printf(refusal == NULL ? "granted a key\n" : "refused: %s\n", refusal);
	return refusal == NULL;
}

int main(int argc, char **argv)
{
	const struct timeval timeout = {.tv_sec = WIRE_TIMEOUT_S};
	unsigned char attest_key[KEY_BYTES];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 5)
		errx(2, "usage: keys CLIENTS ATTEST_KEY GRANTS REFUSALS");
	long left[2] = {strtol(argv[4], NULL, 10), strtol(argv[3], NULL, 10)};
	read_attest_key(argv[2], attest_key);
	int listener = wire_listen(PORT);
	puts("ready");
	while (left[0] > 0 || left[1] > 0) {
		int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (client < 0)
			err(1, "accept");
		if (setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0)
			err(1, "socket");
		left[serve(client, argv[1], attest_key)]--;
		close(client);
	}
	OPENSSL_cleanse(attest_key, sizeof(attest_key));
	return 0;
}
