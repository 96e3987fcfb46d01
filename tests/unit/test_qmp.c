/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's machine protocol: handshake, events, and lines that are none. */
#include <stdlib.h>

#include "../../runner/qmp.h"
#include "../tap.h"

static struct qmp qmp;
static struct qmp_event last;
static unsigned told;
static char sent[512], answer[64];

static void take(void *context, const struct qmp_event *event)
{
	(void)context;
	last = *event;
	if (event->value != NULL && event->value->type == JSON_STRING)
		snprintf(answer, sizeof(answer), "%s", event->value->string);
	told++;
}

static void send_bytes(void *context, const char *bytes, size_t size)
{
	(void)context;
	snprintf(sent + strlen(sent), sizeof(sent) - strlen(sent), "%.*s", (int)size, bytes);
}

static void feed(const char *text)
{
	told = 0;
	sent[0] = '\0';
	qmp_feed(&qmp, text, strlen(text));
}

int main(void)
{
	qmp_init(&qmp, take, send_bytes, NULL);
	qmp_command(&qmp, "quit");
	is_str(sent, "", "no command before the greeting");
	ok(!qmp_ask(&qmp, 1, "query-status", NULL), "... and no question");
	feed("{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n");
	is_str(sent, "{\"execute\":\"qmp_capabilities\"}\r\n", "the greeting is answered");
	is_int(qmp.major, 0, "... a version that it does not say is none");
	feed("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 13, \"minor\": 0, \"major\": 10}, "
	     "\"package\": \"\"}, \"capabilities\": []}}\r\n");
	is_int(qmp.major, 10, "... else QEMU's is known");
	feed("{\"return\": {}}\r\n");
	ok(told == 1 && last.kind == QMP_READY, "the handshake is over");
	is_str(sent, "{\"execute\":\"quit\"}\r\n", "... and what waited is sent");
	feed("{\"return\": {}}\r\n");
	is_int(told, 0, "other answers are nothing");
	qmp_command(&qmp, "system_powerdown");
	is_str(sent, "{\"execute\":\"system_powerdown\"}\r\n", "a command is sent");
	feed("{\"timestamp\": {\"seconds\": 1}, \"event\": \"SHUTDOWN\", \"data\": {\"guest\": "
	     "true, "
	     "\"reason\": \"guest-shutdown\"}}\r\n");
	is_int(last.kind, QMP_SHUTDOWN, "SHUTDOWN");
	is_str(last.text, "guest-shutdown", "... with its reason");
	feed("{\"event\": \"SHUTDOWN\"}\n");
	is_str(last.text, "", "... or without");
	feed("{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}\n");
	is_int(last.kind, QMP_PANICKED, "GUEST_PANICKED");
	feed("{\"event\": \"NIC_RX_FILTER_CHANGED\"}\n");
	is_int(told, 0, "other events are nothing");
	ok(qmp_ask(&qmp, 7, "human-monitor-command", "{\"command-line\":\"info registers\"}"),
	   "a command whose answer counts");
	is_str(sent,
	       "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":"
	       "\"info registers\"},\"id\":7}\r\n",
	       "... with arguments");
	feed("{\"return\": \"CPU#0\\r\\n\", \"id\": 7}\r\n");
	ok(told == 1 && last.kind == QMP_ANSWER && last.id == 7, "its answer");
	is_str(answer, "CPU#0\r\n", "... with its value");
	feed("{\"id\": 8, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\r\n");
	ok(last.kind == QMP_ERROR && last.id == 8, "... or what was against it");
	feed("{\"return\": {}, \"id\": -1}\n{\"return\": {}, \"id\": 99999999999}\n");
	is_int(told, 0, "an id that nobody gave is nothing");
	feed("{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no such\"}}\n");
	is_int(last.kind, QMP_ERROR, "an error");
	is_str(last.text, "no such", "... in QEMU's words");
	feed("hello\n");
	is_int(last.kind, QMP_BROKEN, "a line that is no JSON");
	feed("[1]\n");
	is_int(last.kind, QMP_BROKEN, "JSON that is no object");
	char *line = malloc(QMP_LINE_MAX + 3);
	memset(line, ' ', QMP_LINE_MAX + 1);
	strcpy(line + QMP_LINE_MAX + 1, "\n");
	feed(line);
	is_int(last.kind, QMP_BROKEN, "a line without end");
	free(line);
	return done();
}
