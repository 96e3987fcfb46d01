/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h: UTF-8 as RFC 3629 has it: shortest form, no surrogates, at most U+10FFFF. Pure. */
#ifndef PITH_RUNNER_UTF8_H
#define PITH_RUNNER_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length in bytes, 1 to 4, of the character that TEXT of SIZE bytes begins with; 0 when SIZE is
 * 0 or the bytes are not valid UTF-8. */
size_t utf8_length(const char *text, size_t size);

/* Write the code point C (a Unicode scalar value) to OUT, without NUL. Returns the length, 1 to 4.
 */
size_t utf8_encode(uint32_t c, char out[4]);

#endif
