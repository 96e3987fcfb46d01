/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c: UTF-8 as RFC 3629 has it: shortest form, no surrogates, at most U+10FFFF. Pure. */
#include "utf8.h"

/* By the first byte: how long the character is, and the range of its second byte, which is what
 * keeps out overlong forms, surrogates and too large values (RFC 3629, section 4). */
static const struct form {
	unsigned char first_low, first_high, second_low, second_high;
	unsigned char length;
} forms[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t utf8_length(const char *text, size_t size)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t i = 0; size > 0 && i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct form *form = &forms[i];
		if (bytes[0] < form->first_low || bytes[0] > form->first_high)
			continue;
		if (size < form->length)
			return 0;
		if (form->length > 1 &&
		    (bytes[1] < form->second_low || bytes[1] > form->second_high))
			return 0;
		for (size_t j = 2; j < form->length; j++)
			if ((bytes[j] & 0xc0) != 0x80)
				return 0;
		return form->length;
	}
	return 0;
}

size_t utf8_encode(uint32_t c, char out[4])
{
	static const unsigned char marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = length; i > 1; i--, c >>= 6)
		out[i - 1] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(marks[length] | c);
	return length;
}
