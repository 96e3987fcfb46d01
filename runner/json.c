/* SPDX-License-Identifier: Apache-2.0 */
/* json.c: JSON (RFC 8259): one value in, tree out, and a writer for strings. Pure. */
#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define DEPTH_MAX 32

struct parser {
	const char *at, *end;
};

static int peek(const struct parser *parser)
{
	return parser->at < parser->end ? (unsigned char)*parser->at : -1;
}

static bool accept(struct parser *parser, char c)
{
	if (peek(parser) != c)
		return false;
	parser->at++;
	return true;
}

static bool accept_word(struct parser *parser, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(parser->end - parser->at) < length || memcmp(parser->at, word, length) != 0)
		return false;
	parser->at += length;
	return true;
}

static void skip_space(struct parser *parser)
{
	int c;

	while ((c = peek(parser)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		parser->at++;
}

static void release(struct json_value *value)
{
	for (size_t i = 0; i < value->count; i++) {
		release(&value->items[i]);
		if (value->keys != NULL)
			free(value->keys[i]);
	}
	free(value->items);
	free(value->keys);
	free(value->string);
}

void json_free(struct json_value *value)
{
	if (value == NULL)
		return;
	release(value);
	free(value);
}

/* --- Strings ---------------------------------------------------------------------------------- */

static int parse_hex4(struct parser *parser, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++, parser->at++) {
		int c = peek(parser);
		if (c >= '0' && c <= '9')
			*value = *value << 4 | (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*value = *value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
		else
			return -EINVAL;
	}
	return 0;
}

/* Behind "\u": one code point, from one or two escapes (surrogates come in pairs). */
static int parse_unicode_escape(struct parser *parser, char **out)
{
	uint32_t c, low;

	if (parse_hex4(parser, &c) < 0 || c == 0)
		return -EINVAL;
	if (c >= 0xd800 && c < 0xdc00) {
		if (!accept_word(parser, "\\u") || parse_hex4(parser, &low) < 0 || low < 0xdc00 ||
		    low >= 0xe000)
			return -EINVAL;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	} else if (c >= 0xdc00 && c < 0xe000) {
		return -EINVAL;
	}
	*out += utf8_encode(c, *out);
	return 0;
}

static int parse_escape(struct parser *parser, char **out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = peek(parser);
	const char *known = c > 0 ? strchr(from, c) : NULL;

	parser->at++;
	if (known != NULL) {
		*(*out)++ = to[known - from];
		return 0;
	}
	return c == 'u' ? parse_unicode_escape(parser, out) : -EINVAL;
}

static int parse_string(struct parser *parser, char **string)
{
	const char *close = parser->at + 1;

	if (!accept(parser, '"'))
		return -EINVAL;
	while (close < parser->end && *close != '"')
		close += *close == '\\' && parser->end - close > 1 ? 2 : 1;
	if (close >= parser->end)
		return -EINVAL;
	/* No escape is shorter than the bytes it stands for. */
	*string = malloc((size_t)(close - parser->at) + 1);
	if (*string == NULL)
		return -ENOMEM;
	char *out = *string;
	while (parser->at < close) {
		size_t length = utf8_length(parser->at, (size_t)(close - parser->at));
		if (length == 0 || (unsigned char)*parser->at < 0x20)
			return -EINVAL;
		if (accept(parser, '\\')) {
			if (parse_escape(parser, &out) < 0)
				return -EINVAL;
			continue;
		}
		memcpy(out, parser->at, length);
		out += length;
		parser->at += length;
	}
	*out = '\0';
	return accept(parser, '"') ? 0 : -EINVAL;
}

/* --- Numbers ---------------------------------------------------------------------------------- */

static bool skip_digits(struct parser *parser)
{
	const char *start = parser->at;

	while (peek(parser) >= '0' && peek(parser) <= '9')
		parser->at++;
	return parser->at > start;
}

static int parse_number(struct parser *parser, struct json_value *value)
{
	const char *start = parser->at;
	bool is_integer = true;
	char text[64], *text_end;

	accept(parser, '-');
	if (!accept(parser, '0') && !skip_digits(parser))
		return -EINVAL;
	if (accept(parser, '.')) {
		is_integer = false;
		if (!skip_digits(parser))
			return -EINVAL;
	}
	if (accept(parser, 'e') || accept(parser, 'E')) {
		is_integer = false;
		if (!accept(parser, '+'))
			accept(parser, '-');
		if (!skip_digits(parser))
			return -EINVAL;
	}
	size_t size = (size_t)(parser->at - start);
	if (size >= sizeof(text))
		return -EINVAL; /* no number we are sent is that long */
	memcpy(text, start, size);
	text[size] = '\0';
	value->type = JSON_NUMBER;
	value->number = strtod(text, NULL); /* pith never leaves the "C" locale */
	if (is_integer) {
		errno = 0;
		value->integer = strtoll(text, &text_end, 10);
		value->is_integer = errno == 0;
		if (!value->is_integer)
			value->integer = 0;
	}
	return 0;
}

/* --- Values ----------------------------------------------------------------------------------- */

static int parse_value(struct parser *parser, unsigned depth, struct json_value *value);

/* Room for one more item (and key); arrays grow at powers of two. */
static int make_room(struct json_value *value, bool keyed)
{
	size_t count = value->count;

	if ((count & (count - 1)) != 0)
		return 0;
	size_t room = count == 0 ? 1 : count * 2;
	struct json_value *items = reallocarray(value->items, room, sizeof(*items));
	if (items == NULL)
		return -ENOMEM;
	value->items = items;
	if (!keyed)
		return 0;
	char **keys = reallocarray(value->keys, room, sizeof(*keys));
	if (keys == NULL)
		return -ENOMEM;
	value->keys = keys;
	return 0;
}

static int parse_key(struct parser *parser, struct json_value *object)
{
	char **key = &object->keys[object->count];

	*key = NULL;
	int result = parse_string(parser, key);
	if (result == 0 && json_get(object, *key) != NULL)
		result = -EINVAL;
	skip_space(parser);
	if (result == 0 && !accept(parser, ':'))
		result = -EINVAL;
	skip_space(parser);
	if (result < 0)
		free(*key);
	return result;
}

/* The items of an array or object; the parser stands behind the opening bracket. */
static int parse_items(struct parser *parser, unsigned depth, struct json_value *value)
{
	bool keyed = value->type == JSON_OBJECT;
	char close = keyed ? '}' : ']';

	skip_space(parser);
	if (accept(parser, close))
		return 0;
	for (;;) {
		int result = make_room(value, keyed);
		if (result == 0 && keyed)
			result = parse_key(parser, value);
		if (result < 0)
			return result;
		/* Counted before it is read, so that what was read of it is freed. */
		struct json_value *item = &value->items[value->count++];
		*item = (struct json_value){0};
		result = parse_value(parser, depth, item);
		if (result < 0)
			return result;
		skip_space(parser);
		if (accept(parser, close))
			return 0;
		if (!accept(parser, ','))
			return -EINVAL;
		skip_space(parser);
	}
}

static int parse_value(struct parser *parser, unsigned depth, struct json_value *value)
{
	if (peek(parser) == '"') {
		value->type = JSON_STRING;
		return parse_string(parser, &value->string);
	}
	if (peek(parser) == '{' || peek(parser) == '[') {
		value->type = peek(parser) == '{' ? JSON_OBJECT : JSON_ARRAY;
		parser->at++;
		return depth < DEPTH_MAX ? parse_items(parser, depth + 1, value) : -EINVAL;
	}
	if (accept_word(parser, "null"))
		return 0; /* JSON_NULL is 0 */
	value->type = JSON_BOOL;
	value->boolean = accept_word(parser, "true");
	if (value->boolean || accept_word(parser, "false"))
		return 0;
	return parse_number(parser, value);
}

int json_parse(const char *text, size_t size, struct json_value **value)
{
	struct parser parser = {.at = text, .end = text + size};

	*value = calloc(1, sizeof(**value));
	if (*value == NULL)
		return -ENOMEM;
	skip_space(&parser);
	int result = parse_value(&parser, 0, *value);
	skip_space(&parser);
	if (result == 0 && parser.at != parser.end)
		result = -EINVAL;
	if (result < 0) {
		json_free(*value);
		*value = NULL;
	}
	return result;
}

const struct json_value *json_get(const struct json_value *object, const char *key)
{
	if (object == NULL || object->type != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->count; i++)
		if (strcmp(object->keys[i], key) == 0)
			return &object->items[i];
	return NULL;
}

const char *json_get_string(const struct json_value *object, const char *key)
{
	const struct json_value *value = json_get(object, key);

	return value != NULL && value->type == JSON_STRING ? value->string : NULL;
}

int64_t json_get_integer(const struct json_value *object, const char *key, int64_t fallback)
{
	const struct json_value *value = json_get(object, key);

	return value != NULL && value->type == JSON_NUMBER && value->is_integer ? value->integer
										: fallback;
}

void json_write_string(FILE *out, const char *text, size_t size)
{
	putc('"', out);
	for (size_t i = 0; i < size;) {
		size_t length = utf8_length(text + i, size - i);
		unsigned char c = (unsigned char)text[i];
		if (length == 0)
			fputs("\xef\xbf\xbd", out); /* U+FFFD */
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fwrite(text + i, 1, length, out);
		i += length == 0 ? 1 : length;
	}
	putc('"', out);
}
