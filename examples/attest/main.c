/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: attestation by hand.
 *
 *   attest measure TEXT                        measure TEXT (in a guest)
 *   attest quote NONCE                         print a quote in hexadecimal (in a guest)
 *   attest verify KEY NONCE MEASURE QUOTE      "good" and 0, or the reason and 1 (anywhere)
 *
 * NONCE, MEASURE and QUOTE are hexadecimal; KEY is the file of attest_key. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "attest.h"

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly 2 * SIZE digits. */
static int from_hex(const char *text, uint8_t *bytes, size_t size)
{
	if (strlen(text) != 2 * size)
		return -1;
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int read_key(const char *path, uint8_t key[ATTEST_KEY_BYTES])
{
	char text[2 * ATTEST_KEY_BYTES + 2] = "";
	FILE *file = fopen(path, "r");
	int result = -1;

	if (file != NULL && fgets(text, sizeof(text), file) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		result = from_hex(text, key, ATTEST_KEY_BYTES);
	}
	if (file != NULL)
		fclose(file);
	explicit_bzero(text, sizeof(text));
	return result;
}

static int usage(void)
{
	fputs("usage: attest measure TEXT | quote NONCE | verify KEY NONCE MEASURE QUOTE\n",
	      stderr);
	return 2;
}

static int measure(const char *text)
{
	int fd = attest_socket();

	if (fd >= 0 && attest_measure(fd, text, strlen(text)) == 0)
		return 0;
	perror("attest");
	return 1;
}

static int quote(const char *nonce_text)
{
	uint8_t nonce[ATTEST_NONCE_BYTES], bytes[ATTEST_QUOTE_BYTES];

	if (from_hex(nonce_text, nonce, sizeof(nonce)) != 0)
		return usage();
	int fd = attest_socket();
	if (fd < 0 || attest_quote(fd, nonce, bytes) != 0) {
		perror("attest");
		return 1;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		printf("%02x", bytes[i]);
	putchar('\n');
	return 0;
}

static int verify(char **words)
{
	uint8_t key[ATTEST_KEY_BYTES], nonce[ATTEST_NONCE_BYTES];
	uint8_t expected[ATTEST_MEASURE_BYTES], bytes[ATTEST_QUOTE_BYTES];
	int result;

	if (read_key(words[0], key) != 0 || from_hex(words[1], nonce, sizeof(nonce)) != 0 ||
	    from_hex(words[2], expected, sizeof(expected)) != 0 ||
	    from_hex(words[3], bytes, sizeof(bytes)) != 0)
		return usage();
	result = attest_verify(key, nonce, expected, bytes);
	explicit_bzero(key, sizeof(key));
	if (result != 0) {
		perror("attest");
		return 1;
	}
	puts("good");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "measure") == 0)
		return measure(argv[2]);
	if (argc == 3 && strcmp(argv[1], "quote") == 0)
		return quote(argv[2]);
	if (argc == 6 && strcmp(argv[1], "verify") == 0)
		return verify(argv + 2);
	return usage();
}
