/* SPDX-License-Identifier: Apache-2.0 */
/* toml_tree.h: the tree of values, while it grows. Each value remembers how it was written, because
 * that decides what may be added to it later. Pure; part of toml.c. */
#ifndef PITH_RUNNER_TOML_TREE_H
#define PITH_RUNNER_TOML_TREE_H

#include "toml.h"

/* How a table or array came to be (TOML 1.0, "Keys" and "Table"). */
enum toml_origin {
	TOML_ORIGIN_VALUE,  /* a value after "=": complete, nothing may be added */
	TOML_ORIGIN_PATH,   /* a table named on the way in a [header]: may get one of its own */
	TOML_ORIGIN_HEADER, /* a table with a [header], or an array of [[header]] tables */
	TOML_ORIGIN_DOTTED, /* a table made by a dotted key: no header of its own any more */
};

/* A new value without content; NULL when memory is out. */
struct toml_value *toml_tree_new(enum toml_type type, struct toml_position position,
				 enum toml_origin origin);

/* Of a value made by toml_tree_new. */
enum toml_origin toml_tree_origin(const struct toml_value *value);
void toml_tree_set_origin(struct toml_value *value, enum toml_origin origin);

/* Append ITEM to ARRAY, which owns it from now on; on failure it is freed. Returns 0, or -ENOMEM,
 * also where ITEM is NULL. */
int toml_tree_add_item(struct toml_value *array, struct toml_value *item);

/* Add ENTRY to TABLE, which has no such key and owns the entry's key and value from now on; on
 * failure the value is freed, and the key is not. Returns 0, or -ENOMEM, also where the value is
 * NULL. */
int toml_tree_add_entry(struct toml_value *table, const struct toml_entry *entry);

/* The entry of TABLE whose key is the SIZE bytes NAME, or NULL. */
struct toml_entry *toml_tree_find(const struct toml_value *table, const char *name, size_t size);

#endif
