/* SPDX-License-Identifier: Apache-2.0 */
/* report_line.c: writes one line of the result channel: a JSON object. Pure. */
#include "report_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define END "}\n"
#define ROOM (REPORT_LINE_MAX - strlen(END)) /* for all but the end */

/* Append SIZE bytes if they fit whole. */
static bool put(struct report_line *line, const char *bytes, size_t size)
{
	if (size > ROOM - line->size)
		return false;
	memcpy(line->text + line->size, bytes, size);
	line->size += size;
	return true;
}

/* How many of the SIZE (at least 1) bytes at TEXT are a valid UTF-8 character (RFC 3629: no
 * overlong forms, no surrogates, at most U+10FFFF), 0 when there is none. */
static size_t utf8_length(const char *text, size_t size)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned char lowest = 0x80, highest = 0xbf; /* of the second byte */
	size_t length;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		length = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		length = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		length = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		lowest = 0xa0;
	else if (p[0] == 0xed)
		highest = 0x9f;
	else if (p[0] == 0xf0)
		lowest = 0x90;
	else if (p[0] == 0xf4)
		highest = 0x8f;
	if (length > size || p[1] < lowest || p[1] > highest)
		return 0;
	for (size_t i = 2; i < length; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return length;
}

/* The character at *TEXT, escaped; *TEXT moves on behind it. False: no room. */
static bool put_character(struct report_line *line, const char **text)
{
	const char *at = *text;
	size_t length = utf8_length(at, strlen(at));
	char escape[8];

	if (length == 0) {
		*text += 1;
		return put(line, "\xef\xbf\xbd", 3);
	}
	*text += length;
	if (*at == '"' || *at == '\\') {
		escape[0] = '\\';
		escape[1] = *at;
		return put(line, escape, 2);
	}
	if ((unsigned char)*at < 0x20 || *at == 0x7f) {
		int size = snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)*at);

		return size > 0 && put(line, escape, (size_t)size);
	}
	return put(line, at, length);
}

/* Append ,"KEY":VALUE whole or not at all. */
static void put_pair(struct report_line *line, const char *key, const char *value, size_t size)
{
	const size_t start = line->size;

	if (!put(line, ",\"", 2) || !put(line, key, strlen(key)) || !put(line, "\":", 2) ||
	    !put(line, value, size))
		line->size = start;
}

void report_line_begin(struct report_line *line, const char *event)
{
	static const char version[] = "{\"pith\":1";

	line->size = 0;
	put(line, version, strlen(version));
	report_line_text(line, "event", event);
}

void report_line_text(struct report_line *line, const char *key, const char *value)
{
	const size_t before = line->size;

	put_pair(line, key, "\"\"", 2);
	if (line->size == before)
		return;
	line->size--; /* the closing quote comes again at the end */
	while (*value != '\0') {
		const size_t whole = line->size;

		if (!put_character(line, &value))
			break;
		if (line->size == ROOM) { /* none left for the quote */
			line->size = whole;
			break;
		}
	}
	put(line, "\"", 1);
}

void report_line_number(struct report_line *line, const char *key, int64_t number)
{
	char digits[24];
	int size = snprintf(digits, sizeof(digits), "%" PRId64, number);

	if (size > 0)
		put_pair(line, key, digits, (size_t)size);
}

void report_line_bool(struct report_line *line, const char *key, bool value)
{
	report_line_json(line, key, value ? "true" : "false", value ? 4 : 5);
}

void report_line_json(struct report_line *line, const char *key, const char *json, size_t size)
{
	put_pair(line, key, json, size);
}

bool report_line_is_object(const char *text, size_t size)
{
	uint32_t arrays = 0; /* one bit a level: is it an array? */
	unsigned depth = 0;
	bool in_string = false;

	if (size < 2 || text[0] != '{' || text[size - 1] != '}')
		return false;
	for (size_t i = 0; i < size;) {
		const char c = text[i];
		const size_t length = utf8_length(text + i, size - i);

		if (length == 0 || (unsigned char)c < 0x20 || c == 0x7f)
			return false;
		i += length;
		if (c == '"') {
			in_string = !in_string;
		} else if (in_string) {
			/* What is escaped is one printable ASCII character: 'u' and its four digits
			 * need no care here. The last byte is a brace, so there is one. */
			if (c == '\\' && (text[i] < 0x20 || text[i] > 0x7e))
				return false;
			i += c == '\\';
		} else if (c == '{' || c == '[') {
			if (depth == 32)
				return false;
			arrays = arrays << 1 | (c == '[');
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth == 0 || (arrays & 1) != (c == ']'))
				return false;
			arrays >>= 1;
			if (--depth == 0)
				return i == size;
		}
	}
	return false;
}

void report_line_end(struct report_line *line)
{
	memcpy(line->text + line->size, END, strlen(END));
	line->size += strlen(END);
}
