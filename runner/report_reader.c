/* SPDX-License-Identifier: Apache-2.0 */
/* report_reader.c: report lines of a guest into events. Pure, fuzzed (tests/fuzz/fuzz_report.c). */
#include "report_reader.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "json.h"

/* The text of a nested line is kept as it came. init/report.h fixes the shape around it. */
#define NESTED_HEAD "{\"pith\":1,\"event\":\"runner\",\"line\":"

static void copy_text_to(char *to, size_t room, const char *from, size_t size)
{
	if (size > room - 1)
		size = room - 1;
	for (size_t i = 0; i < size; i++)
		to[i] = (unsigned char)from[i] < 0x20 || from[i] == 0x7f ? ' ' : from[i];
	to[size] = '\0';
}

static void copy_text(char *to, const char *from, size_t size)
{
	copy_text_to(to, REPORT_TEXT_MAX, from, size);
}

/* Copy the string member KEY of OBJECT to EVENT's text; false when there is none. */
static bool take_text(struct report_event *event, const struct json_value *object, const char *key)
{
	const char *text = json_get_string(object, key);

	if (text == NULL)
		return false;
	copy_text(event->text, text, strlen(text));
	return true;
}

static bool take_us(struct report_event *event, const struct json_value *object)
{
	int64_t us = json_get_integer(object, "us", -1);

	event->us = (uint64_t)us;
	return us >= 0;
}

static bool read_hello(struct report_event *event, const struct json_value *object)
{
	return take_text(event, object, "kernel");
}

static bool read_stage(struct report_event *event, const struct json_value *object)
{
	return take_text(event, object, "stage") && take_us(event, object);
}

static bool read_digest(struct report_event *event, const struct json_value *object)
{
	const struct json_value *verified = json_get(object, "verified");
	int64_t bytes = json_get_integer(object, "bytes", -1);

	if (verified == NULL || verified->type != JSON_BOOL || bytes < 0)
		return false;
	event->verified = verified->boolean;
	event->bytes = (uint64_t)bytes;
	return take_text(event, object, "value");
}

static bool read_warning(struct report_event *event, const struct json_value *object)
{
	return take_text(event, object, "message");
}

static bool read_bytes(struct report_event *event, const struct json_value *object)
{
	int64_t out = json_get_integer(object, "stdout", -1);
	int64_t err = json_get_integer(object, "stderr", -1);

	event->stdout_bytes = (uint64_t)out;
	event->stderr_bytes = (uint64_t)err;
	return out >= 0 && err >= 0;
}

static bool read_input(struct report_event *event, const struct json_value *object)
{
	int64_t taken = json_get_integer(object, "taken", -1);

	event->bytes = (uint64_t)taken;
	return taken >= 0;
}

static bool read_member(char *to, size_t room, const struct json_value *object, const char *key)
{
	const char *text = json_get_string(object, key);

	if (text != NULL)
		copy_text_to(to, room, text, strlen(text));
	return text != NULL;
}

static bool read_measure(struct report_event *event, const struct json_value *object)
{
	return read_member(event->measure, sizeof(event->measure), object, "measure") &&
	       read_member(event->pcr11, sizeof(event->pcr11), object, "pcr11");
}

static bool read_task(struct report_event *event, const struct json_value *object)
{
	struct report_task *task = &event->task;
	int64_t pid = json_get_integer(object, "pid", -1);
	int64_t process = json_get_integer(object, "process", -1);

	if (pid < 1 || pid > INT_MAX || process < 1 || process > INT_MAX)
		return false;
	task->pid = (int)pid;
	task->process = (int)process;
	return read_member(task->name, sizeof(task->name), object, "name") &&
	       read_member(task->state, sizeof(task->state), object, "state") &&
	       read_member(task->wait, sizeof(task->wait), object, "wait") &&
	       read_member(task->stack, sizeof(task->stack), object, "stack");
}

static bool read_tasks_end(struct report_event *event, const struct json_value *object)
{
	int64_t left_out = json_get_integer(object, "left_out", -1);

	event->left_out = (uint64_t)left_out;
	return left_out >= 0;
}

/* Fields that do not belong to the kind of outcome must be zero, so that outcome_exit_code never
 * has to guess. */
static bool read_outcome(struct report_event *event, const struct json_value *object)
{
	const char *name = json_get_string(object, "outcome");
	const char *message = json_get_string(object, "message");
	int64_t code = json_get_integer(object, "code", -1);
	int64_t signal = json_get_integer(object, "signal", -1);
	enum outcome_kind kind = name == NULL ? OUTCOME_NONE : outcome_from_name(name);

	if (kind == OUTCOME_NONE || code < 0 || code > 255 || signal < 0 || signal > 127 ||
	    !take_us(event, object))
		return false;
	outcome_set(&event->outcome, kind, (int)code, (int)signal, "%s",
		    message == NULL ? "" : message);
	return true;
}

static const struct {
	const char *name;
	enum report_kind kind;
	bool (*read)(struct report_event *event, const struct json_value *object);
} report_events[] = {
    {"hello", REPORT_HELLO, read_hello},         {"stage", REPORT_STAGE, read_stage},
    {"digest", REPORT_DIGEST, read_digest},      {"measure", REPORT_MEASURE, read_measure},
    {"warning", REPORT_WARNING, read_warning},   {"drain", REPORT_DRAIN, read_bytes},
    {"outcome", REPORT_OUTCOME, read_outcome},   {"task", REPORT_TASK, read_task},
    {"tasks", REPORT_TASKS_END, read_tasks_end}, {"done", REPORT_DONE, read_bytes},
    {"input", REPORT_INPUT, read_input},
};

static bool read_nested(struct report_event *event, const char *line, size_t size)
{
	const size_t head = sizeof(NESTED_HEAD) - 1;
	struct json_value *value;

	if (size <= head + 1 || memcmp(line, NESTED_HEAD, head) != 0)
		return false;
	event->nested = line + head;
	event->nested_size = size - head - 1;
	if (json_parse(event->nested, event->nested_size, &value) != 0)
		return false;
	bool is_object = value->type == JSON_OBJECT;
	json_free(value);
	event->kind = REPORT_RUNNER;
	return is_object;
}

/* Returns 1 with EVENT filled, 0 for a line in form that says nothing to us, -EINVAL else. */
static int read_line(const char *line, size_t size, struct report_event *event)
{
	struct json_value *object;
	int result = 0;

	if (json_parse(line, size, &object) != 0)
		return -EINVAL;
	const char *name = json_get_string(object, "event");
	if (json_get_integer(object, "pith", 0) != 1 || name == NULL) {
		result = -EINVAL;
	} else if (strcmp(name, "runner") == 0) {
		result = read_nested(event, line, size) ? 1 : -EINVAL;
	} else {
		for (size_t i = 0; i < sizeof(report_events) / sizeof(report_events[0]); i++) {
			if (strcmp(name, report_events[i].name) != 0)
				continue;
			event->kind = report_events[i].kind;
			result = report_events[i].read(event, object) ? 1 : -EINVAL;
		}
	}
	json_free(object);
	return result;
}

static void take_line(void *context, const char *line, size_t size, bool cut)
{
	struct report_reader *reader = context;
	struct report_event event = {0};

	if (size == 0 && !cut)
		return;
	int result = cut ? -EINVAL : read_line(line, size, &event);
	if (result < 0) {
		if (reader->lines_malformed++ > 0)
			return;
		event = (struct report_event){.kind = REPORT_MALFORMED};
		copy_text(event.text, line, size < 80 ? size : 80);
	} else {
		reader->lines_good++;
		if (result == 0)
			return;
	}
	if (event.kind == REPORT_OUTCOME) {
		if (reader->has_outcome)
			return;
		reader->has_outcome = true;
	}
	reader->handler(reader->context, &event);
}

void report_reader_init(struct report_reader *reader, report_handler *handler, void *context)
{
	*reader = (struct report_reader){.handler = handler, .context = context};
	/* A line is at most REPORT_LINE_MAX bytes with its newline. */
	reader->lines = (struct lines){.bytes = reader->buffer, .room = REPORT_LINE_MAX - 1};
}

void report_reader_feed(struct report_reader *reader, const char *bytes, size_t size)
{
	lines_feed(&reader->lines, bytes, size, take_line, reader);
}

bool report_reader_console_line(struct report_reader *reader, const char *nonce, const char *line,
				size_t size)
{
	const size_t mark = sizeof(REPORT_CONSOLE_MARK) - 1, nonce_size = strlen(nonce);

	if (size < mark + nonce_size + 1 || memcmp(line, REPORT_CONSOLE_MARK, mark) != 0 ||
	    memcmp(line + mark, nonce, nonce_size) != 0 || line[mark + nonce_size] != ':')
		return false;
	size_t head = mark + nonce_size + 1;
	take_line(reader, line + head, size - head, size - head >= REPORT_LINE_MAX);
	return true;
}
