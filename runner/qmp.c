/* SPDX-License-Identifier: Apache-2.0 */
/* qmp.c: QEMU's machine protocol. Pure. */
#include "qmp.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	enum qmp_kind kind;
} qmp_events[] = {
    {"SHUTDOWN", QMP_SHUTDOWN}, {"GUEST_PANICKED", QMP_PANICKED}, {"RESET", QMP_RESET},
    {"STOP", QMP_STOPPED},      {"RESUME", QMP_RESUMED},          {"MIGRATION", QMP_MIGRATED},
};

static void tell(struct qmp *qmp, enum qmp_kind kind, const char *text)
{
	struct qmp_event event = {.kind = kind};

	if (text != NULL)
		snprintf(event.text, sizeof(event.text), "%s", text);
	qmp->handler(qmp->context, &event);
}

static void send_command(struct qmp *qmp, const char *name)
{
	char line[128];
	int size = snprintf(line, sizeof(line), "{\"execute\":\"%s\"}\r\n", name);

	qmp->send(qmp->context, line, (size_t)size);
}

/* 0: a command whose answer nobody awaits. */
static unsigned read_id(const struct json_value *object)
{
	int64_t id = json_get_integer(object, "id", 0);

	return id > 0 && id <= UINT_MAX ? (unsigned)id : 0;
}

static void take_version(struct qmp *qmp, const struct json_value *greeting)
{
	const struct json_value *version = json_get(greeting, "version");
	int64_t major = json_get_integer(json_get(version, "qemu"), "major", 0);

	qmp->major = major > 0 && major < UINT_MAX ? (unsigned)major : 0;
}

/* The answer to qmp_capabilities is the first one there is: from then on commands are taken. */
static void handle_return(struct qmp *qmp, const struct json_value *object)
{
	if (qmp->ready) {
		struct qmp_event event = {
		    .kind = QMP_ANSWER, .id = read_id(object), .value = json_get(object, "return")};
		if (event.id != 0)
			qmp->handler(qmp->context, &event);
		return;
	}
	qmp->ready = true;
	tell(qmp, QMP_READY, NULL);
	if (qmp->waiting != NULL)
		send_command(qmp, qmp->waiting);
	qmp->waiting = NULL;
}

static void handle_error(struct qmp *qmp, const struct json_value *object)
{
	const struct json_value *error = json_get(object, "error");
	const char *text = json_get_string(error, "desc");
	struct qmp_event event = {.kind = error != NULL ? QMP_ERROR : QMP_BROKEN,
				  .id = read_id(object)};

	snprintf(event.text, sizeof(event.text), "%s", text == NULL ? "" : text);
	qmp->handler(qmp->context, &event);
}

static void take_line(void *context, const char *line, size_t size, bool cut)
{
	struct qmp *qmp = context;
	struct json_value *object;

	if (size == 0 && !cut)
		return;
	if (cut || json_parse(line, size, &object) != 0) {
		tell(qmp, QMP_BROKEN, NULL);
		return;
	}
	const char *event = json_get_string(object, "event");
	if (event != NULL) {
		for (size_t i = 0; i < sizeof(qmp_events) / sizeof(qmp_events[0]); i++)
			if (strcmp(event, qmp_events[i].name) == 0)
				tell(qmp, qmp_events[i].kind,
				     json_get_string(
					 json_get(object, "data"),
					 qmp_events[i].kind == QMP_MIGRATED ? "status" : "reason"));
	} else if (json_get(object, "QMP") != NULL) {
		take_version(qmp, json_get(object, "QMP"));
		send_command(qmp, "qmp_capabilities");
	} else if (json_get(object, "return") != NULL) {
		handle_return(qmp, object);
	} else {
		handle_error(qmp, object);
	}
	json_free(object);
}

void qmp_init(struct qmp *qmp, void (*handler)(void *context, const struct qmp_event *event),
	      void (*send)(void *context, const char *bytes, size_t size), void *context)
{
	qmp->handler = handler;
	qmp->send = send;
	qmp->context = context;
	qmp->ready = false;
	qmp->major = 0;
	qmp->waiting = NULL;
	qmp->lines = (struct lines){.bytes = qmp->buffer, .room = sizeof(qmp->buffer)};
}

void qmp_feed(struct qmp *qmp, const char *bytes, size_t size)
{
	lines_feed(&qmp->lines, bytes, size, take_line, qmp);
}

void qmp_command(struct qmp *qmp, const char *name)
{
	if (qmp->ready)
		send_command(qmp, name);
	else
		qmp->waiting = name;
}

bool qmp_ask(struct qmp *qmp, unsigned id, const char *name, const char *arguments)
{
	char line[512];
	int size = snprintf(line, sizeof(line), "{\"execute\":\"%s\"%s%s,\"id\":%u}\r\n", name,
			    arguments != NULL ? ",\"arguments\":" : "",
			    arguments != NULL ? arguments : "", id);

	if (!qmp->ready || size >= (int)sizeof(line))
		return false;
	qmp->send(qmp->context, line, (size_t)size);
	return true;
}
