/* SPDX-License-Identifier: Apache-2.0 */
/* toml_string.c: TOML's four kinds of strings: text in, bytes out. Pure; part of toml.c. */
#include "toml_string.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

int toml_string_append(struct toml_bytes *out, const char *bytes, size_t size)
{
	if (out->size + size + 1 > out->room) {
		size_t room = (out->size + size + 1) * 2;
		char *grown = realloc(out->bytes, room);
		if (grown == NULL)
			return -ENOMEM;
		out->bytes = grown;
		out->room = room;
	}
	if (size > 0)
		memcpy(out->bytes + out->size, bytes, size);
	out->size += size;
	out->bytes[out->size] = '\0';
	return 0;
}

/* \uXXXX or \UXXXXXXXX: BACKSLASH is its place; what is next stands behind the u. */
static int parse_unicode_escape(struct toml_text *text, const char *backslash, int digits,
				struct toml_bytes *out)
{
	char utf8[4];
	uint32_t c = 0;

	for (int i = 0; i < digits; i++, text->at++) {
		int digit = toml_text_peek(text);
		if (digit >= '0' && digit <= '9')
			c = c << 4 | (uint32_t)(digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			c = c << 4 | (uint32_t)((digit | 0x20) - 'a' + 10);
		else
			return toml_text_refuse_next(text, "; %d hexadecimal digits follow \\%c",
						     digits, backslash[1]);
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return toml_text_refuse(
		    text, backslash,
		    "U+%04X is no Unicode scalar value; accepted are 0 to D7FF and E000 "
		    "to 10FFFF",
		    c);
	return toml_string_append(out, utf8, utf8_encode(c, utf8));
}

/* A backslash at the end of a line swallows the white space up to the next other character. */
static bool skip_line_continuation(struct toml_text *text)
{
	const char *backslash = text->at++;

	toml_text_skip_blanks(text);
	if (!toml_text_skip_newline(text)) {
		text->at = backslash;
		return false;
	}
	do
		toml_text_skip_blanks(text);
	while (toml_text_skip_newline(text));
	return true;
}

static int parse_escape(struct toml_text *text, bool multiline, struct toml_bytes *out)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	const char *backslash = text->at;

	if (multiline && skip_line_continuation(text))
		return 0;
	text->at++;
	int c = toml_text_peek(text);
	const char *known = c > 0 ? strchr(from, c) : NULL;
	if (known != NULL) {
		text->at++;
		return toml_string_append(out, &to[known - from], 1);
	}
	if (c == 'u' || c == 'U') {
		text->at++;
		return parse_unicode_escape(text, backslash, c == 'u' ? 4 : 8, out);
	}
	return toml_text_refuse_next(
	    text, " after a backslash; accepted are \\b \\t \\n \\f \\r \\\" \\\\ "
		  "\\uXXXX \\UXXXXXXXX");
}

/* In a multi-line string, at a quote: whether the string ends here. Up to two quotes may stand
 * right before the closing three. */
static int parse_multiline_quotes(struct toml_text *text, char quote, struct toml_bytes *out,
				  bool *ended)
{
	const char *start = text->at;

	while (text->at - start < 5 && toml_text_accept(text, quote))
		;
	size_t count = (size_t)(text->at - start);
	*ended = count >= 3;
	return toml_string_append(out, start, *ended ? count - 3 : count);
}

int toml_string_parse(struct toml_text *text, struct toml_bytes *out)
{
	const char *open = text->at;
	char quote = *open;
	bool multiline = toml_text_begins_with(text, quote == '"' ? "\"\"\"" : "'''"),
	     ended = false;
	int result = toml_string_append(out, "", 0);

	text->at += multiline ? 3 : 1;
	if (multiline)
		toml_text_skip_newline(text);
	while (result == 0 && !ended) {
		int c = toml_text_peek(text);
		if (c == quote && !multiline) {
			text->at++;
			return 0;
		}
		if (c == quote) {
			result = parse_multiline_quotes(text, quote, out, &ended);
		} else if (c == '\\' && quote == '"') {
			result = parse_escape(text, multiline, out);
		} else if (multiline && toml_text_skip_newline(text)) {
			result = toml_string_append(out, "\n", 1);
		} else if (toml_text_ends_line(text)) {
			return toml_text_refuse(text, open,
						"this string is not closed; %s ends it%s",
						multiline      ? (quote == '"' ? "\"\"\"" : "'''")
						: quote == '"' ? "'\"'"
							       : "\"'\"",
						multiline ? "" : " on the same line");
		} else if (toml_text_is_control(c)) {
			return toml_text_refuse_next(text, " in a string; %s",
						     quote == '"'
							 ? "it is accepted escaped, as \\uXXXX"
							 : "literal strings cannot hold it");
		} else {
			result = toml_string_append(out, text->at++, 1);
		}
	}
	return result;
}
