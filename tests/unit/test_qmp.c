/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's machine protocol: handshake, events, and lines that are none. */
#include <stdlib.h>

#include "../../runner/qmp.h"
#include "../tap.h"

static struct qmp qmp;
static struct qmp_event last;
static unsigned told;
static char sent[512];

static void take(void *context, const struct qmp_event *event)
{
	(void)context;
	last = *event;
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
	feed("{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n");
	is_str(sent, "{\"execute\":\"qmp_capabilities\"}\r\n", "the greeting is answered");
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
