/* SPDX-License-Identifier: Apache-2.0 */
/* toml.c: TOML 1.0 (toml.io/en/v1.0.0), bytes in, tree out. Pure.
 *
 * One pass over text whose UTF-8 was checked first: keys, values and lines are read here, out of
 * what toml_text.c shows, strings by toml_string.c, numbers, dates and times by toml_scalar.c.
 * Values go into the tree (toml_tree.c) as they are read. */
#include "toml.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "toml_scalar.h"
#include "toml_string.h"
#include "toml_text.h"
#include "toml_tree.h"

#define DEPTH_MAX 64

struct key {
	struct toml_bytes name;
	const char *where;
};

/* --- Keys ------------------------------------------------------------------------------------- */

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_bare(int c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_' || c == '-';
}

/* One part of a dotted key, with the blanks around it. */
static int parse_key_part(struct toml_text *text, struct key *key)
{
	int result = 0;

	toml_text_skip_blanks(text);
	key->where = text->at;
	if (toml_text_begins_with(text, "\"\"\"") || toml_text_begins_with(text, "'''"))
		return toml_text_refuse(
		    text, text->at,
		    "found a multi-line string; a key is bare or in single quotes or "
		    "double quotes, on one line");
	if (toml_text_peek(text) == '"' || toml_text_peek(text) == '\'') {
		result = toml_string_parse(text, &key->name);
	} else {
		while (is_bare(toml_text_peek(text)))
			text->at++;
		if (text->at == key->where)
			return toml_text_refuse_next(
			    text, "; a key is accepted here: letters, digits, '_' and "
				  "'-', or a quoted string");
		result =
		    toml_string_append(&key->name, key->where, (size_t)(text->at - key->where));
	}
	toml_text_skip_blanks(text);
	return result;
}

static int refuse_key(struct toml_text *text, const struct key *key, const struct toml_entry *first,
		      const char *problem)
{
	char shown[TOML_SHOWN_SIZE];

	return toml_text_refuse(text, key->where, "%s %s (line %u, column %u); %s",
				toml_text_quote(key->name.bytes, key->name.size, shown),
				first->value->type == TOML_TABLE || first->value->type == TOML_ARRAY
				    ? "is defined already"
				    : "has a value already",
				first->position.line, first->position.column, problem);
}

static int refuse_depth(struct toml_text *text, const char *where)
{
	return toml_text_refuse(text, where, "nested too deep; at most %d levels are accepted",
				DEPTH_MAX);
}

/* Put VALUE into TABLE under KEY, whose name moves there; on failure VALUE is freed. */
static int put(struct toml_text *text, struct toml_value *table, struct key *key,
	       struct toml_value *value)
{
	const struct toml_entry entry = {
	    .key = key->name.bytes,
	    .key_size = key->name.size,
	    .position = toml_text_locate(text, key->where),
	    .value = value,
	};
	int result = toml_tree_add_entry(table, &entry);

	if (result == 0)
		key->name = (struct toml_bytes){0};
	return result;
}

/* From *TABLE go into the table KEY, making it where it is not there yet. ORIGIN says what asks: a
 * header on its way (TOML_ORIGIN_PATH) or a dotted key (TOML_ORIGIN_DOTTED). */
static int step_into(struct toml_text *text, struct toml_value **table, struct key *key,
		     enum toml_origin origin)
{
	struct toml_entry *entry = toml_tree_find(*table, key->name.bytes, key->name.size);

	if (entry == NULL) {
		struct toml_value *value =
		    toml_tree_new(TOML_TABLE, toml_text_locate(text, key->where), origin);
		int result = put(text, *table, key, value);
		*table = value;
		return result;
	}
	enum toml_origin before = toml_tree_origin(entry->value);
	if (origin == TOML_ORIGIN_DOTTED) {
		if (entry->value->type != TOML_TABLE ||
		    (before != TOML_ORIGIN_DOTTED && before != TOML_ORIGIN_PATH))
			return refuse_key(text, key, entry, "a dotted key cannot add to it");
		toml_tree_set_origin(entry->value, TOML_ORIGIN_DOTTED);
	} else if ((entry->value->type != TOML_TABLE && entry->value->type != TOML_ARRAY) ||
		   before == TOML_ORIGIN_VALUE) {
		return refuse_key(text, key, entry, "a header cannot add to it");
	}
	*table = entry->value;
	if (entry->value->type == TOML_ARRAY) /* of [[headers]]: the last one is meant */
		*table = entry->value->as.array.items[entry->value->as.array.count - 1];
	return 0;
}

/* --- Values ----------------------------------------------------------------------------------- */

static int parse_value(struct toml_text *text, unsigned depth, struct toml_value **value);

/* KEY = VALUE into TABLE, which is at DEPTH. */
static int parse_pair(struct toml_text *text, struct toml_value *table, unsigned depth)
{
	struct key key = {0};
	int result;

	while ((result = parse_key_part(text, &key)) == 0 && toml_text_accept(text, '.')) {
		result = depth < DEPTH_MAX ? step_into(text, &table, &key, TOML_ORIGIN_DOTTED)
					   : refuse_depth(text, key.where);
		if (result < 0)
			break;
		depth++;
		key.name.size = 0;
	}
	if (result == 0 && !toml_text_accept(text, '='))
		result = toml_text_refuse_next(text, " after a key; '=' or '.' is accepted");
	if (result == 0) {
		const struct toml_entry *first =
		    toml_tree_find(table, key.name.bytes, key.name.size);
		if (first != NULL)
			result = refuse_key(text, &key, first, "a key is given once");
	}
	if (result == 0) {
		struct toml_value *value = NULL;
		toml_text_skip_blanks(text);
		result = parse_value(text, depth, &value);
		if (result == 0)
			result = put(text, table, &key, value);
	}
	free(key.name.bytes);
	return result;
}

/* Blanks, comments and newlines, where an array may have them. */
static int skip_array_space(struct toml_text *text)
{
	int result;

	do
		result = toml_text_skip_comment(text);
	while (result == 0 && toml_text_skip_newline(text));
	return result;
}

static int parse_array(struct toml_text *text, struct toml_value *array, unsigned depth)
{
	int result;

	text->at++;
	for (;;) {
		struct toml_value *item = NULL;
		result = skip_array_space(text);
		if (result < 0 || toml_text_accept(text, ']'))
			return result;
		result = parse_value(text, depth, &item);
		if (result == 0)
			result = toml_tree_add_item(array, item);
		if (result == 0)
			result = skip_array_space(text);
		if (result < 0 || toml_text_accept(text, ']'))
			return result;
		if (!toml_text_accept(text, ','))
			return toml_text_refuse_next(text, " in an array; ',' or ']' is accepted");
	}
}

static int parse_inline_table(struct toml_text *text, struct toml_value *table, unsigned depth)
{
	text->at++;
	toml_text_skip_blanks(text);
	if (toml_text_accept(text, '}'))
		return 0;
	for (;;) {
		int result = parse_pair(text, table, depth);
		if (result < 0)
			return result;
		toml_text_skip_blanks(text);
		if (toml_text_accept(text, '}'))
			return 0;
		if (!toml_text_accept(text, ','))
			return toml_text_refuse_next(text,
						     " in an inline table; ',' or '}' is accepted");
	}
}

static const char *word_end(const struct toml_text *text, const char *p)
{
	while (p < text->end && (is_bare((unsigned char)*p) || *p == '+' || *p == '.' || *p == ':'))
		p++;
	return p;
}

/* The length of the word that is next. A date and a time may have one space between. */
static size_t word_length(const struct toml_text *text)
{
	const char *p = word_end(text, text->at);

	if (p - text->at == 10 && text->at[4] == '-' && text->at[7] == '-' && text->end - p >= 2 &&
	    p[0] == ' ' && is_digit(p[1]))
		p = word_end(text, p + 1);
	return (size_t)(p - text->at);
}

/* true, false, a number, a date or a time. */
static int parse_word(struct toml_text *text, struct toml_value *value)
{
	const char *word = text->at;
	size_t size = word_length(text);
	struct toml_scalar_fault fault;
	char shown[TOML_SHOWN_SIZE], shown_word[TOML_SHOWN_SIZE];

	text->at += size;
	if (size == 0)
		return toml_text_refuse_next(
		    text, "; a value is accepted here: a string, number, boolean, date, time, "
			  "array or inline table");
	if ((size == 4 && memcmp(word, "true", 4) == 0) ||
	    (size == 5 && memcmp(word, "false", 5) == 0)) {
		value->type = TOML_BOOL;
		value->as.boolean = size == 4;
		return 0;
	}
	bool is_named = size == 3 && (memcmp(word, "inf", 3) == 0 || memcmp(word, "nan", 3) == 0);
	if (!is_digit(*word) && *word != '+' && *word != '-' && !is_named)
		return toml_text_refuse(
		    text, word,
		    "found %s, which is no value; strings stand in quotes, booleans are "
		    "true and false",
		    toml_text_quote(word, size, shown));
	int result = toml_scalar_parse(word, size, value, &fault);
	if (result == -EINVAL && fault.offset == size)
		return toml_text_refuse(text, text->at, "%s ends too early; %s",
					toml_text_quote(word, size, shown), fault.message);
	if (result == -EINVAL)
		return toml_text_refuse(text, word + fault.offset, "found %s in %s; %s",
					toml_text_found(text, word + fault.offset, shown),
					toml_text_quote(word, size, shown_word), fault.message);
	return result;
}

/* Any value. DEPTH is that of the table or array it goes into. */
static int parse_value(struct toml_text *text, unsigned depth, struct toml_value **value)
{
	struct toml_bytes string = {0};
	int result;

	if (depth >= DEPTH_MAX && (toml_text_peek(text) == '[' || toml_text_peek(text) == '{'))
		return refuse_depth(text, text->at);
	*value = toml_tree_new(TOML_BOOL, toml_text_locate(text, text->at), TOML_ORIGIN_VALUE);
	if (*value == NULL)
		return -ENOMEM;
	switch (toml_text_peek(text)) {
	case '"':
	case '\'':
		result = toml_string_parse(text, &string);
		(*value)->type = TOML_STRING;
		(*value)->as.string.bytes = string.bytes;
		(*value)->as.string.size = string.size;
		break;
	case '[':
		(*value)->type = TOML_ARRAY;
		result = parse_array(text, *value, depth + 1);
		break;
	case '{':
		(*value)->type = TOML_TABLE;
		result = parse_inline_table(text, *value, depth + 1);
		break;
	default:
		result = parse_word(text, *value);
	}
	if (result < 0) {
		toml_free(*value);
		*value = NULL;
	}
	return result;
}

/* --- Lines ------------------------------------------------------------------------------------ */

/* The last part of a [header]: *TABLE becomes the table it names. */
static int open_table(struct toml_text *text, struct toml_value **table, struct key *key,
		      const char *bracket)
{
	struct toml_entry *entry = toml_tree_find(*table, key->name.bytes, key->name.size);

	if (entry == NULL) {
		struct toml_value *value =
		    toml_tree_new(TOML_TABLE, toml_text_locate(text, bracket), TOML_ORIGIN_HEADER);
		int result = put(text, *table, key, value);
		*table = value;
		return result;
	}
	if (entry->value->type != TOML_TABLE || toml_tree_origin(entry->value) != TOML_ORIGIN_PATH)
		return refuse_key(text, key, entry, "a table is defined once");
	toml_tree_set_origin(entry->value, TOML_ORIGIN_HEADER);
	entry->value->position = toml_text_locate(text, bracket);
	entry->position = toml_text_locate(text, key->where);
	*table = entry->value;
	return 0;
}

/* The last part of a [[header]]: *TABLE becomes a new element of the array it names. */
static int open_array_table(struct toml_text *text, struct toml_value **table, struct key *key,
			    const char *bracket)
{
	struct toml_entry *entry = toml_tree_find(*table, key->name.bytes, key->name.size);
	struct toml_value *array = entry == NULL ? NULL : entry->value;
	int result = 0;

	if (array == NULL) {
		array =
		    toml_tree_new(TOML_ARRAY, toml_text_locate(text, bracket), TOML_ORIGIN_HEADER);
		result = put(text, *table, key, array);
		if (result < 0)
			return result;
	} else if (array->type != TOML_ARRAY || toml_tree_origin(array) != TOML_ORIGIN_HEADER) {
		return refuse_key(text, key, entry, "[[...]] adds only to arrays made by [[...]]");
	}
	*table = toml_tree_new(TOML_TABLE, toml_text_locate(text, bracket), TOML_ORIGIN_HEADER);
	return toml_tree_add_item(array, *table);
}

struct document {
	struct toml_text text;
	struct toml_value *root;
	struct toml_value *current; /* the table that key = value lines go to */
	unsigned current_depth;
};

/* [a.b] or [[a.b]] */
static int parse_header(struct document *document)
{
	struct toml_text *text = &document->text;
	const char *bracket = text->at++;
	bool is_array = toml_text_accept(text, '[');
	struct toml_value *table = document->root;
	struct key key = {0};
	unsigned depth = 1;
	int result;

	while ((result = parse_key_part(text, &key)) == 0 && toml_text_accept(text, '.')) {
		result = ++depth <= DEPTH_MAX ? step_into(text, &table, &key, TOML_ORIGIN_PATH)
					      : refuse_depth(text, key.where);
		if (result < 0)
			break;
		key.name.size = 0;
	}
	if (result == 0 && !toml_text_begins_with(text, is_array ? "]]" : "]"))
		result = toml_text_refuse_next(text, " in a header; '.' or '%s' is accepted",
					       is_array ? "]]" : "]");
	if (result == 0) {
		text->at += is_array ? 2 : 1;
		result = (is_array ? open_array_table : open_table)(text, &table, &key, bracket);
	}
	free(key.name.bytes);
	document->current = table;
	document->current_depth = depth;
	return result;
}

static int parse_line(struct document *document)
{
	struct toml_text *text = &document->text;
	int result = 0;

	toml_text_skip_blanks(text);
	if (toml_text_peek(text) == '[')
		result = parse_header(document);
	else if (toml_text_peek(text) != '#' && !toml_text_ends_line(text))
		result = parse_pair(text, document->current, document->current_depth);
	if (result == 0)
		result = toml_text_skip_comment(text);
	if (result == 0 && text->at < text->end && !toml_text_skip_newline(text))
		result = toml_text_refuse_next(text, "; the line ends here, or a comment begins");
	return result;
}

int toml_parse(const char *text, size_t size, struct toml_value **root, struct toml_error *error)
{
	struct document document = {0};
	int result;

	*root = NULL;
	*error = (struct toml_error){0};
	result = toml_text_begin(&document.text, text, size, error);
	if (result < 0)
		return result;
	document.root = document.current =
	    toml_tree_new(TOML_TABLE, document.text.location, TOML_ORIGIN_HEADER);
	if (document.root == NULL)
		return -ENOMEM;
	while (result == 0 && document.text.at < document.text.end)
		result = parse_line(&document);
	if (result < 0)
		toml_free(document.root);
	else
		*root = document.root;
	return result;
}
