/* SPDX-License-Identifier: Apache-2.0 */
/* JSON in, tree out; strict. And strings written so that they read back. */
#include <errno.h>
#include <stdlib.h>

#include "../../runner/json.h"
#include "../tap.h"

static const char *const accepted[] = {
    "null",
    " true ",
    "\r\n\t false",
    "0",
    "-0",
    "-1.5e+10",
    "1E-5",
    "\"\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
    "[]",
    "[ ]",
    "[1,[2,[]],{}]",
    "{}",
    "{\"a\" : 1 , \"b\":[]}",
    "{\"\":1}",
    "\"\x7f\"",
};

static const char *const refused[] = {
    "",
    " ",
    "nul",
    "nulll",
    "True",
    "1 2",
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1.e1",
    "1e",
    "1e+",
    "0x1",
    "NaN",
    "Infinity",
    "-Infinity",
    "\"",
    "\"\\\"",
    "\"\\",
    "\"a",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\ud800x\"",
    "\"\\ud800\\n\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"\n\"",
    "\"\x1f\"",
    "\"\xff\"",
    "\"\xc0\x80\"",
    "\"\xed\xa0\x80\"",
    "'a'",
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,]",
    "[1 2]",
    "]",
    "{",
    "{\"a\"",
    "{\"a\":",
    "{\"a\":1",
    "{\"a\":1,",
    "{\"a\":1,}",
    "{\"a\":1 \"b\":2}",
    "{\"a\" 1}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1,\"a\":2}",
    "{\"a\":1,\"\\u0061\":2}",
    "[1]]",
    "// comment\n1",
    "1111111111111111111111111111111111111111111111111111111111111111111111111111",
};

/* Parse an exact copy, so that the sanitizer sees a read beyond the end. */
static int parse(const char *text, size_t size, struct json_value **value)
{
	char *copy = malloc(size + (size == 0));

	memcpy(copy, text, size);
	int result = json_parse(copy, size, value);
	free(copy);
	return result;
}

static void test_syntax(void)
{
	struct json_value *value;

	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		is_int(parse(accepted[i], strlen(accepted[i]), &value), 0, accepted[i]);
		json_free(value);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		int result = parse(refused[i], strlen(refused[i]), &value);
		ok(result == -EINVAL && value == NULL, "refused, case %zu", i);
		json_free(value);
	}
	is_int(parse("1\0", 2, &value), -EINVAL, "a NUL behind the value is refused");
	is_int(parse("\"a\0b\"", 5, &value), -EINVAL, "a NUL in a string is refused");
}

static void test_depth(void)
{
	struct json_value *value;
	char text[80];

	for (int depth = 31; depth <= 34; depth++) {
		memset(text, '[', (size_t)depth);
		memset(text + depth, ']', (size_t)depth);
		int result = parse(text, 2 * (size_t)depth, &value);
		ok((result == 0) == (depth <= 32), "%d arrays in one another", depth);
		json_free(value);
	}
}

static void test_members(void)
{
	static const char text[] =
	    "{\"s\":\"\\u20ac\",\"i\":-9223372036854775808,\"f\":1.0,"
	    "\"big\":9223372036854775808,\"b\":true,\"n\":null,\"a\":[1,2,3]}";
	struct json_value *value;

	is_int(parse(text, sizeof(text) - 1, &value), 0, "an object with all types");
	is_str(json_get_string(value, "s"), "\342\202\254", "a string member");
	ok(json_get_string(value, "i") == NULL, "an integer is no string");
	ok(json_get_string(value, "x") == NULL, "an absent member is no string");
	is_int(json_get_integer(value, "i", 5), INT64_MIN, "the least integer");
	is_int(json_get_integer(value, "f", 5), 5, "1.0 is not written as an integer");
	is_int(json_get_integer(value, "big", 5), 5, "2^63 is beyond int64");
	is_int(json_get_integer(value, "s", 5), 5, "a string is no integer");
	is_int(json_get_integer(value, "x", 5), 5, "an absent member gives the fallback");
	ok(json_get(value, "f")->number == 1.0 && json_get(value, "b")->boolean, "other members");
	is_int(json_get(value, "n")->type, JSON_NULL, "null is there");
	is_int((long long)json_get(value, "a")->count, 3, "an array's items");
	is_int(json_get(value, "a")->items[2].integer, 3, "and the last of them");
	ok(json_get(json_get(value, "a"), "a") == NULL, "an array has no members");
	ok(json_get(NULL, "a") == NULL, "and nothing has none");
	json_free(value);
}

static void is_written(const char *text, size_t size, const char *wanted, const char *what)
{
	char *written = NULL;
	size_t written_size = 0;
	struct json_value *value;
	FILE *out = open_memstream(&written, &written_size);

	json_write_string(out, text, size);
	fclose(out);
	is_str(written, wanted, what);
	/* All but NUL, which the parser refuses, reads back. */
	if (memchr(text, '\0', size) == NULL)
		is_int(parse(written, written_size, &value), 0, "and it reads back");
	else
		is_int(parse(written, written_size, &value), -EINVAL, "and NUL is not read back");
	json_free(value);
	free(written);
}

int main(void)
{
	test_syntax();
	test_depth();
	test_members();
	is_written("a\"\\\n\x01\x7f\303\251", 8, "\"a\\\"\\\\\\u000a\\u0001\\u007f\303\251\"",
		   "quotes, controls, UTF-8");
	is_written("\xff-\303", 3, "\"\357\277\275-\357\277\275\"", "bytes that are not UTF-8");
	is_written("a\0b", 3, "\"a\\u0000b\"", "NUL");
	is_written("", 0, "\"\"", "nothing");
	json_free(NULL);
	return done();
}
