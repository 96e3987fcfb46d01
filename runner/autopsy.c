/* SPDX-License-Identifier: Apache-2.0 */
/* autopsy.c: what is found out about a guest that hangs or panicked. */
#include "autopsy.h"

#include <string.h>

#include "events.h"
#include "json.h"
#include "message.h"

/* The ids of questions to QEMU: FIRST_ID + number of the processor for its registers. */
enum { STATUS_ID = 100, STOP_ID, FIRST_ID };

/* Shown without -v. On x86 the first lines hold the general registers with the instruction pointer,
 * elsewhere they begin with it. */
#define REGISTER_LINES_SHOWN 6
#define CPUS_SHOWN 2
#define TASKS_SHOWN 8
#define STACK_SHOWN 160
#define CONSOLE_LINES_SHOWN 12

bool autopsy_begin(struct autopsy *autopsy, struct qmp *qmp, uint64_t cpus)
{
	char arguments[96];

	autopsy->begun = true;
	if (!qmp_ask(qmp, STATUS_ID, "query-status", NULL))
		return false;
	autopsy->answers_awaited = 1;
	/* Registers of a processor that runs would be those of several moments. */
	autopsy->answers_awaited += qmp_ask(qmp, STOP_ID, "stop", NULL);
	for (unsigned i = 0; i < AUTOPSY_CPUS_MAX && i < cpus; i++) {
		snprintf(arguments, sizeof(arguments),
			 "{\"command-line\":\"info registers\",\"cpu-index\":%u}", i);
		autopsy->answers_awaited +=
		    qmp_ask(qmp, FIRST_ID + i, "human-monitor-command", arguments);
	}
	return true;
}

/* QEMU ends lines with \r\n. */
static void keep_registers(struct autopsy *autopsy, const char *text)
{
	char kept[AUTOPSY_REGISTERS_MAX];
	size_t used = 0;

	text += strspn(text, "\r\n");
	for (; *text != '\0' && used < sizeof(kept) - 1; text++)
		if (*text == '\n' || ((unsigned char)*text >= 0x20 && *text != 0x7f))
			kept[used++] = *text;
	while (used > 0 && kept[used - 1] == '\n')
		used--;
	kept[used] = '\0';
	if (used > 0)
		strv_add(&autopsy->registers, kept);
}

bool autopsy_take_answer(struct autopsy *autopsy, const struct qmp_event *event)
{
	if (event->id < STATUS_ID || event->id >= FIRST_ID + AUTOPSY_CPUS_MAX)
		return false;
	/* Each question has one answer: QEMU may have been taken over by its guest. */
	if (autopsy->answers_awaited == 0)
		return true;
	autopsy->answers_awaited--;
	if (event->kind != QMP_ANSWER)
		return true;
	if (event->id == STATUS_ID) {
		const char *status = json_get_string(event->value, "status");
		const struct json_value *running = json_get(event->value, "running");
		snprintf(autopsy->state, sizeof(autopsy->state), "%s",
			 status == NULL ? "" : status);
		autopsy->was_running =
		    running != NULL && running->type == JSON_BOOL && running->boolean;
	} else if (event->id >= FIRST_ID && event->value->type == JSON_STRING) {
		keep_registers(autopsy, event->value->string);
	}
	return true;
}

void autopsy_take_report(struct autopsy *autopsy, const struct report_event *event)
{
	if (!autopsy->guest_asked || autopsy->guest_told)
		return;
	if (event->kind == REPORT_TASKS_END) {
		autopsy->guest_told = true;
		autopsy->tasks_left_out = event->left_out;
	} else if (autopsy->task_count < TASKS_TOLD_MAX) {
		autopsy->tasks[autopsy->task_count++] = event->task;
	}
}

bool autopsy_machine_is_done(const struct autopsy *autopsy)
{
	return autopsy->answers_awaited == 0;
}

bool autopsy_is_done(const struct autopsy *autopsy)
{
	return autopsy_machine_is_done(autopsy) && (!autopsy->guest_asked || autopsy->guest_told);
}

/* --- Words -------------------------------------------------------------------------------------
 */

static void say_registers(const char *text)
{
	for (unsigned i = 0; *text != '\0' && (message_verbose || i < REGISTER_LINES_SHOWN); i++) {
		size_t size = strcspn(text, "\n");
		say_error("  | %.*s", (int)size, text);
		text += size + (text[size] == '\n');
	}
}

static void say_machine(const struct autopsy *autopsy, const char *name)
{
	if (autopsy->registers.count == 0) {
		say_error("%s: QEMU did not tell the registers in time", name);
		return;
	}
	say_error("%s: registers of the machine (QEMU's state of it: %s):", name,
		  autopsy->state[0] == '\0' ? "unknown" : autopsy->state);
	for (size_t i = 0; i < autopsy->registers.count && (message_verbose || i < CPUS_SHOWN); i++)
		say_registers(autopsy->registers.items[i]);
}

static void say_task(const struct report_task *task)
{
	char thread[32] = "";

	if (task->process != task->pid)
		snprintf(thread, sizeof(thread), " of %d", task->process);
	say_error("  | %d%s (%s) %s%s%s%s%.*s", task->pid, thread, task->name, task->state,
		  task->wait[0] == '\0' ? "" : " in ", task->wait,
		  task->stack[0] == '\0' ? "" : ": ",
		  message_verbose ? (int)sizeof(task->stack) : STACK_SHOWN, task->stack);
}

static void say_tasks(const struct autopsy *autopsy, const char *name)
{
	size_t shown = autopsy->task_count;

	if (!autopsy->guest_asked)
		return;
	if (!autopsy->guest_told && autopsy->task_count == 0) {
		say_error("%s: PID 1 of the guest did not answer", name);
		return;
	}
	if (!message_verbose && shown > TASKS_SHOWN)
		shown = TASKS_SHOWN;
	say_error("%s: tasks of the guest, blocked ones (D) first:", name);
	for (size_t i = 0; i < shown; i++)
		say_task(&autopsy->tasks[i]);
	if (autopsy->task_count - shown + autopsy->tasks_left_out > 0)
		say_error("  | and %llu more", (unsigned long long)(autopsy->task_count - shown +
								    autopsy->tasks_left_out));
}

static void say_console(const char *name, const struct console *console, const char *placed)
{
	size_t count = console_kept(console);
	size_t shown = count < CONSOLE_LINES_SHOWN || message_verbose ? count : CONSOLE_LINES_SHOWN;

	if (count == 0 && placed != NULL && placed[0] == '\0') {
		say_error("%s: its console went to standard output", name);
		return;
	}
	if (count == 0 && placed != NULL) {
		say_error("%s: its console is where serial.%s puts it", name, placed);
		return;
	}
	if (count == 0) {
		say_error("%s: nothing came from the guest's console", name);
		return;
	}
	say_error("%s: the last lines of the guest's console:", name);
	for (size_t i = count - shown; i < count; i++)
		say_error("  | %s", console_line(console, i));
}

void autopsy_say(const struct autopsy *autopsy, const char *name, const struct console *console,
		 const char *placed)
{
	if (autopsy->begun) {
		say_machine(autopsy, name);
		say_tasks(autopsy, name);
	}
	say_console(name, console, placed);
}

/* --- JSON --------------------------------------------------------------------------------------
 */

static void write_task(FILE *out, const struct report_task *task)
{
	fprintf(out, "{\"pid\":%d,\"process\":%d", task->pid, task->process);
	events_add_string(out, "name", task->name);
	events_add_string(out, "state", task->state);
	events_add_string(out, "wait", task->wait);
	events_add_string(out, "stack", task->stack);
	putc('}', out);
}

void autopsy_write(const struct autopsy *autopsy, const struct console *console, FILE *out)
{
	fputs("{\"machine\":", out);
	json_write_string(out, autopsy->state, strlen(autopsy->state));
	fputs(",\n      \"registers\":[", out);
	for (size_t i = 0; i < autopsy->registers.count; i++) {
		fputs(i == 0 ? "" : ",", out);
		json_write_string(out, autopsy->registers.items[i],
				  strlen(autopsy->registers.items[i]));
	}
	fprintf(out, "],\n      \"guest_asked\":%s,\"guest_told\":%s,\"tasks\":[",
		autopsy->guest_asked ? "true" : "false", autopsy->guest_told ? "true" : "false");
	for (size_t i = 0; i < autopsy->task_count; i++) {
		fputs(i == 0 ? "" : ",\n       ", out);
		write_task(out, &autopsy->tasks[i]);
	}
	fprintf(out, "],\"tasks_left_out\":%llu,\n      \"console\":[",
		(unsigned long long)autopsy->tasks_left_out);
	for (size_t i = 0; i < console_kept(console); i++) {
		const char *line = console_line(console, i);
		fputs(i == 0 ? "" : ",\n       ", out);
		json_write_string(out, line, strlen(line));
	}
	fputs("]}", out);
}

void autopsy_free(struct autopsy *autopsy)
{
	strv_free(&autopsy->registers);
}
