/* SPDX-License-Identifier: Apache-2.0 */
/* result.c: how a run ended, as JSON. */
#include "result.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "events.h"
#include "json.h"
#include "message.h"
#include "output_file.h"

#define RESULT_VERSION 1

static void write_stages(FILE *out, const struct vm *vm)
{
	if (vm->qemu_us > vm->begun_us)
		fprintf(out, ",\"qemu_us\":%llu", (unsigned long long)(vm->qemu_us - vm->begun_us));
	fputs(",\n     \"stages\":[", out);
	for (size_t i = 0; i < vm->stage_count; i++) {
		fprintf(out, "%s{\"guest_us\":%llu,\"host_us\":%llu", i == 0 ? "" : ",",
			(unsigned long long)vm->stages[i].guest_us,
			(unsigned long long)vm->stages[i].host_us);
		events_add_string(out, "stage", vm->stages[i].name);
		putc('}', out);
	}
	putc(']', out);
}

static void write_argv(FILE *out, const struct strv *argv)
{
	fputs(",\n     \"argv\":[", out);
	for (size_t i = 0; i < argv->count; i++) {
		fputs(i == 0 ? "" : ",", out);
		json_write_string(out, argv->items[i], strlen(argv->items[i]));
	}
	putc(']', out);
}

/* What the runner in the guest reported, as it came: JSON objects already. */
static void write_nested(FILE *out, const struct vm *vm)
{
	fputs(",\n     \"nested\":[", out);
	for (size_t i = 0; i < vm->nested.count; i++)
		fprintf(out, "%s\n      %s", i == 0 ? "" : ",", vm->nested.items[i]);
	fprintf(out, "],\"nested_dropped\":%u", vm->nested_dropped);
}

static void write_vm(FILE *out, const struct vm *vm, const struct outcome *outcome)
{
	events_add_string(out, "accelerator", vm->accel == ACCEL_KVM ? "kvm" : "tcg");
	events_add_string(out, "accelerator_reason", vm->accel_reason);
	events_add_string(out, "kernel_release", vm->kernel_release);
	if (vm->app.hash[0] != '\0') {
		events_add_string(out, vm->app.is_verity ? "app_root_hash" : "app_sha256",
				  vm->app.hash);
		fprintf(out, ",\"app_verified\":%s", vm->app_verified ? "true" : "false");
	}
	if (vm->measure[0] != '\0')
		events_add_string(out, "measure", vm->measure);
	if (vm->pcr11[0] != '\0')
		events_add_string(out, "pcr11", vm->pcr11);
	write_argv(out, &vm->argv);
	write_stages(out, vm);
	fprintf(out, ",\n     \"ended_early\":%s", vm->ended_early ? "true" : "false");
	write_nested(out, vm);
	if (vm->argv.count > 0 && vm_needs_autopsy(vm, outcome)) {
		fputs(",\n     \"autopsy\":", out);
		autopsy_write(&vm->autopsy, &vm->console, out);
	}
}

/* BEGAN_US: when the run did. */
static void write_process(FILE *out, const struct supervised *process, uint64_t began_us)
{
	fputs("\n    {\"name\":", out);
	json_write_string(out, process->config->name, strlen(process->config->name));
	fprintf(out, ",\"type\":\"%s\",\"started\":%s",
		process->config->type == PROCESS_VM ? "vm" : "shell",
		process->was_started ? "true" : "false");
	events_add_outcome(out, &process->outcome);
	fprintf(out, ",\"exit_code\":%d,\"duration_us\":%llu", outcome_exit_code(&process->outcome),
		(unsigned long long)(process->ended_us - process->started_us));
	if (process->was_started)
		fprintf(out, ",\"start_us\":%llu",
			(unsigned long long)(process->started_us - began_us));
	if (process->ready_us > began_us)
		fprintf(out, ",\"ready_us\":%llu",
			(unsigned long long)(process->ready_us - began_us));
	if (process->vm != NULL)
		write_vm(out, process->vm, &process->outcome);
	putc('}', out);
}

static void write_result(FILE *out, const struct supervise_result *result)
{
	fprintf(out, "{\n  \"version\":%d,\n  \"pith\":\"" PITH_VERSION "\",\n  \"exit_code\":%d",
		RESULT_VERSION, outcome_exit_code(&result->outcome));
	events_add_outcome(out, &result->outcome);
	if (result->first_failure != NULL)
		events_add_string(out, "first_failure", result->first_failure->config->name);
	fprintf(out, ",\"duration_us\":%llu,\n  \"processes\":[",
		(unsigned long long)(result->ended_us - result->started_us));
	for (size_t i = 0; i < result->count; i++) {
		fputs(i == 0 ? "" : ",", out);
		write_process(out, &result->processes[i], result->started_us);
	}
	fputs("\n  ]\n}\n", out);
}

int result_write(const char *path, const struct supervise_result *result)
{
	struct output_file file;
	int error = output_file_open(&file, path);

	if (error < 0)
		return error;
	FILE *out = output_file_stream(&file);
	write_result(out, result);
	return output_file_finish(&file, out);
}
