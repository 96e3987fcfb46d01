/* SPDX-License-Identifier: Apache-2.0 */
/* attest_key.c: the key under which a guest attests, as a file of the base system. */
#include "attest_key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../init/cmdline.h"
#include "input_file.h"
#include "message.h"

int attest_key_parse(const char *text, size_t size, char hex[ATTEST_KEY_HEX_SIZE])
{
	uint8_t key[(ATTEST_KEY_HEX_SIZE - 1) / 2];
	int result;

	if (size == ATTEST_KEY_HEX_SIZE && text[size - 1] == '\n')
		size--;
	if (size != ATTEST_KEY_HEX_SIZE - 1)
		return -EINVAL;
	memcpy(hex, text, size);
	hex[size] = '\0';
	result = cmdline_parse_hex(hex, key, sizeof(key));
	explicit_bzero(key, sizeof(key));
	return result;
}

int attest_key_read(const char *path, char hex[ATTEST_KEY_HEX_SIZE])
{
	char text[ATTEST_KEY_HEX_SIZE + 1]; /* one more, to see that there is more */
	int descriptor = input_file_open_stream(path);
	ssize_t size = descriptor < 0 ? 0 : read(descriptor, text, sizeof(text));
	int error = descriptor < 0 ? descriptor : size < 0 ? -errno : 0;

	if (descriptor >= 0)
		close(descriptor);
	if (error < 0) {
		say_error("attest_key %s: %s", path, input_file_error(error));
		return error;
	}
	error = attest_key_parse(text, (size_t)size, hex);
	explicit_bzero(text, sizeof(text));
	if (error < 0)
		say_error(
		    "attest_key %s: accepted: 64 hexadecimal digits, as `openssl rand -hex 32` "
		    "writes them",
		    path);
	return error;
}
