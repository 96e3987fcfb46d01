/* SPDX-License-Identifier: Apache-2.0 */
/* The autopsy: what QEMU is asked, what its answers and the guest's tasks become, within bounds. */
#include <stdlib.h>

#include "../../runner/autopsy.h"
#include "../tap.h"

static struct qmp qmp;
static struct autopsy autopsy;
static char sent[2048];

static void take(void *context, const struct qmp_event *event)
{
	(void)context;
	(void)autopsy_take_answer(&autopsy, event);
}

static void send_bytes(void *context, const char *bytes, size_t size)
{
	(void)context;
	snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%.*s", (int)size, bytes);
}

static void feed(const char *text)
{
	qmp_feed(&qmp, text, strlen(text));
}

static void begin(void)
{
	autopsy_free(&autopsy);
	memset(&autopsy, 0, sizeof(autopsy));
	sent[0] = '\0';
	qmp_init(&qmp, take, send_bytes, NULL);
	feed("{\"QMP\": {}}\r\n{\"return\": {}}\r\n");
	sent[0] = '\0';
}

static char *written(const struct console *console)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	autopsy_write(&autopsy, console, out);
	fclose(out);
	return text;
}

static void test_questions(void)
{
	qmp_init(&qmp, take, send_bytes, NULL);
	ok(!autopsy_begin(&autopsy, &qmp, 1) && sent[0] == '\0',
	   "nobody is asked before the handshake");
	begin();
	ok(autopsy_begin(&autopsy, &qmp, 2), "QEMU is asked");
	ok(strstr(sent, "query-status") != NULL && strstr(sent, "\"stop\"") != NULL,
	   "... for its state, then to stop");
	ok(strstr(sent, "\"cpu-index\":1}") != NULL && strstr(sent, "\"cpu-index\":2}") == NULL,
	   "... for each processor's registers");
	begin();
	autopsy_begin(&autopsy, &qmp, 1000);
	ok(strstr(sent, "\"cpu-index\":7}") != NULL && strstr(sent, "\"cpu-index\":8}") == NULL,
	   "... of eight at the most");
}

static void test_answers(void)
{
	static struct console console;
	char *long_answer = malloc(QMP_LINE_MAX), *text;

	begin();
	autopsy_begin(&autopsy, &qmp, 2);
	feed("{\"return\": {\"running\": true, \"status\": \"running\"}, \"id\": 100}\r\n");
	ok(autopsy.was_running && strcmp(autopsy.state, "running") == 0, "it ran");
	feed("{\"return\": {}, \"id\": 101}\r\n");
	feed("{\"return\": \"\\r\\nCPU#0\\r\\nRIP=1\\u001b[0m\\r\\n\", \"id\": 102}\r\n");
	ok(!autopsy_machine_is_done(&autopsy), "one answer is missing");
	feed("{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": 103}\r\n");
	ok(autopsy_is_done(&autopsy), "an error is one");
	is_int((long long)autopsy.registers.count, 1, "one processor has told its registers");
	is_str(autopsy.registers.items[0], "CPU#0\nRIP=1[0m", "... printable, in lines");
	feed("{\"return\": {}, \"id\": 101}\r\n");
	feed("{\"return\": \"RIP=2\", \"id\": 102}\r\n");
	ok(autopsy_is_done(&autopsy) && autopsy.registers.count == 1,
	   "an answer too many is nothing");
	autopsy.guest_asked = true;
	ok(!autopsy_is_done(&autopsy), "the guest is awaited");
	struct report_event event = {.kind = REPORT_TASK,
				     .task = {.pid = 5, .process = 5, .name = "x", .state = "D"}};
	for (int i = 0; i < TASKS_TOLD_MAX + 10; i++)
		autopsy_take_report(&autopsy, &event);
	is_int((long long)autopsy.task_count, TASKS_TOLD_MAX, "tasks are kept up to a number");
	event = (struct report_event){.kind = REPORT_TASKS_END, .left_out = 4};
	autopsy_take_report(&autopsy, &event);
	ok(autopsy_is_done(&autopsy) && autopsy.tasks_left_out == 4, "... until their end");
	console_init(&console);
	console_feed(&console, "a \"b\"\n", 6);
	text = written(&console);
	struct json_value *json = NULL;
	ok(json_parse(text, strlen(text), &json) == 0, "what is written is JSON");
	const struct json_value *lines = json_get(json, "console");
	ok(lines != NULL && lines->count == 1 && strcmp(lines->items[0].string, "a \"b\"") == 0,
	   "... with the console's lines");
	json_free(json);
	free(text);

	begin();
	feed("{\"return\": \"RIP=2\", \"id\": 102}\r\n");
	is_int((long long)autopsy.registers.count, 0, "... nor is one to no question");

	begin();
	autopsy_begin(&autopsy, &qmp, 1);
	memset(long_answer, 'x', QMP_LINE_MAX);
	memcpy(long_answer, "{\"id\":102,\"return\":\"", 20);
	memcpy(long_answer + QMP_LINE_MAX - 100, "\"}\n", 4);
	feed(long_answer);
	is_int((long long)strlen(autopsy.registers.items[0]), AUTOPSY_REGISTERS_MAX - 1,
	       "registers are kept up to a size");
	free(long_answer);
}

int main(void)
{
	test_questions();
	test_answers();
	autopsy_free(&autopsy);
	return done();
}
