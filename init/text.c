/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: numbers and places in texts. The C library's functions also know other bases, signs,
 * IPv6, and texts of any size in linear time, which is 5 KB of program. */
#include "text.h"

#include <string.h>

uint64_t text_number(const char *text, const char **end)
{
	uint64_t number = 0;
	bool fits = true;

	for (; *text >= '0' && *text <= '9'; text++)
		fits = fits && !__builtin_mul_overflow(number, 10, &number) &&
		       !__builtin_add_overflow(number, (uint64_t)(*text - '0'), &number);
	if (end != NULL)
		*end = text;
	return fits ? number : UINT64_MAX;
}

const char *text_find(const char *text, const char *wanted)
{
	const size_t size = strlen(wanted);

	for (; strncmp(text, wanted, size) != 0; text++)
		if (*text == '\0')
			return NULL;
	return text;
}

bool text_ipv4(const char *text, uint8_t address[4])
{
	for (int i = 0; i < 4; i++) {
		const char *end;
		const uint64_t number = text_number(text, &end);

		if (end == text || number > 255 || (*text == '0' && end - text > 1) ||
		    *end != (i < 3 ? '.' : '\0'))
			return false;
		address[i] = (uint8_t)number;
		text = end + 1;
	}
	return true;
}
