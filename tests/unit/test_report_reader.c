/* SPDX-License-Identifier: Apache-2.0 */
/* Report lines of a guest: what is in form is told, the first outcome counts, the rest is harmless.
 */
#include <stdlib.h>

#include "../../runner/console.h"
#include "../../runner/report_reader.h"
#include "../tap.h"

static struct report_event last;
static char last_nested[256];
static unsigned told;

static void take(void *context, const struct report_event *event)
{
	(void)context;
	last = *event;
	last_nested[0] = '\0';
	if (event->kind == REPORT_RUNNER)
		snprintf(last_nested, sizeof(last_nested), "%.*s", (int)event->nested_size,
			 event->nested);
	told++;
}

static struct report_reader reader;

/* A fresh reader fed with TEXT; how many events came. */
static unsigned feed(const char *text)
{
	told = 0;
	memset(&last, 0, sizeof(last));
	report_reader_init(&reader, take, NULL);
	report_reader_feed(&reader, text, strlen(text));
	return told;
}

static void malformed(const char *line)
{
	ok(feed(line) == 1 && last.kind == REPORT_MALFORMED && reader.lines_malformed == 1 &&
	       !reader.has_outcome,
	   "out of form: %.60s", line);
}

#define OUTCOME(name, code, signal)                                                                \
	"{\"pith\":1,\"event\":\"outcome\",\"outcome\":\"" name "\",\"code\":" code                \
	",\"signal\":" signal ",\"message\":\"m\",\"us\":5}\n"

static void test_forms(void)
{
	is_int(feed("{\"pith\":1,\"event\":\"hello\",\"version\":\"1\",\"arch\":\"x\","
		    "\"kernel\":\"6.1\"}\n"),
	       1, "hello is told");
	is_str(last.text, "6.1", "... with the kernel");
	feed("{\"pith\":1,\"event\":\"stage\",\"stage\":\"mounts\",\"us\":51234}\n");
	ok(last.kind == REPORT_STAGE && last.us == 51234, "stage has its time");
	is_str(last.text, "mounts", "... and its name");
	feed("{\"pith\":1,\"event\":\"digest\",\"algorithm\":\"sha256\",\"value\":\"ab\","
	     "\"bytes\":7,\"verified\":true}\n");
	ok(last.kind == REPORT_DIGEST && last.verified && last.bytes == 7, "digest");
	feed("{\"pith\":1,\"event\":\"warning\",\"message\":\"a\\u001b[0m\\nb\"}\r\n");
	is_str(last.text, "a [0m b", "no control characters reach a terminal");
	is_int(feed("{\"pith\":1,\"event\":\"news\",\"x\":1}\n"), 0,
	       "an unknown event is passed over");
	is_int(reader.lines_good, 1, "... and is in form");
	is_int(feed("\n\r\n"), 0, "empty lines are nothing");
	is_int(feed("{\"pith\":1,\"event\":\"stage\",\"stage\":\"app\",\"us\":1}"), 0,
	       "half a line is nothing yet");
}

static void test_bytes(void)
{
	feed("{\"pith\":1,\"event\":\"drain\",\"stdout\":5,\"stderr\":6}\n");
	ok(last.kind == REPORT_DRAIN && last.stdout_bytes == 5 && last.stderr_bytes == 6, "drain");
	feed("{\"pith\":1,\"event\":\"done\",\"stdout\":7,\"stderr\":8}\n");
	ok(last.kind == REPORT_DONE && last.stdout_bytes == 7 && last.stderr_bytes == 8, "done");
	malformed("{\"pith\":1,\"event\":\"done\"}\n");
	malformed("{\"pith\":1,\"event\":\"done\",\"stdout\":7}\n");
	malformed("{\"pith\":1,\"event\":\"done\",\"stdout\":-1,\"stderr\":8}\n");
	malformed("{\"pith\":1,\"event\":\"done\",\"stdout\":1,\"stderr\":\"8\"}\n");
}

static void test_tasks(void)
{
	feed("{\"pith\":1,\"event\":\"task\",\"pid\":7,\"process\":5,\"name\":\"a\\u001bb\","
	     "\"state\":"
	     "\"D\",\"wait\":\"w\",\"stack\":\"f+0x1 g\"}\n");
	ok(last.kind == REPORT_TASK && last.task.pid == 7 && last.task.process == 5, "a task");
	is_str(last.task.name, "a b", "... its name, printable");
	is_str(last.task.stack, "f+0x1 g", "... and stack");
	feed("{\"pith\":1,\"event\":\"tasks\",\"told\":2,\"left_out\":3}\n");
	ok(last.kind == REPORT_TASKS_END && last.left_out == 3, "the end of the tasks");
	malformed(
	    "{\"pith\":1,\"event\":\"task\",\"pid\":0,\"process\":5,\"name\":\"\",\"state\":\"D\","
	    "\"wait\":\"\",\"stack\":\"\"}\n");
	malformed(
	    "{\"pith\":1,\"event\":\"task\",\"pid\":1,\"process\":5,\"name\":\"\",\"state\":\"D\","
	    "\"wait\":\"\"}\n");
	malformed("{\"pith\":1,\"event\":\"tasks\",\"told\":2,\"left_out\":-3}\n");
}

static void test_outcomes(void)
{
	is_int(feed(OUTCOME("app-exit", "7", "0") OUTCOME("app-exit", "0", "0")), 1,
	       "only the first outcome is told");
	is_int(last.outcome.code, 7, "... with its code");
	is_int(feed("garbage\n" OUTCOME("app-signal", "0", "11")), 2,
	       "a line out of form does not hide the outcome");
	is_int(outcome_exit_code(&last.outcome), 139, "... which is a signal");
	malformed(OUTCOME("app-exit", "256", "0"));
	malformed(OUTCOME("app-exit", "-1", "0"));
	malformed(OUTCOME("app-exit", "0.0", "0"));
	malformed(OUTCOME("app-exit", "\"0\"", "0"));
	malformed(OUTCOME("app-signal", "0", "128"));
	malformed(OUTCOME("success", "0", "0"));
	malformed(OUTCOME("none", "0", "0"));
	malformed("{\"pith\":1,\"event\":\"outcome\",\"outcome\":\"app-exit\"}\n");
	malformed("{\"pith\":1,\"event\":\"outcome\",\"code\":0,\"signal\":0,\"us\":1}\n");
	malformed("{\"pith\":2,\"event\":\"outcome\",\"outcome\":\"app-exit\",\"code\":0,"
		  "\"signal\":0,\"us\":1}\n");
	malformed("{\"event\":\"hello\",\"kernel\":\"x\"}\n");
	malformed("{\"pith\":1,\"event\":\"stage\",\"stage\":\"app\"}\n");
	malformed("[]\n");
	malformed("{\"pith\":1,\"event\":\"hello\",\"kernel\":\"x\"} x\n");
}

static void test_input(void)
{
	is_int(feed("{\"pith\":1,\"event\":\"input\",\"taken\":4096}\n"), 1,
	       "input that was taken");
	ok(last.kind == REPORT_INPUT && last.bytes == 4096, "... and how much");
	malformed("{\"pith\":1,\"event\":\"input\",\"taken\":-1}\n");
	malformed("{\"pith\":1,\"event\":\"input\"}\n");
}

static void test_nested(void)
{
	feed("{\"pith\":1,\"event\":\"runner\",\"line\":{\"event\":\"a\",\"x\":[1,{}]}}\n");
	is_str(last_nested, "{\"event\":\"a\",\"x\":[1,{}]}", "a nested line keeps its text");
	malformed("{\"pith\":1,\"event\":\"runner\",\"line\":7}\n");
	malformed("{\"pith\":1,\"event\":\"runner\",\"line\":{},\"more\":{}}\n");
	malformed("{\"pith\":1,\"event\":\"runner\"}\n");
}

static void test_limits(void)
{
	const char *hello = "{\"pith\":1,\"event\":\"hello\",\"kernel\":\"x\"}";
	char *line = malloc(REPORT_LINE_MAX + 100);

	memset(line, ' ', REPORT_LINE_MAX + 100);
	memcpy(line, hello, strlen(hello));
	strcpy(line + REPORT_LINE_MAX - 1, "\n");
	is_int(feed(line), 1, "a line of the longest length");
	is_int(last.kind, REPORT_HELLO, "... is read");
	line[REPORT_LINE_MAX - 1] = ' ';
	strcpy(line + REPORT_LINE_MAX, "\n");
	malformed(line);
	report_reader_feed(&reader, OUTCOME("app-exit", "3", "0"),
			   strlen(OUTCOME("app-exit", "3", "0")));
	ok(reader.has_outcome, "the line after one that is too long is read");
	free(line);

	report_reader_init(&reader, take, NULL);
	const char *bytes = OUTCOME("app-exit", "4", "0");
	for (const char *p = bytes; *p != '\0'; p++)
		report_reader_feed(&reader, p, 1);
	ok(reader.has_outcome && last.outcome.code == 4, "bytes may come one by one");
}

static void test_console(void)
{
	static struct console console;

	report_reader_init(&reader, take, NULL);
	console_init(&console);
	console.reader = &reader;
	console.nonce = "abc";
	told = 0;
	const char *text =
	    "pith-report:abd:" OUTCOME("app-exit", "0", "0") "x pith-report:abc:" OUTCOME(
		"app-exit", "0", "0") "pith-report:abc" OUTCOME("app-exit", "0", "0");
	console_feed(&console, text, strlen(text));
	is_int(told, 0, "without mark and nonce at its beginning a line is no report");
	text = "pith-report:abc:" OUTCOME("app-exit", "9", "0");
	console_feed(&console, text, strlen(text));
	ok(told == 1 && last.outcome.code == 9, "with them it is");
	is_int((long long)console_kept(&console), 3, "what is no report is kept");

	console_init(&console);
	for (int i = 0; i < 100; i++) {
		char line[64];
		snprintf(line, sizeof(line), "line \x1b[1;31m%d\x1b[0m\r\n", i);
		console_feed(&console, line, strlen(line));
	}
	is_int((long long)console_kept(&console), CONSOLE_KEPT_LINES, "so many lines are kept");
	is_str(console_line(&console, CONSOLE_KEPT_LINES - 1), "line 99", "... the last ones");
	is_str(console_line(&console, 0), "line 40", "... in order, without escape sequences");
	is_str(console.panic, "", "no panic yet");
	text = "[    1.5] Kernel panic - not syncing: half";
	console_feed(&console, text, strlen(text));
	is_str(console.panic, "", "half a line is nothing yet");
	console_end(&console);
	is_str(console.panic, "Kernel panic - not syncing: half", "... until the end");
	console_init(&console);
	text =
	    "[ 1.5] Kernel panic - not syncing: Attempted to kill init!\n[ 2] Kernel panic - x\n";
	console_feed(&console, text, strlen(text));
	is_str(console.panic, "Kernel panic - not syncing: Attempted to kill init!",
	       "the first panic is seen");
}

int main(void)
{
	test_forms();
	test_bytes();
	test_tasks();
	test_outcomes();
	test_input();
	test_nested();
	test_limits();
	test_console();
	return done();
}
