/* SPDX-License-Identifier: Apache-2.0 */
/* toml.h: TOML 1.0 (toml.io/en/v1.0.0), bytes in, tree out. Pure; every refusal has line and
 * column. */
#ifndef PITH_RUNNER_TOML_H
#define PITH_RUNNER_TOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum toml_type {
	TOML_STRING,
	TOML_INTEGER,
	TOML_FLOAT,
	TOML_BOOL,
	TOML_OFFSET_DATETIME,
	TOML_LOCAL_DATETIME,
	TOML_LOCAL_DATE,
	TOML_LOCAL_TIME,
	TOML_ARRAY,
	TOML_TABLE,
};

struct toml_position {
	unsigned line;   /* from 1 */
	unsigned column; /* from 1, in Unicode characters (code points) */
};

struct toml_datetime {
	int year, month, day; /* unset parts are 0 */
	int hour, minute, second;
	int nanosecond;
	int fraction_digits; /* digits of the fraction as written, 0 to 9 */
	int offset_minutes;  /* OFFSET_DATETIME only; Z is 0 */
	bool is_utc_z;
};

struct toml_value;

struct toml_entry {
	char *
	    key; /* NUL-terminated; key_size bytes before the NUL, which may hold NULs themselves */
	size_t key_size;
	struct toml_position position; /* of the key */
	struct toml_value *value;
};

struct toml_value {
	enum toml_type type;
	struct toml_position position; /* of the value; of the header for [tables] */
	union {
		struct {
			char *bytes; /* UTF-8, NUL-terminated for convenience */
			size_t size;
		} string;
		int64_t integer;
		double real;
		bool boolean;
		struct toml_datetime datetime;
		struct {
			struct toml_value **items;
			size_t count;
		} array;
		struct {
			struct toml_entry *entries; /* in the order of the file */
			size_t count;
		} table;
	} as;
};

struct toml_error {
	struct toml_position position;
	char message[200]; /* what was found and what is accepted; no newline */
};

/* Parse SIZE bytes of TEXT. On success *ROOT is a table, to be freed with toml_free. Returns 0,
 * -EINVAL with ERROR filled, or -ENOMEM. Nesting deeper than 64 levels is refused. */
int toml_parse(const char *text, size_t size, struct toml_value **root, struct toml_error *error);

void toml_free(struct toml_value *value); /* NULL is fine */

/* The value of KEY in TABLE, or NULL. */
const struct toml_value *toml_get(const struct toml_value *table, const char *key);

/* "a string", "an integer", ... for messages. */
const char *toml_type_name(enum toml_type type);

#endif
