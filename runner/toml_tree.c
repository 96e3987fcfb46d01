/* SPDX-License-Identifier: Apache-2.0 */
/* toml_tree.c: the tree of values, while it grows and when it is whole. Pure; part of toml.c. */
#include "toml_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct node {
	struct toml_value value; /* first: a toml_value pointer is a node pointer */
	enum toml_origin origin;
	size_t room; /* items or entries allocated */
};

static struct node *node_of(const struct toml_value *value)
{
	return (struct node *)(uintptr_t)value;
}

/* --- While it grows --------------------------------------------------------------------------- */

struct toml_value *toml_tree_new(enum toml_type type, struct toml_position position,
				 enum toml_origin origin)
{
	struct node *node = calloc(1, sizeof(*node));

	if (node == NULL)
		return NULL;
	node->value.type = type;
	node->value.position = position;
	node->origin = origin;
	return &node->value;
}

enum toml_origin toml_tree_origin(const struct toml_value *value)
{
	return node_of(value)->origin;
}

void toml_tree_set_origin(struct toml_value *value, enum toml_origin origin)
{
	node_of(value)->origin = origin;
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

int toml_tree_add_item(struct toml_value *array, struct toml_value *item)
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

int toml_tree_add_entry(struct toml_value *table, const struct toml_entry *entry)
{
	void *grown = grow(table->as.table.entries, &node_of(table)->room, table->as.table.count,
			   sizeof(*table->as.table.entries));

	if (grown != NULL)
		table->as.table.entries = grown;
	if (grown == NULL || entry->value == NULL) {
		toml_free(entry->value);
		return -ENOMEM;
	}
	table->as.table.entries[table->as.table.count++] = *entry;
	return 0;
}

struct toml_entry *toml_tree_find(const struct toml_value *table, const char *name, size_t size)
{
	for (size_t i = 0; i < table->as.table.count; i++) {
		struct toml_entry *entry = &table->as.table.entries[i];
		if (entry->key_size == size && memcmp(entry->key, name, size) == 0)
			return entry;
	}
	return NULL;
}

/* --- When it is whole (toml.h) ---------------------------------------------------------------- */

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

const struct toml_value *toml_get(const struct toml_value *table, const char *key)
{
	const struct toml_entry *entry = NULL;

	if (table != NULL && table->type == TOML_TABLE)
		entry = toml_tree_find(table, key, strlen(key));
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
