/* SPDX-License-Identifier: Apache-2.0 */
/* toml_text.c: the text of a TOML file, while it is read. Pure; part of toml.c.
 *
 * Lines and columns are counted only when one is asked for. */
#include "toml_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

/* The length of the newline at WHERE, 0 where there is none. */
static size_t newline_length(const struct toml_text *text, const char *where)
{
	if (where < text->end && *where == '\n')
		return 1;
	return text->end - where >= 2 && where[0] == '\r' && where[1] == '\n' ? 2 : 0;
}

static bool continues_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

int toml_text_begin(struct toml_text *text, const char *bytes, size_t size,
		    struct toml_error *error)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";

	*text = (struct toml_text){.at = bytes, .end = bytes + size, .error = error};
	if (toml_text_begins_with(text, byte_order_mark))
		text->at += strlen(byte_order_mark);
	text->begin = text->located = text->at;
	text->location = (struct toml_position){1, 1};
	for (const char *p = text->at; p < text->end;) {
		size_t length = utf8_length(p, (size_t)(text->end - p));
		if (length == 0)
			return toml_text_refuse(
			    text, p, "found byte 0x%02x, which is not UTF-8; TOML files are UTF-8",
			    (unsigned char)*p);
		p += length;
	}
	return 0;
}

/* --- What stands there ------------------------------------------------------------------------ */

int toml_text_peek(const struct toml_text *text)
{
	return text->at < text->end ? (unsigned char)*text->at : -1;
}

bool toml_text_begins_with(const struct toml_text *text, const char *words)
{
	size_t length = strlen(words);

	return (size_t)(text->end - text->at) >= length && memcmp(text->at, words, length) == 0;
}

bool toml_text_ends_line(const struct toml_text *text)
{
	return text->at == text->end || newline_length(text, text->at) > 0;
}

bool toml_text_is_control(int c)
{
	return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f;
}

bool toml_text_accept(struct toml_text *text, char c)
{
	if (toml_text_peek(text) != c)
		return false;
	text->at++;
	return true;
}

bool toml_text_skip_newline(struct toml_text *text)
{
	size_t length = newline_length(text, text->at);

	text->at += length;
	return length > 0;
}

void toml_text_skip_blanks(struct toml_text *text)
{
	while (toml_text_peek(text) == ' ' || toml_text_peek(text) == '\t')
		text->at++;
}

int toml_text_skip_comment(struct toml_text *text)
{
	toml_text_skip_blanks(text);
	if (!toml_text_accept(text, '#'))
		return 0;
	for (; !toml_text_ends_line(text); text->at++)
		if (toml_text_is_control(toml_text_peek(text)))
			return toml_text_refuse_next(
			    text, "; comments hold no control characters but tabs");
	return 0;
}

/* --- Places and errors ------------------------------------------------------------------------ */

struct toml_position toml_text_locate(struct toml_text *text, const char *where)
{
	if (where < text->located) {
		text->located = text->begin;
		text->location = (struct toml_position){1, 1};
	}
	for (; text->located < where; text->located++) {
		if (*text->located == '\n') {
			text->location.line++;
			text->location.column = 1;
		} else if (!continues_character(*text->located)) {
			text->location.column++;
		}
	}
	return text->location;
}

int toml_text_refuse(struct toml_text *text, const char *where, const char *format, ...)
{
	va_list args;

	text->error->position = toml_text_locate(text, where);
	va_start(args, format);
	vsnprintf(text->error->message, sizeof(text->error->message), format, args);
	va_end(args);
	return -EINVAL;
}

int toml_text_refuse_next(struct toml_text *text, const char *format, ...)
{
	char shown[TOML_SHOWN_SIZE], rest[sizeof(text->error->message)];
	va_list args;

	va_start(args, format);
	vsnprintf(rest, sizeof(rest), format, args);
	va_end(args);
	return toml_text_refuse(text, text->at, "found %s%s",
				toml_text_found(text, text->at, shown), rest);
}

const char *toml_text_found(const struct toml_text *text, const char *where,
			    char shown[TOML_SHOWN_SIZE])
{
	int length = 1;

	if (where >= text->end)
		return "the end of the file";
	if (newline_length(text, where) > 0)
		return "the end of the line";
	if (toml_text_is_control((unsigned char)*where)) {
		snprintf(shown, TOML_SHOWN_SIZE, "the control character U+%04X", *where);
		return shown;
	}
	while (where + length < text->end && continues_character(where[length]))
		length++;
	snprintf(shown, TOML_SHOWN_SIZE, *where == '\'' ? "\"%.*s\"" : "'%.*s'", length, where);
	return shown;
}

const char *toml_text_quote(const char *bytes, size_t size, char shown[TOML_SHOWN_SIZE])
{
	size_t cut = size > 48 ? 48 : size;

	while (cut < size && continues_character(bytes[cut]))
		cut--;
	snprintf(shown, TOML_SHOWN_SIZE, "'%*s%s'", (int)cut, "", cut < size ? "..." : "");
	for (size_t i = 0; i < cut; i++)
		shown[1 + i] = toml_text_is_control((unsigned char)bytes[i]) ? '?' : bytes[i];
	return shown;
}
