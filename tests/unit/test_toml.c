/* SPDX-License-Identifier: Apache-2.0 */
/* TOML: what is accepted with its values and places, and every kind of refusal with its message and
 * place. The public corpus is run apart (tests/toml/corpus.sh). */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "../../runner/toml.h"
#include "../tap.h"

/* clang-format off */
#define TEXT(literal) literal, sizeof(literal) - 1

static const struct refusal {
	const char *text;
	size_t size;
	unsigned line, column;
	const char *message;
} refusals[] = {
    {TEXT("a"), 1, 2, "found the end of the file after a key; '=' or '.' is accepted"},
    {TEXT("a ="), 1, 4, "found the end of the file; a value is accepted here: a string, number, boolean, date, time, array or inline table"},
    {TEXT("a = "), 1, 5, "found the end of the file; a value is accepted here: a string, number, boolean, date, time, array or inline table"},
    {TEXT("= 1"), 1, 1, "found '='; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT(".a = 1"), 1, 1, "found '.'; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("a. = 1"), 1, 4, "found '='; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("a..b = 1"), 1, 3, "found '.'; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("a b = 1"), 1, 3, "found 'b' after a key; '=' or '.' is accepted"},
    {TEXT("a = 1 b = 2"), 1, 7, "found 'b'; the line ends here, or a comment begins"},
    {TEXT("a = 1\nb = 2 3"), 2, 7, "found '3'; the line ends here, or a comment begins"},
    {TEXT("\303\251 = 1"), 1, 1, "found '\303\251'; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("\"\303\251\" = \303\251"), 1, 7, "found '\303\251'; a value is accepted here: a string, number, boolean, date, time, array or inline table"},
    {TEXT("\"\"\"a\"\"\" = 1"), 1, 1, "found a multi-line string; a key is bare or in single quotes or double quotes, on one line"},
    {TEXT("'''a''' = 1"), 1, 1, "found a multi-line string; a key is bare or in single quotes or double quotes, on one line"},
    {TEXT("\"a\nb\" = 1"), 1, 1, "this string is not closed; '\"' ends it on the same line"},
    {TEXT("\"a"), 1, 1, "this string is not closed; '\"' ends it on the same line"},
    {TEXT("a = \"b"), 1, 5, "this string is not closed; '\"' ends it on the same line"},
    {TEXT("a = \"b\n\""), 1, 5, "this string is not closed; '\"' ends it on the same line"},
    {TEXT("a = 'b"), 1, 5, "this string is not closed; \"'\" ends it on the same line"},
    {TEXT("a = \"\"\"b"), 1, 5, "this string is not closed; \"\"\" ends it"},
    {TEXT("a = '''b"), 1, 5, "this string is not closed; ''' ends it"},
    {TEXT("a = \"\"\"\"\"\"\"\"\""), 1, 13, "found '\"'; the line ends here, or a comment begins"},
    {TEXT("a = \"\\q\""), 1, 7, "found 'q' after a backslash; accepted are \\b \\t \\n \\f \\r \\\" \\\\ \\uXXXX \\UXXXXXXXX"},
    {TEXT("a = \"\\u12g4\""), 1, 10, "found 'g'; 4 hexadecimal digits follow \\u"},
    {TEXT("a = \"\\ud800\""), 1, 6, "U+D800 is no Unicode scalar value; accepted are 0 to D7FF and E000 to 10FFFF"},
    {TEXT("a = \"\\U00110000\""), 1, 6, "U+110000 is no Unicode scalar value; accepted are 0 to D7FF and E000 to 10FFFF"},
    {TEXT("a = \"\\u12"), 1, 10, "found the end of the file; 4 hexadecimal digits follow \\u"},
    {TEXT("a = \"x\001y\""), 1, 7, "found the control character U+0001 in a string; it is accepted escaped, as \\uXXXX"},
    {TEXT("a = 'x\177y'"), 1, 7, "found the control character U+007F in a string; literal strings cannot hold it"},
    {TEXT("a = \"x\000y\""), 1, 7, "found the control character U+0000 in a string; it is accepted escaped, as \\uXXXX"},
    {TEXT("# x\002"), 1, 4, "found the control character U+0002; comments hold no control characters but tabs"},
    {TEXT("\013a = 1"), 1, 1, "found the control character U+000B; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("a = 1\rb = 2"), 1, 6, "found the control character U+000D; the line ends here, or a comment begins"},
    {TEXT("a = 1 \r"), 1, 7, "found the control character U+000D; the line ends here, or a comment begins"},
    {TEXT("a = \"\377\""), 1, 6, "found byte 0xff, which is not UTF-8; TOML files are UTF-8"},
    {TEXT("# ok\na = \"\300\200\""), 2, 6, "found byte 0xc0, which is not UTF-8; TOML files are UTF-8"},
    {TEXT("a = \"\355\240\200\""), 1, 6, "found byte 0xed, which is not UTF-8; TOML files are UTF-8"},
    {TEXT("a = \"\364\220\200\200\""), 1, 6, "found byte 0xf4, which is not UTF-8; TOML files are UTF-8"},
    {TEXT("\357\273\277a ="), 1, 4, "found the end of the file; a value is accepted here: a string, number, boolean, date, time, array or inline table"},
    {TEXT("a = 1\na = 2"), 2, 1, "'a' has a value already (line 1, column 1); a key is given once"},
    {TEXT("a.b = 1\na.b.c = 2"), 2, 3, "'b' has a value already (line 1, column 3); a dotted key cannot add to it"},
    {TEXT("a.b = 1\na = 2"), 2, 1, "'a' is defined already (line 1, column 1); a key is given once"},
    {TEXT("a = 1\n[a]"), 2, 2, "'a' has a value already (line 1, column 1); a table is defined once"},
    {TEXT("[a]\n[a]"), 2, 2, "'a' is defined already (line 1, column 2); a table is defined once"},
    {TEXT("[a.b]\n[a]\n[a]"), 3, 2, "'a' is defined already (line 2, column 2); a table is defined once"},
    {TEXT("a.b = 1\n[a]"), 2, 2, "'a' is defined already (line 1, column 1); a table is defined once"},
    {TEXT("[a]\nb.c = 1\n[a.b]"), 3, 4, "'b' is defined already (line 2, column 1); a table is defined once"},
    {TEXT("[a.b.c]\n[a]\nb.d = 1\n[a.b]"), 4, 4, "'b' is defined already (line 1, column 4); a table is defined once"},
    {TEXT("[a.b]\nc = 1\n[a]\nb.d = 2"), 4, 1, "'b' is defined already (line 1, column 4); a dotted key cannot add to it"},
    {TEXT("[[a]]\n[a]"), 2, 2, "'a' is defined already (line 1, column 3); a table is defined once"},
    {TEXT("[a]\n[[a]]"), 2, 3, "'a' is defined already (line 1, column 2); [[...]] adds only to arrays made by [[...]]"},
    {TEXT("a = []\n[[a]]"), 2, 3, "'a' is defined already (line 1, column 1); [[...]] adds only to arrays made by [[...]]"},
    {TEXT("a = [{}]\n[a.b]"), 2, 2, "'a' is defined already (line 1, column 1); a header cannot add to it"},
    {TEXT("a = {}\n[a.b]"), 2, 2, "'a' is defined already (line 1, column 1); a header cannot add to it"},
    {TEXT("a = {}\na.b = 1"), 2, 1, "'a' is defined already (line 1, column 1); a dotted key cannot add to it"},
    {TEXT("a = {b = {}}\na.b.c = 1"), 2, 1, "'a' is defined already (line 1, column 1); a dotted key cannot add to it"},
    {TEXT("a = 1\n[a.b]"), 2, 2, "'a' has a value already (line 1, column 1); a header cannot add to it"},
    {TEXT("[[a]]\n[b]\n[[b]]"), 3, 3, "'b' is defined already (line 2, column 2); [[...]] adds only to arrays made by [[...]]"},
    {TEXT("[[a.b]]\n[a]\nb.c = 1"), 3, 1, "'b' is defined already (line 1, column 5); a dotted key cannot add to it"},
    {TEXT("[a"), 1, 3, "found the end of the file in a header; '.' or ']' is accepted"},
    {TEXT("[a."), 1, 4, "found the end of the file; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("[]"), 1, 2, "found ']'; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("[[]]"), 1, 3, "found ']'; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("[[a]"), 1, 4, "found ']' in a header; '.' or ']]' is accepted"},
    {TEXT("[a]]"), 1, 4, "found ']'; the line ends here, or a comment begins"},
    {TEXT("[ [a]]"), 1, 3, "found '['; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("[a] b = 1"), 1, 5, "found 'b'; the line ends here, or a comment begins"},
    {TEXT("[a.]"), 1, 4, "found ']'; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("[[a] ]"), 1, 4, "found ']' in a header; '.' or ']]' is accepted"},
    {TEXT("[a b]"), 1, 4, "found 'b' in a header; '.' or ']' is accepted"},
    {TEXT("a = [1 2]"), 1, 8, "found '2' in an array; ',' or ']' is accepted"},
    {TEXT("a = [1"), 1, 7, "found the end of the file in an array; ',' or ']' is accepted"},
    {TEXT("a = [,]"), 1, 6, "found ','; a value is accepted here: a string, number, boolean, date, time, array or inline table"},
    {TEXT("a = [1,,2]"), 1, 8, "found ','; a value is accepted here: a string, number, boolean, date, time, array or inline table"},
    {TEXT("a = [1, # x\000"), 1, 12, "found the control character U+0000; comments hold no control characters but tabs"},
    {TEXT("a = {b = 1,}"), 1, 12, "found '}'; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("a = {,}"), 1, 6, "found ','; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
    {TEXT("a = {b = 1 c = 2}"), 1, 12, "found 'c' in an inline table; ',' or '}' is accepted"},
    {TEXT("a = {b = 1\n}"), 1, 11, "found the end of the line in an inline table; ',' or '}' is accepted"},
    {TEXT("a = {b = 1"), 1, 11, "found the end of the file in an inline table; ',' or '}' is accepted"},
    {TEXT("a = {b = 1, b = 2}"), 1, 13, "'b' has a value already (line 1, column 6); a key is given once"},
    {TEXT("a = {b.c = 1, b = 2}"), 1, 15, "'b' is defined already (line 1, column 6); a key is given once"},
    {TEXT("a = {b}"), 1, 7, "found '}' after a key; '=' or '.' is accepted"},
    {TEXT("a = yes"), 1, 5, "found 'yes', which is no value; strings stand in quotes, booleans are true and false"},
    {TEXT("a = True"), 1, 5, "found 'True', which is no value; strings stand in quotes, booleans are true and false"},
    {TEXT("a = @"), 1, 5, "found '@'; a value is accepted here: a string, number, boolean, date, time, array or inline table"},
    {TEXT("a = ]"), 1, 5, "found ']'; a value is accepted here: a string, number, boolean, date, time, array or inline table"},
    {TEXT("a = +"), 1, 6, "'+' ends too early; a digit is accepted here"},
    {TEXT("a = 01"), 1, 5, "found '0' in '01'; a number has no leading zeros"},
    {TEXT("a = 1_"), 1, 7, "'1_' ends too early; an underscore stands between two digits"},
    {TEXT("a = _1"), 1, 5, "found '_1', which is no value; strings stand in quotes, booleans are true and false"},
    {TEXT("a = 1__2"), 1, 7, "found '_' in '1__2'; an underscore stands between two digits"},
    {TEXT("a = 1_.5"), 1, 7, "found '.' in '1_.5'; an underscore stands between two digits"},
    {TEXT("a = 1."), 1, 7, "'1.' ends too early; a digit follows the decimal point"},
    {TEXT("a = .5"), 1, 5, "found '.5', which is no value; strings stand in quotes, booleans are true and false"},
    {TEXT("a = 1.e5"), 1, 7, "found 'e' in '1.e5'; a digit follows the decimal point"},
    {TEXT("a = 1e"), 1, 7, "'1e' ends too early; a digit is accepted in the exponent"},
    {TEXT("a = 1e+"), 1, 8, "'1e+' ends too early; a digit is accepted in the exponent"},
    {TEXT("a = 1e5."), 1, 8, "found '.' in '1e5.'; the number ends here"},
    {TEXT("a = +inf2"), 1, 6, "found 'i' in '+inf2'; a digit is accepted here"},
    {TEXT("a = 0x"), 1, 7, "'0x' ends too early; hexadecimal digits are accepted here"},
    {TEXT("a = 0xg"), 1, 7, "found 'g' in '0xg'; hexadecimal digits are accepted here"},
    {TEXT("a = -0x1"), 1, 5, "found '-' in '-0x1'; a number with a prefix has no sign"},
    {TEXT("a = 0b2"), 1, 7, "found '2' in '0b2'; binary digits are accepted here"},
    {TEXT("a = 0o8"), 1, 7, "found '8' in '0o8'; octal digits are accepted here"},
    {TEXT("a = 0X1"), 1, 6, "found 'X' in '0X1'; the number ends here"},
    {TEXT("a = 0x8000000000000000"), 1, 5, "found '0' in '0x8000000000000000'; integers are -9223372036854775808 to 9223372036854775807"},
    {TEXT("a = 9223372036854775808"), 1, 5, "found '9' in '9223372036854775808'; integers are -9223372036854775808 to 9223372036854775807"},
    {TEXT("a = -9223372036854775809"), 1, 5, "found '-' in '-9223372036854775809'; integers are -9223372036854775808 to 9223372036854775807"},
    {TEXT("a = 1979-13-01"), 1, 10, "found '1' in '1979-13-01'; the month is 01 to 12"},
    {TEXT("a = 1979-00-01"), 1, 10, "found '0' in '1979-00-01'; the month is 01 to 12"},
    {TEXT("a = 1979-02-29"), 1, 13, "found '2' in '1979-02-29'; the month has fewer days"},
    {TEXT("a = 1900-02-29"), 1, 13, "found '2' in '1900-02-29'; the month has fewer days"},
    {TEXT("a = 1979-04-31"), 1, 13, "found '3' in '1979-04-31'; the month has fewer days"},
    {TEXT("a = 1979-01-1"), 1, 14, "'1979-01-1' ends too early; the day is 01 to 31"},
    {TEXT("a = 1979-1-01"), 1, 11, "found '-' in '1979-1-01'; the month is 01 to 12"},
    {TEXT("a = 1979/01/01"), 1, 9, "found '/'; the line ends here, or a comment begins"},
    {TEXT("a = 1979-01-01T"), 1, 16, "'1979-01-01T' ends too early; the hour is 00 to 23"},
    {TEXT("a = 1979-01-01 24:00:00"), 1, 16, "found '2' in '1979-01-01 24:00:00'; the hour is 00 to 23"},
    {TEXT("a = 1979-01-01 1"), 1, 17, "'1979-01-01 1' ends too early; the hour is 00 to 23"},
    {TEXT("a = 1979-01-01T10:60:00"), 1, 19, "found '6' in '1979-01-01T10:60:00'; the minute is 00 to 59"},
    {TEXT("a = 1979-01-01T10:00:61"), 1, 22, "found '6' in '1979-01-01T10:00:61'; the second is 00 to 60"},
    {TEXT("a = 1979-01-01T10:00"), 1, 21, "'1979-01-01T10:00' ends too early; a time is HH:MM:SS"},
    {TEXT("a = 1979-01-01T10:00:00."), 1, 25, "'1979-01-01T10:00:00.' ends too early; digits of a second follow the point"},
    {TEXT("a = 1979-01-01T10:00:00.Z"), 1, 25, "found 'Z' in '1979-01-01T10:00:00.Z'; digits of a second follow the point"},
    {TEXT("a = 1979-01-01T10:00:00z5"), 1, 25, "found '5' in '1979-01-01T10:00:00z5'; the time ends here"},
    {TEXT("a = 1979-01-01T10:00:00+1:00"), 1, 26, "found ':' in '1979-01-01T10:00:00+1:00'; the hour is 00 to 23"},
    {TEXT("a = 1979-01-01T10:00:00+24:00"), 1, 25, "found '2' in '1979-01-01T10:00:00+24:00'; the hour is 00 to 23"},
    {TEXT("a = 1979-01-01T10:00:00+01"), 1, 27, "'1979-01-01T10:00:00+01' ends too early; an offset is +HH:MM or -HH:MM"},
    {TEXT("a = 1979-01-01T10:00:00+01:60"), 1, 28, "found '6' in '1979-01-01T10:00:00+01:60'; the minute is 00 to 59"},
    {TEXT("a = 1979-01-01x"), 1, 15, "found 'x' in '1979-01-01x'; T or a space separates date and time"},
    {TEXT("a = 10:00"), 1, 10, "'10:00' ends too early; a time is HH:MM:SS"},
    {TEXT("a = 10:00:00Z"), 1, 13, "found 'Z' in '10:00:00Z'; the time ends here"},
    {TEXT("a = 1:00:00"), 1, 6, "found ':' in '1:00:00'; the number ends here"},
    {TEXT("a = \"\\\\\n"), 1, 5, "this string is not closed; '\"' ends it on the same line"},
    {TEXT("\"bell\\u0007 and a key that is longer than what messages show\" = 1\n\"bell\\u0007 and a key that is longer than what messages show\" = 2"), 2, 1, "'bell? and a key that is longer than what message...' has a value already (line 1, column 1); a key is given once"},
    {TEXT("a = \"\303\251\" x"), 1, 9, "found 'x'; the line ends here, or a comment begins"},
    {TEXT("\357\273\277\357\273\277a = 1"), 1, 1, "found '\357\273\277'; a key is accepted here: letters, digits, '_' and '-', or a quoted string"},
};

/* Siblings of the refusals above. */
static const struct {
	const char *text;
	size_t size;
} accepted[] = {
    {TEXT("")},
    {TEXT("\n\r\n \t\n")},
    {TEXT("# only a comment")},
    {TEXT("# a comment with \t and \303\251\r\n")},
    {TEXT("\357\273\277a = 1")},
    {TEXT("a = 1 # comment")},
    {TEXT("a . b = 1\na.c = 2")},
    {TEXT("\"\303\251\" = 1\n'' = 2\n\"a.b\" = 3\n1 = 4\n-_- = 5")},
    {TEXT("[a]\n[a.b]\n[c]")},
    {TEXT("[a.b]\n[a]\nc = 1")},
    {TEXT("[a]\nb.c = 1\n[a.b.d]")},
    {TEXT("[a.b.c]\n[a]\nb.d = 1")},
    {TEXT("[[a]]\n[[a]]\n[a.b]\n[[a]]\n[a.b]")},
    {TEXT("[[a]]\n[[a.b]]\n[[a.b]]")},
    {TEXT("[ a . \"b\" ]\n[[ c ]]")},
    {TEXT("a = [ # one\n1, # two\n\n2\n,\n]")},
    {TEXT("a = [1, 'b', [2], {c = 3}]")},
    {TEXT("a = {}\nb = { }\nc = {d.e = 1, d.f = 2}")},
    {TEXT("a = {b = [\n1\n]}")},
    {TEXT("a = \"\"\"\"\"\"\nb = ''''''\nc = ''''''''")},
    {TEXT("a = 0\nb = +0\nc = -0\nd = 0.0\ne = 0e0\nf = 1_000")},
    {TEXT("a = 0x7fffffffffffffff\nb = 0o777\nc = 0b1_0")},
    {TEXT("a = 2000-02-29\nb = 1996-02-29 10:00:60z\nc = 23:59:59.999999999")},
    {TEXT("true = true\nfalse = false\ninf = inf\nnan = -nan\n1979-05-27 = 1")},
};
/* clang-format on */

static struct toml_value *parse(const char *text)
{
	struct toml_value *root = NULL;
	struct toml_error error;

	if (!ok(toml_parse(text, strlen(text), &root, &error) == 0, "a text for values parses"))
		printf("# %u:%u: %s\n", error.position.line, error.position.column, error.message);
	return root;
}

static void test_refusals(void)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *refusal = &refusals[i];
		struct toml_value *root = NULL;
		struct toml_error error = {0};
		/* An exact copy, so that the sanitizer sees a read beyond the end. */
		char *copy = malloc(refusal->size);
		memcpy(copy, refusal->text, refusal->size);
		int result = toml_parse(copy, refusal->size, &root, &error);
		free(copy);
		if (ok(result == -EINVAL && root == NULL && error.position.line == refusal->line &&
			   error.position.column == refusal->column &&
			   strcmp(error.message, refusal->message) == 0,
		       "refused, case %zu: %s", i, refusal->message))
			continue;
		printf("# got %d, %u:%u: %s\n", result, error.position.line, error.position.column,
		       error.message);
		toml_free(root);
	}
}

static void test_accepted(void)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct toml_value *root = NULL;
		struct toml_error error = {0};
		char *copy = malloc(accepted[i].size + 1);
		memcpy(copy, accepted[i].text, accepted[i].size);
		int result = toml_parse(copy, accepted[i].size, &root, &error);
		free(copy);
		if (!ok(result == 0 && root != NULL && root->type == TOML_TABLE,
			"accepted, case %zu", i))
			printf("# %u:%u: %s\n", error.position.line, error.position.column,
			       error.message);
		toml_free(root);
	}
}

static void is_place(struct toml_position got, unsigned line, unsigned column, const char *what)
{
	if (!ok(got.line == line && got.column == column, "place of %s", what))
		printf("# got %u:%u, wanted %u:%u\n", got.line, got.column, line, column);
}

static void test_places(void)
{
	struct toml_value *root = parse("a = 1\n"
					"  \"\303\251\" . b =\t'x'\n"
					"[t . u]\n"
					"list = [1,\r\n"
					"   {k = 2}]\n"
					"  [[aot]]\n"
					"[[aot]]\n"
					"[t]\n");
	const struct toml_entry *entries = root->as.table.entries;
	const struct toml_entry *dotted = &entries[1].value->as.table.entries[0];
	const struct toml_value *list = toml_get(toml_get(toml_get(root, "t"), "u"), "list");
	const struct toml_value *aot = toml_get(root, "aot");

	is_int((long long)root->as.table.count, 4, "entries stand in the order of the file");
	is_place(entries[0].position, 1, 1, "a key");
	is_place(entries[0].value->position, 1, 5, "a value");
	is_place(entries[1].position, 2, 3, "the first part of a dotted key");
	is_place(dotted->position, 2, 9, "its last part, columns counting characters");
	is_place(dotted->value->position, 2, 13, "its value, a tab being one column");
	is_place(toml_get(toml_get(root, "t"), "u")->position, 3, 1, "a [table]: its header");
	is_place(list->position, 4, 8, "an array");
	is_place(list->as.array.items[1]->position, 5, 4, "an inline table in it");
	is_place(toml_get(list->as.array.items[1], "k")->position, 5, 9, "a value in that");
	is_place(aot->position, 6, 3, "an array of tables: its first header");
	is_place(aot->as.array.items[1]->position, 7, 1, "its second table: the second header");
	is_place(toml_get(root, "t")->position, 8, 1, "a table whose header came late");
	toml_free(root);
}

static void test_strings(void)
{
	struct toml_value *root = parse("a = \"\\b\\t\\n\\f\\r\\\"\\\\\\u00e9\\U0001F600\"\n"
					"b = '\\n'\n"
					"c = \"\"\"\n one \\\n\n   two\r\n\"\"three\"\"\"\"\"\n"
					"d = '''\r\n'one''\n'''\n"
					"e = \"x\\u0000y\"\n"
					"\"k\\u0000\" = 1\n");

	is_str(toml_get(root, "a")->as.string.bytes, "\b\t\n\f\r\"\\\303\251\360\237\230\200",
	       "escapes");
	is_str(toml_get(root, "b")->as.string.bytes, "\\n", "a literal string has no escapes");
	is_str(toml_get(root, "c")->as.string.bytes, " one two\n\"\"three\"\"",
	       "multi-line: first newline, joined lines, CRLF and quotes before the end");
	is_str(toml_get(root, "d")->as.string.bytes, "'one''\n", "multi-line literal");
	const struct toml_value *e = toml_get(root, "e");
	ok(e->as.string.size == 3 && memcmp(e->as.string.bytes, "x\0y", 4) == 0,
	   "a string may hold NUL");
	ok(toml_get(root, "k") == NULL, "a key with NUL is not its prefix");
	const struct toml_entry *last = &root->as.table.entries[5];
	ok(last->key_size == 2 && memcmp(last->key, "k\0", 3) == 0, "a key may hold NUL");
	toml_free(root);
}

static void test_numbers(void)
{
	struct toml_value *root =
	    parse("a = -9223372036854775808\nb = 9223372036854775807\n"
		  "c = 0xDEAD_beef\nd = 0o755\ne = 0b1101\nf = -1_0.2_5e+0_1\n"
		  "g = -inf\nh = nan\ni = -0.0\nj = 1e400\nk = false\n");

	is_int(toml_get(root, "a")->as.integer, INT64_MIN, "the least integer");
	is_int(toml_get(root, "b")->as.integer, INT64_MAX, "the greatest integer");
	is_int(toml_get(root, "c")->as.integer, 0xdeadbeef, "hexadecimal");
	is_int(toml_get(root, "d")->as.integer, 0755, "octal");
	is_int(toml_get(root, "e")->as.integer, 13, "binary");
	ok(toml_get(root, "f")->type == TOML_FLOAT && toml_get(root, "f")->as.real == -102.5,
	   "a float with everything");
	ok(isinf(toml_get(root, "g")->as.real) && toml_get(root, "g")->as.real < 0, "-inf");
	ok(isnan(toml_get(root, "h")->as.real), "nan");
	ok(signbit(toml_get(root, "i")->as.real) != 0, "-0.0 keeps its sign");
	ok(isinf(toml_get(root, "j")->as.real), "1e400 rounds to infinity, as IEEE 754 has it");
	ok(toml_get(root, "k")->type == TOML_BOOL && !toml_get(root, "k")->as.boolean, "false");
	toml_free(root);
}

static void test_datetimes(void)
{
	struct toml_value *root =
	    parse("a = 1979-05-27 07:32:01.5000000019-07:30\nb = 1979-05-27t07:32:01z\n"
		  "c = 1979-05-27T00:00:00.25\nd = 1979-05-27 # date\ne = 07:32:00\n");
	const struct toml_datetime *a = &toml_get(root, "a")->as.datetime;

	is_int(toml_get(root, "a")->type, TOML_OFFSET_DATETIME, "date and time with offset");
	ok(a->year == 1979 && a->month == 5 && a->day == 27 && a->hour == 7 && a->minute == 32 &&
	       a->second == 1,
	   "its fields");
	is_int(a->nanosecond, 500000001, "a fraction is cut at nanoseconds");
	is_int(a->fraction_digits, 9, "and so are its digits");
	is_int(a->offset_minutes, -450, "its offset");
	ok(!a->is_utc_z, "an offset is not Z");
	ok(toml_get(root, "b")->as.datetime.is_utc_z, "Z in lower case");
	is_int(toml_get(root, "c")->type, TOML_LOCAL_DATETIME, "local date and time");
	is_int(toml_get(root, "c")->as.datetime.fraction_digits, 2, "digits as written");
	is_int(toml_get(root, "d")->type, TOML_LOCAL_DATE, "a date, and a blank behind it");
	is_int(toml_get(root, "e")->type, TOML_LOCAL_TIME, "a time");
	toml_free(root);
}

/* 64 levels are accepted, 65 are not, in each way of nesting. A plain value is no level. */
static void test_depth(void)
{
	static const struct {
		const char *what, *open, *middle, *close;
		int levels_more; /* in middle */
	} ways[] = {
	    {"arrays", "[", "1", "]", 0},
	    {"inline tables", "{a=", "1", "}", 0},
	    {"a dotted key", "a.", "a = 1", "", 0},
	    {"a header", "a.", "a]", "", 1},
	};

	for (size_t way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
		for (int repeats = 62; repeats <= 66; repeats++) {
			char text[1000];
			struct toml_value *root = NULL;
			struct toml_error error;
			int levels = repeats + ways[way].levels_more;

			strcpy(text, way < 2 ? "x = " : way == 3 ? "[" : "");
			for (int i = 0; i < repeats; i++)
				strcat(text, ways[way].open);
			strcat(text, ways[way].middle);
			for (int i = 0; i < repeats; i++)
				strcat(text, ways[way].close);
			int result = toml_parse(text, strlen(text), &root, &error);
			ok((result == 0) == (levels <= 64), "%s, %d deep", ways[way].what, levels);
			if (result < 0)
				is_str(error.message,
				       "nested too deep; at most 64 levels are accepted",
				       "and the limit is said");
			toml_free(root);
		}
	}
}

int main(void)
{
	test_refusals();
	test_accepted();
	test_places();
	test_strings();
	test_numbers();
	test_datetimes();
	test_depth();
	ok(toml_get(NULL, "a") == NULL, "nothing holds no key");
	is_str(toml_type_name(TOML_INTEGER), "an integer", "types have names");
	is_str(toml_type_name((enum toml_type)99), "a value", "and so has what is none");
	toml_free(NULL);
	return done();
}
