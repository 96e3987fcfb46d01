/* SPDX-License-Identifier: Apache-2.0 */
/* summary.c: what a person is told about how processes and the run ended. */
#include "summary.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "duration.h"
#include "message.h"
#include "qemu.h"
#include "signals.h"

#define SHORTEST_SHOWN_US 5000 /* 0.01 s when rounded */

/* "app-exit 7", "app-signal SIGSEGV, exit code 139", "panic, exit code 125". */
static const char *outcome_text(const struct outcome *outcome)
{
	static char text[96];
	bool has_signal = outcome->signal != 0;

	if (outcome->kind == OUTCOME_APP_EXIT)
		snprintf(text, sizeof(text), "%s %d", outcome_name(outcome->kind), outcome->code);
	else
		snprintf(text, sizeof(text), "%s%s%s, exit code %d", outcome_name(outcome->kind),
			 has_signal ? " " : "", has_signal ? signals_name(outcome->signal) : "",
			 outcome_exit_code(outcome));
	return text;
}

struct text {
	char bytes[512];
	size_t size;
};

static void add_time(struct text *text, const char *name, uint64_t duration_us)
{
	if (duration_us < SHORTEST_SHOWN_US || text->size >= sizeof(text->bytes) - 1)
		return;
	int size = snprintf(text->bytes + text->size, sizeof(text->bytes) - text->size, "%s%s %.2f",
			    text->size == 0 ? "" : ", ", name, (double)duration_us / 1e6);
	if (size > 0)
		text->size += (size_t)size;
}

static uint64_t difference(uint64_t from, uint64_t to)
{
	return to > from ? to - from : 0;
}

/* Where the time went. Between stages that is the guest's clock; what QEMU (and its firmware) took
 * before the kernel's clock began is what that clock lacks at the last stage's arrival, as the
 * first ones wait in the guest until the port's module is loaded. */
static const char *stage_times(const struct vm *vm)
{
	static struct text text;

	text = (struct text){0};
	add_time(&text, "preparation", difference(vm->begun_us, vm->qemu_us));
	if (vm->stage_count == 0)
		return text.bytes;
	const struct vm_stage *last = &vm->stages[vm->stage_count - 1];
	uint64_t kernel_began_us = difference(last->guest_us, last->host_us);
	add_time(&text, "QEMU", difference(vm->qemu_us - vm->begun_us, kernel_began_us));
	add_time(&text, "kernel", vm->stages[0].guest_us);
	for (size_t i = 0; i + 1 < vm->stage_count; i++)
		add_time(&text, vm->stages[i].name,
			 difference(vm->stages[i].guest_us, vm->stages[i + 1].guest_us));
	add_time(&text, last->name, difference(vm->begun_us + last->host_us, vm->ended_us));
	return text.bytes;
}

static bool explains_itself(const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_APP_EXIT || outcome->kind == OUTCOME_APP_SIGNAL ||
	       outcome->kind == OUTCOME_INTERRUPTED;
}

/* A QEMU that refuses to start has said why; that no guest has said anything is no news then. */
static bool has_autopsy(const struct vm *vm, const struct outcome *outcome)
{
	return vm_needs_autopsy(vm, outcome) &&
	       (outcome->kind != OUTCOME_VMM_FAILED || vm->autopsy.begun ||
		console_kept(&vm->console) > 0);
}

static void summarize_vm(const struct supervised *process)
{
	const struct outcome *outcome = &process->outcome;
	const struct vm *vm = process->vm;
	const char *times = process->was_started ? stage_times(vm) : "";

	if (!explains_itself(outcome))
		say_error("%s: %s: %s", process->config->name, outcome_name(outcome->kind),
			  outcome->message);
	else if (outcome->kind == OUTCOME_APP_EXIT && outcome->code != 0 &&
		 outcome->message[0] != '\0')
		say_error("%s: before it ended with %d: %s", process->config->name, outcome->code,
			  outcome->message);
	else if (outcome->kind == OUTCOME_APP_EXIT && outcome->message[0] != '\0')
		say_progress("%s: %s", process->config->name, outcome->message);
	if (process->was_started && has_autopsy(vm, outcome)) {
		const struct config_serial *placed = qemu_placed_console(&process->config->vm);
		autopsy_say(&vm->autopsy, process->config->name, &vm->console,
			    placed == NULL         ? NULL
			    : placed->name != NULL ? placed->name
						   : "");
	}
	say_progress("%s: %s, in %.2f s%s%s%s", process->config->name, outcome_text(outcome),
		     (double)difference(process->started_us, process->ended_us) / 1e6,
		     times[0] == '\0' ? "" : " (", times, times[0] == '\0' ? "" : ")");
}

void summary_process(const struct supervised *process, bool first)
{
	const struct outcome *outcome = &process->outcome;

	if (process->config->type == PROCESS_VM)
		summarize_vm(process);
	else if (!explains_itself(outcome))
		say_error("%s: %s: %s", process->config->name, outcome_name(outcome->kind),
			  outcome->message);
	else if (first)
		say_progress("%s: %s", process->config->name, outcome_text(outcome));
	else
		say_verbose("%s: %s", process->config->name, outcome_text(outcome));
}

void summary_run(const struct supervise_result *result)
{
	if (result->count < 2)
		return;
	if (result->first_failure != NULL)
		say_progress("exit code %d: %s failed first", outcome_exit_code(&result->outcome),
			     result->first_failure->config->name);
	else
		say_verbose("all %zu processes ended well", result->count);
}
