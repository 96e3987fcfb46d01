/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of the result channel: escaped, valid UTF-8, bounded, whole whatever goes in. */
#include "../../init/report_line.h"

#include "../tap.h"

static struct report_line line;
static char text[REPORT_LINE_MAX + 1];

static const char *ended(void)
{
	report_line_end(&line);
	memcpy(text, line.text, line.size);
	text[line.size] = '\0';
	return text;
}

static void text_becomes(const char *value, const char *escaped, const char *what)
{
	char wanted[256];

	report_line_begin(&line, "e");
	report_line_text(&line, "k", value);
	snprintf(wanted, sizeof(wanted), "{\"pith\":1,\"event\":\"e\",\"k\":\"%s\"}\n", escaped);
	is_str(ended(), wanted, what);
}

/* Fill a line up to ROOM_LEFT bytes before its limit. */
static void fill(size_t room_left)
{
	static char filler[REPORT_LINE_MAX];

	memset(filler, 'x', sizeof(filler));
	report_line_begin(&line, "e");
	filler[sizeof(filler) - line.size - 8 - room_left] = '\0'; /* ,"f":"" and the end are 8+2 */
	report_line_text(&line, "f", filler);
}

static void test_objects(void)
{
	static const char *const objects[] = {"{}", "{\"a\":[1,{\"b\":\"}]\"}],\"c\":\"\\\"}\"}",
					      "{\"\xc3\xa4\":\"\xe2\x82\xac\"}", "{\"a\":\"\\\\\"}",
					      NULL};
	static const char *const others[] = {"",
					     "{",
					     "}",
					     "[]",
					     "x{}",
					     "{}x",
					     "{} ",
					     "{}{}",
					     "{},\"event\":{}",
					     "{\"a\":\"}",
					     "{\"a\":\"\\\"}",
					     "{\"a\":[}]}",
					     "{\"a\":]}",
					     "{\"a\":{}",
					     "{\n}",
					     "{\"\x7f\"}",
					     "{\"\xff\"}",
					     "{\"\xc3\"}",
					     "{\"a\":\"\\\xc3\xa4\"}",
					     "{\"a\":\"\\\x80\"}",
					     "{\"a\":\"\\\x7f\"}",
					     NULL};
	char deep[80] = "";

	for (int i = 0; objects[i] != NULL; i++)
		ok(report_line_is_object(objects[i], strlen(objects[i])), "object: %s", objects[i]);
	for (int i = 0; others[i] != NULL; i++)
		ok(!report_line_is_object(others[i], strlen(others[i])), "no object, number %d", i);
	ok(!report_line_is_object("{\0}", 3), "a NUL byte within");
	memset(deep, '{', 32);
	memset(deep + 32, '}', 32);
	ok(report_line_is_object(deep, 64), "32 levels");
	memset(deep, '{', 33);
	memset(deep + 33, '}', 33);
	ok(!report_line_is_object(deep, 66), "33 levels");
}

int main(void)
{
	test_objects();

	report_line_begin(&line, "outcome");
	report_line_text(&line, "outcome", "app-exit");
	report_line_number(&line, "code", 7);
	report_line_number(&line, "us", INT64_MIN);
	report_line_bool(&line, "yes", true);
	report_line_bool(&line, "no", false);
	report_line_json(&line, "line", "{\"a\":1}", 7);
	is_str(ended(),
	       "{\"pith\":1,\"event\":\"outcome\",\"outcome\":\"app-exit\",\"code\":7,"
	       "\"us\":-9223372036854775808,\"yes\":true,\"no\":false,\"line\":{\"a\":1}}\n",
	       "a whole line");

	text_becomes("", "", "empty");
	text_becomes("a\"b\\c/", "a\\\"b\\\\c/", "quote and backslash");
	text_becomes("\n\t\x01\x1f\x7f", "\\u000a\\u0009\\u0001\\u001f\\u007f", "controls");
	text_becomes("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		     "UTF-8 stays");
	text_becomes("\xff"
		     "a",
		     "\xef\xbf\xbd"
		     "a",
		     "a byte that is none");
	text_becomes("\xc3", "\xef\xbf\xbd", "cut short");
	text_becomes("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd", "cut short after two");
	text_becomes("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "overlong");
	text_becomes("\xe0\x80\xaf", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "overlong in three");
	text_becomes("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "a surrogate");
	text_becomes("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		     "beyond U+10FFFF");

	/* Every amount of room from nothing to plenty, with text that wants 1, 2, 3 and 6 bytes. */
	static const char *const values[] = {"abcdefgh", "\"\"\"\"", "\xe2\x82\xac\xe2\x82\xac",
					     "\x01\x01", ""};
	bool bounded = true, whole = true;
	for (size_t room = 0; room < 40; room++)
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			fill(room);
			report_line_text(&line, "key", values[i]);
			report_line_number(&line, "n", 12345);
			ended();
			bounded = bounded && line.size <= REPORT_LINE_MAX;
			/* a whole object: quotes pair up outside escapes, and it ends in one brace
			 */
			size_t quotes = 0, depth = 0;
			for (const char *p = text; *p != '\0'; p++) {
				if (*p == '\\')
					p++;
				else if (*p == '"')
					quotes++;
				depth += *p == '{';
			}
			whole = whole && quotes % 2 == 0 && depth == 1 &&
				strcmp(text + line.size - 2, "}\n") == 0 &&
				(text[line.size - 3] == '"' || text[line.size - 3] == '5');
		}
	ok(bounded, "no line is longer than its limit");
	ok(whole, "a line that is cut is a whole object");
	fill(0);
	size_t before = line.size;
	report_line_number(&line, "n", 1);
	report_line_json(&line, "j", "{}", 2);
	is_int((long long)line.size, (long long)before, "what does not fit is left out whole");
	is_int((long long)strlen(ended()), REPORT_LINE_MAX, "a full line is as long as the limit");
	return done();
}
