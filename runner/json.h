/* SPDX-License-Identifier: Apache-2.0 */
/* json.h: JSON (RFC 8259): one value in, tree out, and a writer for strings. Pure. Used for QMP and
 * for report lines, both of which are hostile until checked. */
#ifndef PITH_RUNNER_JSON_H
#define PITH_RUNNER_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_value {
	enum json_type type;
	bool boolean;
	double number;
	bool is_integer; /* NUMBER: written without fraction or exponent and within int64 */
	int64_t integer;
	char *string;             /* STRING: UTF-8, NUL-terminated; \u0000 inside is refused */
	struct json_value *items; /* ARRAY and OBJECT: count of them */
	char **keys;              /* OBJECT: count of them */
	size_t count;
};

/* Parse exactly one value from SIZE bytes (white space around it is fine). Strict; nesting at most
 * 32 deep; duplicate keys are refused. Returns 0, -EINVAL, or -ENOMEM. Free with json_free. */
int json_parse(const char *text, size_t size, struct json_value **value);
void json_free(struct json_value *value);

/* Member KEY of an object, or NULL (also when OBJECT is no object). */
const struct json_value *json_get(const struct json_value *object, const char *key);
/* The string member KEY, or NULL when absent or of another type. */
const char *json_get_string(const struct json_value *object, const char *key);
/* The integer member KEY, or FALLBACK when absent, of another type or not an integer. */
int64_t json_get_integer(const struct json_value *object, const char *key, int64_t fallback);

/* Write TEXT of SIZE bytes as a JSON string with its quotes. Bytes that are not valid UTF-8 become
 * U+FFFD. */
void json_write_string(FILE *out, const char *text, size_t size);

#endif
