/* SPDX-License-Identifier: Apache-2.0 */
/* toml.c: TOML 1.0 (toml.io/en/v1.0.0), bytes in, tree out. Pure.
 *
 * One pass over text whose UTF-8 was checked first. Values go into the tree as they are read, and
 * each remembers how it was written, because that decides what may be added to it later. Lines and
 * columns are counted only when one is asked for (locate). */
#include "toml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toml_scalar.h"
#include "utf8.h"

#define DEPTH_MAX 64
#define SHOWN_SIZE 80

/* How a table or array came to be (TOML 1.0, "Keys" and "Table"). */
enum origin {
	ORIGIN_VALUE,  /* a value after "=": complete, nothing may be added */
	ORIGIN_PATH,   /* a table named on the way in a [header]: may get a header of its own */
	ORIGIN_HEADER, /* a table with a [header], or an array of [[header]] tables */
	ORIGIN_DOTTED, /* a table made by a dotted key: no header of its own any more */
};

struct node {
	struct toml_value value; /* first: a toml_value pointer is a node pointer */
	enum origin origin;
	size_t room; /* items or entries allocated */
};

struct parser {
	const char *text, *at, *end;
	struct toml_value *root;
	struct toml_value *current; /* the table that key = value lines go to */
	unsigned current_depth;
	const char *located; /* the place that location describes */
	struct toml_position location;
	struct toml_error *error;
};

struct buffer {
	char *bytes;
	size_t size, room;
};

struct key {
	struct buffer name; /* NUL-terminated behind size bytes */
	const char *where;
};

/* --- Places and errors ------------------------------------------------------------------------ */

/* The position of WHERE. Mostly asked in rising order, so it counts on from the last one. */
static struct toml_position locate(struct parser *parser, const char *where)
{
	if (where < parser->located) {
		parser->located = parser->text;
		parser->location = (struct toml_position){1, 1};
	}
	for (; parser->located < where; parser->located++) {
		if (*parser->located == '\n') {
			parser->location.line++;
			parser->location.column = 1;
		} else if (((unsigned char)*parser->located & 0xc0) != 0x80) {
			parser->location.column++; /* not a continuation byte of UTF-8 */
		}
	}
	return parser->location;
}

__attribute__((format(printf, 3, 4))) static int refuse(struct parser *parser, const char *where,
							const char *format, ...)
{
	va_list args;

	parser->error->position = locate(parser, where);
	va_start(args, format);
	vsnprintf(parser->error->message, sizeof(parser->error->message), format, args);
	va_end(args);
	return -EINVAL;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_control(unsigned char c)
{
	return (c < 0x20 && c != '\t') || c == 0x7f;
}

static size_t newline_length(const struct parser *parser, const char *where)
{
	if (where < parser->end && *where == '\n')
		return 1;
	return parser->end - where >= 2 && where[0] == '\r' && where[1] == '\n' ? 2 : 0;
}

/* What stands at WHERE, in words, for a message. */
static const char *found(const struct parser *parser, const char *where, char shown[SHOWN_SIZE])
{
	int length = 1;

	if (where >= parser->end)
		return "the end of the file";
	if (newline_length(parser, where) > 0)
		return "the end of the line";
	if (is_control((unsigned char)*where)) {
		snprintf(shown, SHOWN_SIZE, "the control character U+%04X", *where);
		return shown;
	}
	while (where + length < parser->end && ((unsigned char)where[length] & 0xc0) == 0x80)
		length++;
	snprintf(shown, SHOWN_SIZE, *where == '\'' ? "\"%.*s\"" : "'%.*s'", length, where);
	return shown;
}

/* BYTES in quotes, cut where they are long, control characters replaced. */
static const char *quoted(const char *bytes, size_t size, char shown[SHOWN_SIZE])
{
	size_t cut = size > 48 ? 48 : size;

	while (cut < size && ((unsigned char)bytes[cut] & 0xc0) == 0x80)
		cut--;
	snprintf(shown, SHOWN_SIZE, "'%*s%s'", (int)cut, "", cut < size ? "..." : "");
	for (size_t i = 0; i < cut; i++)
		shown[1 + i] = is_control((unsigned char)bytes[i]) ? '?' : bytes[i];
	return shown;
}

/* --- The tree --------------------------------------------------------------------------------- */

static struct node *node_of(const struct toml_value *value)
{
	return (struct node *)(uintptr_t)value;
}

static struct toml_value *new_value(struct parser *parser, const char *where, enum toml_type type,
				    enum origin origin)
{
	struct node *node = calloc(1, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->value.type = type;
	node->value.position = locate(parser, where);
	node->origin = origin;
	return &node->value;
}

void toml_free(struct toml_value *value)
{
	if (value == NULL)
		return;
	if (value->type == TOML_STRING)
		free(value->as.string.bytes);
	if (value->type == TOML_ARRAY) {
		for (size_t i = 0; i < value->as.array.count; i++)
			toml_free(value->as.array.items[i]);
		free(value->as.array.items);
	}
	if (value->type == TOML_TABLE) {
		for (size_t i = 0; i < value->as.table.count; i++) {
			free(value->as.table.entries[i].key);
			toml_free(value->as.table.entries[i].value);
		}
		free(value->as.table.entries);
	}
	free(node_of(value));
}

/* Make room for one more in ITEMS (COUNT used, of ITEM_SIZE bytes each). NULL when memory is out.
 */
static void *grow(void *items, size_t *room, size_t count, size_t item_size)
{
	if (count < *room)
		return items;
	size_t wanted = *room == 0 ? 8 : *room * 2;
	void *grown = reallocarray(items, wanted, item_size);
	if (grown != NULL)
		*room = wanted;
	return grown;
}

/* Append ITEM to ARRAY, which owns it from now on; on failure it is freed. */
static int array_add(struct toml_value *array, struct toml_value *item)
{
	void *grown = grow(array->as.array.items, &node_of(array)->room, array->as.array.count,
			   sizeof(*array->as.array.items));

	if (grown != NULL)
		array->as.array.items = grown;
	if (grown == NULL || item == NULL) {
		toml_free(item);
		return -ENOMEM;
	}
	array->as.array.items[array->as.array.count++] = item;
	return 0;
}

/* Add VALUE under KEY, whose name moves into the table; on failure VALUE is freed. */
static int table_add(struct parser *parser, struct toml_value *table, struct key *key,
		     struct toml_value *value)
{
	void *grown = grow(table->as.table.entries, &node_of(table)->room, table->as.table.count,
			   sizeof(*table->as.table.entries));

	if (grown != NULL)
		table->as.table.entries = grown;
	if (grown == NULL || value == NULL) {
		toml_free(value);
		return -ENOMEM;
	}
	table->as.table.entries[table->as.table.count++] = (struct toml_entry){
	    .key = key->name.bytes,
	    .key_size = key->name.size,
	    .position = locate(parser, key->where),
	    .value = value,
	};
	key->name = (struct buffer){0};
	return 0;
}

static struct toml_entry *find(const struct toml_value *table, const char *name, size_t size)
{
	for (size_t i = 0; i < table->as.table.count; i++) {
		struct toml_entry *entry = &table->as.table.entries[i];
		if (entry->key_size == size && memcmp(entry->key, name, size) == 0)
			return entry;
	}
	return NULL;
}

const struct toml_value *toml_get(const struct toml_value *table, const char *key)
{
	const struct toml_entry *entry = NULL;

	if (table != NULL && table->type == TOML_TABLE)
		entry = find(table, key, strlen(key));
	return entry == NULL ? NULL : entry->value;
}

const char *toml_type_name(enum toml_type type)
{
	static const char *const names[] = {
	    [TOML_STRING] = "a string",
	    [TOML_INTEGER] = "an integer",
	    [TOML_FLOAT] = "a float",
	    [TOML_BOOL] = "a boolean",
	    [TOML_OFFSET_DATETIME] = "a date and time with offset",
	    [TOML_LOCAL_DATETIME] = "a local date and time",
	    [TOML_LOCAL_DATE] = "a local date",
	    [TOML_LOCAL_TIME] = "a local time",
	    [TOML_ARRAY] = "an array",
	    [TOML_TABLE] = "a table",
	};

	return (unsigned)type < sizeof(names) / sizeof(names[0]) ? names[type] : "a value";
}

/* --- Characters ------------------------------------------------------------------------------- */

static bool looking_at(const struct parser *parser, const char *text)
{
	size_t length = strlen(text);

	return (size_t)(parser->end - parser->at) >= length &&
	       memcmp(parser->at, text, length) == 0;
}

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

static void skip_blanks(struct parser *parser)
{
	while (peek(parser) == ' ' || peek(parser) == '\t')
		parser->at++;
}

static bool skip_newline(struct parser *parser)
{
	size_t length = newline_length(parser, parser->at);

	parser->at += length;
	return length > 0;
}

/* Pass over blanks and a comment, up to the newline or the end. */
static int skip_comment(struct parser *parser)
{
	char shown[SHOWN_SIZE];

	skip_blanks(parser);
	if (!accept(parser, '#'))
		return 0;
	for (; parser->at < parser->end && newline_length(parser, parser->at) == 0; parser->at++)
		if (is_control((unsigned char)*parser->at))
			return refuse(parser, parser->at,
				      "found %s; comments hold no control characters but tabs",
				      found(parser, parser->at, shown));
	return 0;
}

static int check_utf8(struct parser *parser)
{
	for (const char *p = parser->at; p < parser->end;) {
		size_t length = utf8_length(p, (size_t)(parser->end - p));
		if (length == 0)
			return refuse(parser, p,
				      "found byte 0x%02x, which is not UTF-8; TOML files are UTF-8",
				      (unsigned char)*p);
		p += length;
	}
	return 0;
}

/* --- Strings ---------------------------------------------------------------------------------- */

/* Append SIZE bytes, and a NUL behind them that does not count. */
static int append(struct buffer *buffer, const char *bytes, size_t size)
{
	if (buffer->size + size + 1 > buffer->room) {
		size_t room = (buffer->size + size + 1) * 2;
		char *grown = realloc(buffer->bytes, room);
		if (grown == NULL)
			return -ENOMEM;
		buffer->bytes = grown;
		buffer->room = room;
	}
	if (size > 0)
		memcpy(buffer->bytes + buffer->size, bytes, size);
	buffer->size += size;
	buffer->bytes[buffer->size] = '\0';
	return 0;
}

/* \uXXXX or \UXXXXXXXX: BACKSLASH is its place, the parser stands behind the u. */
static int parse_unicode_escape(struct parser *parser, const char *backslash, int digits,
				struct buffer *out)
{
	char shown[SHOWN_SIZE], utf8[4];
	uint32_t c = 0;

	for (int i = 0; i < digits; i++, parser->at++) {
		int digit = peek(parser);
		if (digit >= '0' && digit <= '9')
			c = c << 4 | (uint32_t)(digit - '0');
		else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
			c = c << 4 | (uint32_t)((digit | 0x20) - 'a' + 10);
		else
			return refuse(parser, parser->at,
				      "found %s; %d hexadecimal digits follow \\%c",
				      found(parser, parser->at, shown), digits, backslash[1]);
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return refuse(parser, backslash,
			      "U+%04X is no Unicode scalar value; accepted are 0 to D7FF and E000 "
			      "to 10FFFF",
			      c);
	return append(out, utf8, utf8_encode(c, utf8));
}

/* A backslash at the end of a line swallows the white space up to the next other character. */
static bool skip_line_continuation(struct parser *parser)
{
	const char *backslash = parser->at++;

	skip_blanks(parser);
	if (!skip_newline(parser)) {
		parser->at = backslash;
		return false;
	}
	do
		skip_blanks(parser);
	while (skip_newline(parser));
	return true;
}

static int parse_escape(struct parser *parser, bool multiline, struct buffer *out)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	const char *backslash = parser->at;
	char shown[SHOWN_SIZE];

	if (multiline && skip_line_continuation(parser))
		return 0;
	parser->at++;
	int c = peek(parser);
	const char *known = c > 0 ? strchr(from, c) : NULL;
	if (known != NULL) {
		parser->at++;
		return append(out, &to[known - from], 1);
	}
	if (c == 'u' || c == 'U') {
		parser->at++;
		return parse_unicode_escape(parser, backslash, c == 'u' ? 4 : 8, out);
	}
	return refuse(parser, parser->at,
		      "found %s after a backslash; accepted are \\b \\t \\n \\f \\r \\\" \\\\ "
		      "\\uXXXX \\UXXXXXXXX",
		      found(parser, parser->at, shown));
}

/* In a multi-line string, at a quote: whether the string ends here. Up to two quotes may stand
 * right before the closing three. */
static int parse_multiline_quotes(struct parser *parser, char quote, struct buffer *out,
				  bool *ended)
{
	const char *start = parser->at;

	while (parser->at - start < 5 && accept(parser, quote))
		;
	size_t count = (size_t)(parser->at - start);
	*ended = count >= 3;
	return append(out, start, *ended ? count - 3 : count);
}

/* Any of the four kinds of string; the parser stands at the opening quote. */
static int parse_string(struct parser *parser, struct buffer *out)
{
	const char *open = parser->at;
	char quote = *open, shown[SHOWN_SIZE];
	bool multiline = looking_at(parser, quote == '"' ? "\"\"\"" : "'''"), ended = false;
	int result = append(out, "", 0);

	parser->at += multiline ? 3 : 1;
	if (multiline)
		skip_newline(parser);
	while (result == 0 && !ended) {
		int c = peek(parser);
		if (c == quote && !multiline) {
			parser->at++;
			return 0;
		}
		if (c == quote) {
			result = parse_multiline_quotes(parser, quote, out, &ended);
		} else if (c == '\\' && quote == '"') {
			result = parse_escape(parser, multiline, out);
		} else if (multiline && skip_newline(parser)) {
			result = append(out, "\n", 1);
		} else if (c < 0 || newline_length(parser, parser->at) > 0) {
			return refuse(parser, open, "this string is not closed; %s ends it%s",
				      multiline      ? (quote == '"' ? "\"\"\"" : "'''")
				      : quote == '"' ? "'\"'"
						     : "\"'\"",
				      multiline ? "" : " on the same line");
		} else if (is_control((unsigned char)c)) {
			return refuse(parser, parser->at, "found %s in a string; %s",
				      found(parser, parser->at, shown),
				      quote == '"' ? "it is accepted escaped, as \\uXXXX"
						   : "literal strings cannot hold it");
		} else {
			result = append(out, parser->at++, 1);
		}
	}
	return result;
}

/* --- Keys ------------------------------------------------------------------------------------- */

static bool is_bare(int c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '-';
}

/* One part of a dotted key, with the blanks around it. */
static int parse_key_part(struct parser *parser, struct key *key)
{
	char shown[SHOWN_SIZE];
	int result = 0;

	skip_blanks(parser);
	key->where = parser->at;
	if (looking_at(parser, "\"\"\"") || looking_at(parser, "'''"))
		return refuse(parser, parser->at,
			      "found a multi-line string; a key is bare or in single quotes or "
			      "double quotes, on one line");
	if (peek(parser) == '"' || peek(parser) == '\'') {
		result = parse_string(parser, &key->name);
	} else {
		while (is_bare(peek(parser)))
			parser->at++;
		if (parser->at == key->where)
			return refuse(parser, parser->at,
				      "found %s; a key is accepted here: letters, digits, '_' and "
				      "'-', or a quoted string",
				      found(parser, parser->at, shown));
		result = append(&key->name, key->where, (size_t)(parser->at - key->where));
	}
	skip_blanks(parser);
	return result;
}

static int refuse_key(struct parser *parser, const struct key *key, const struct toml_entry *first,
		      const char *problem)
{
	char shown[SHOWN_SIZE];

	return refuse(parser, key->where, "%s %s (line %u, column %u); %s",
		      quoted(key->name.bytes, key->name.size, shown),
		      first->value->type == TOML_TABLE || first->value->type == TOML_ARRAY
			  ? "is defined already"
			  : "has a value already",
		      first->position.line, first->position.column, problem);
}

static int refuse_depth(struct parser *parser, const char *where)
{
	return refuse(parser, where, "nested too deep; at most %d levels are accepted", DEPTH_MAX);
}

/* From *TABLE go into the table KEY, making it where it is not there yet. ORIGIN says what asks: a
 * header on its way (ORIGIN_PATH) or a dotted key (ORIGIN_DOTTED). */
static int step_into(struct parser *parser, struct toml_value **table, struct key *key,
		     enum origin origin)
{
	struct toml_entry *entry = find(*table, key->name.bytes, key->name.size);

	if (entry == NULL) {
		struct toml_value *value = new_value(parser, key->where, TOML_TABLE, origin);
		int result = table_add(parser, *table, key, value);
		*table = value;
		return result;
	}
	struct node *node = node_of(entry->value);
	if (origin == ORIGIN_DOTTED) {
		if (entry->value->type != TOML_TABLE ||
		    (node->origin != ORIGIN_DOTTED && node->origin != ORIGIN_PATH))
			return refuse_key(parser, key, entry, "a dotted key cannot add to it");
		node->origin = ORIGIN_DOTTED;
	} else if ((entry->value->type != TOML_TABLE && entry->value->type != TOML_ARRAY) ||
		   node->origin == ORIGIN_VALUE) {
		return refuse_key(parser, key, entry, "a header cannot add to it");
	}
	*table = entry->value;
	if (entry->value->type == TOML_ARRAY) /* of [[headers]]: the last one is meant */
		*table = entry->value->as.array.items[entry->value->as.array.count - 1];
	return 0;
}

/* --- Values ----------------------------------------------------------------------------------- */

static int parse_value(struct parser *parser, unsigned depth, struct toml_value **value);

/* KEY = VALUE into TABLE, which is at DEPTH. */
static int parse_pair(struct parser *parser, struct toml_value *table, unsigned depth)
{
	struct key key = {0};
	char shown[SHOWN_SIZE];
	int result;

	while ((result = parse_key_part(parser, &key)) == 0 && accept(parser, '.')) {
		result = depth < DEPTH_MAX ? step_into(parser, &table, &key, ORIGIN_DOTTED)
					   : refuse_depth(parser, key.where);
		if (result < 0)
			break;
		depth++;
		key.name.size = 0;
	}
	if (result == 0 && !accept(parser, '='))
		result = refuse(parser, parser->at, "found %s after a key; '=' or '.' is accepted",
				found(parser, parser->at, shown));
	if (result == 0) {
		const struct toml_entry *first = find(table, key.name.bytes, key.name.size);
		if (first != NULL)
			result = refuse_key(parser, &key, first, "a key is given once");
	}
	if (result == 0) {
		struct toml_value *value = NULL;
		skip_blanks(parser);
		result = parse_value(parser, depth, &value);
		if (result == 0)
			result = table_add(parser, table, &key, value);
	}
	free(key.name.bytes);
	return result;
}

/* Blanks, comments and newlines, where an array may have them. */
static int skip_array_space(struct parser *parser)
{
	int result;

	do
		result = skip_comment(parser);
	while (result == 0 && skip_newline(parser));
	return result;
}

static int parse_array(struct parser *parser, struct toml_value *array, unsigned depth)
{
	char shown[SHOWN_SIZE];
	int result;

	parser->at++;
	for (;;) {
		struct toml_value *item = NULL;
		result = skip_array_space(parser);
		if (result < 0 || accept(parser, ']'))
			return result;
		result = parse_value(parser, depth, &item);
		if (result == 0)
			result = array_add(array, item);
		if (result == 0)
			result = skip_array_space(parser);
		if (result < 0 || accept(parser, ']'))
			return result;
		if (!accept(parser, ','))
			return refuse(parser, parser->at,
				      "found %s in an array; ',' or ']' is "
				      "accepted",
				      found(parser, parser->at, shown));
	}
}

static int parse_inline_table(struct parser *parser, struct toml_value *table, unsigned depth)
{
	char shown[SHOWN_SIZE];

	parser->at++;
	skip_blanks(parser);
	if (accept(parser, '}'))
		return 0;
	for (;;) {
		int result = parse_pair(parser, table, depth);
		if (result < 0)
			return result;
		skip_blanks(parser);
		if (accept(parser, '}'))
			return 0;
		if (!accept(parser, ','))
			return refuse(parser, parser->at,
				      "found %s in an inline table; ',' or '}' is accepted",
				      found(parser, parser->at, shown));
	}
}

static const char *word_end(const struct parser *parser, const char *p)
{
	while (p < parser->end &&
	       (is_bare((unsigned char)*p) || *p == '+' || *p == '.' || *p == ':'))
		p++;
	return p;
}

/* The length of the word at the parser's place. A date and a time may have one space between. */
static size_t word_length(const struct parser *parser)
{
	const char *p = word_end(parser, parser->at);

	if (p - parser->at == 10 && parser->at[4] == '-' && parser->at[7] == '-' &&
	    parser->end - p >= 2 && p[0] == ' ' && is_digit(p[1]))
		p = word_end(parser, p + 1);
	return (size_t)(p - parser->at);
}

/* true, false, a number, a date or a time. */
static int parse_word(struct parser *parser, struct toml_value *value)
{
	const char *word = parser->at;
	size_t size = word_length(parser);
	struct toml_scalar_fault fault;
	char shown[SHOWN_SIZE], shown_word[SHOWN_SIZE];

	parser->at += size;
	if (size == 0)
		return refuse(parser, word,
			      "found %s; a value is accepted here: a string, number, boolean, "
			      "date, time, array or inline table",
			      found(parser, word, shown));
	if ((size == 4 && memcmp(word, "true", 4) == 0) ||
	    (size == 5 && memcmp(word, "false", 5) == 0)) {
		value->type = TOML_BOOL;
		value->as.boolean = size == 4;
		return 0;
	}
	bool is_named = size == 3 && (memcmp(word, "inf", 3) == 0 || memcmp(word, "nan", 3) == 0);
	if (!is_digit(*word) && *word != '+' && *word != '-' && !is_named)
		return refuse(parser, word,
			      "found %s, which is no value; strings stand in quotes, booleans are "
			      "true and false",
			      quoted(word, size, shown));
	int result = toml_scalar_parse(word, size, value, &fault);
	if (result == -EINVAL && fault.offset == size)
		return refuse(parser, parser->at, "%s ends too early; %s",
			      quoted(word, size, shown), fault.message);
	if (result == -EINVAL)
		return refuse(parser, word + fault.offset, "found %s in %s; %s",
			      found(parser, word + fault.offset, shown),
			      quoted(word, size, shown_word), fault.message);
	return result;
}

/* Any value. DEPTH is that of the table or array it goes into. */
static int parse_value(struct parser *parser, unsigned depth, struct toml_value **value)
{
	struct buffer string = {0};
	int result;

	if (depth >= DEPTH_MAX && (peek(parser) == '[' || peek(parser) == '{'))
		return refuse_depth(parser, parser->at);
	*value = new_value(parser, parser->at, TOML_BOOL, ORIGIN_VALUE);
	if (*value == NULL)
		return -ENOMEM;
	switch (peek(parser)) {
	case '"':
	case '\'':
		result = parse_string(parser, &string);
		(*value)->type = TOML_STRING;
		(*value)->as.string.bytes = string.bytes;
		(*value)->as.string.size = string.size;
		break;
	case '[':
		(*value)->type = TOML_ARRAY;
		result = parse_array(parser, *value, depth + 1);
		break;
	case '{':
		(*value)->type = TOML_TABLE;
		result = parse_inline_table(parser, *value, depth + 1);
		break;
	default:
		result = parse_word(parser, *value);
	}
	if (result < 0) {
		toml_free(*value);
		*value = NULL;
	}
	return result;
}

/* --- Lines ------------------------------------------------------------------------------------ */

/* The last part of a [header]: *TABLE becomes the table it names. */
static int open_table(struct parser *parser, struct toml_value **table, struct key *key,
		      const char *bracket)
{
	struct toml_entry *entry = find(*table, key->name.bytes, key->name.size);

	if (entry == NULL) {
		struct toml_value *value = new_value(parser, bracket, TOML_TABLE, ORIGIN_HEADER);
		int result = table_add(parser, *table, key, value);
		*table = value;
		return result;
	}
	struct node *node = node_of(entry->value);
	if (entry->value->type != TOML_TABLE || node->origin != ORIGIN_PATH)
		return refuse_key(parser, key, entry, "a table is defined once");
	node->origin = ORIGIN_HEADER;
	entry->value->position = locate(parser, bracket);
	entry->position = locate(parser, key->where);
	*table = entry->value;
	return 0;
}

/* The last part of a [[header]]: *TABLE becomes a new element of the array it names. */
static int open_array_table(struct parser *parser, struct toml_value **table, struct key *key,
			    const char *bracket)
{
	struct toml_entry *entry = find(*table, key->name.bytes, key->name.size);
	struct toml_value *array = entry == NULL ? NULL : entry->value;
	int result = 0;

	if (array == NULL) {
		array = new_value(parser, bracket, TOML_ARRAY, ORIGIN_HEADER);
		result = table_add(parser, *table, key, array);
		if (result < 0)
			return result;
	} else if (array->type != TOML_ARRAY || node_of(array)->origin != ORIGIN_HEADER) {
		return refuse_key(parser, key, entry,
				  "[[...]] adds only to arrays made by [[...]]");
	}
	*table = new_value(parser, bracket, TOML_TABLE, ORIGIN_HEADER);
	return array_add(array, *table);
}

/* [a.b] or [[a.b]] */
static int parse_header(struct parser *parser)
{
	const char *bracket = parser->at++;
	bool is_array = accept(parser, '[');
	struct toml_value *table = parser->root;
	struct key key = {0};
	unsigned depth = 1;
	char shown[SHOWN_SIZE];
	int result;

	while ((result = parse_key_part(parser, &key)) == 0 && accept(parser, '.')) {
		result = ++depth <= DEPTH_MAX ? step_into(parser, &table, &key, ORIGIN_PATH)
					      : refuse_depth(parser, key.where);
		if (result < 0)
			break;
		key.name.size = 0;
	}
	if (result == 0 && !looking_at(parser, is_array ? "]]" : "]"))
		result = refuse(parser, parser->at, "found %s in a header; '.' or '%s' is accepted",
				found(parser, parser->at, shown), is_array ? "]]" : "]");
	if (result == 0) {
		parser->at += is_array ? 2 : 1;
		result = (is_array ? open_array_table : open_table)(parser, &table, &key, bracket);
	}
	free(key.name.bytes);
	parser->current = table;
	parser->current_depth = depth;
	return result;
}

static int parse_line(struct parser *parser)
{
	char shown[SHOWN_SIZE];
	int result = 0;

	skip_blanks(parser);
	if (peek(parser) == '[')
		result = parse_header(parser);
	else if (parser->at < parser->end && peek(parser) != '#' &&
		 newline_length(parser, parser->at) == 0)
		result = parse_pair(parser, parser->current, parser->current_depth);
	if (result == 0)
		result = skip_comment(parser);
	if (result == 0 && parser->at < parser->end && !skip_newline(parser))
		result =
		    refuse(parser, parser->at, "found %s; the line ends here, or a comment begins",
			   found(parser, parser->at, shown));
	return result;
}

int toml_parse(const char *text, size_t size, struct toml_value **root, struct toml_error *error)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	struct parser parser = {.text = text, .at = text, .end = text + size, .error = error};

	*root = NULL;
	*error = (struct toml_error){0};
	if (looking_at(&parser, byte_order_mark))
		parser.text = parser.at += strlen(byte_order_mark);
	parser.located = parser.text;
	parser.location = (struct toml_position){1, 1};
	int result = check_utf8(&parser);
	if (result < 0)
		return result;
	parser.root = parser.current = new_value(&parser, parser.text, TOML_TABLE, ORIGIN_HEADER);
	if (parser.root == NULL)
		return -ENOMEM;
	while (result == 0 && parser.at < parser.end)
		result = parse_line(&parser);
	if (result < 0)
		toml_free(parser.root);
	else
		*root = parser.root;
	return result;
}
