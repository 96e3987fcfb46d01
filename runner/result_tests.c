/* SPDX-License-Identifier: Apache-2.0 */
/* result_tests.c: how a run ended, as the results of tests. */
#include "result_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "junit.h"
#include "message.h"
#include "output_file.h"
#include "tests_write.h"
#include "vm.h"

/* Ended by pith because another had failed, or never started: no result of its own. */
static bool is_skipped(const struct supervised *process, const struct supervise_result *result)
{
	return process != result->first_failure && result->first_failure != NULL &&
	       (process->outcome.kind == OUTCOME_NONE ||
		process->outcome.kind == OUTCOME_INTERRUPTED);
}

/* Where LINE came from: from the outside in. */
struct place {
	const struct place *outer;
	const char *name;
};

static void put_place(FILE *out, const struct place *place)
{
	if (place->outer != NULL) {
		put_place(out, place->outer);
		fputs(" / ", out);
	}
	fputs(place->name, out);
}

/* A line for what LINE, a nested line (docs/result.md), tells of a process that did not end with 0.
 */
static void describe_nested(FILE *out, const struct json_value *line, const struct place *outer)
{
	const char *event = json_get_string(line, "event");
	const char *process = json_get_string(line, "process");
	const struct place place = {outer, process};

	if (event == NULL || process == NULL)
		return;
	if (strcmp(event, "nested") == 0)
		describe_nested(out, json_get(line, "line"), &place);
	const char *outcome = json_get_string(line, "outcome");
	const char *message = json_get_string(line, "message");
	int64_t code = json_get_integer(line, "code", 0);
	int64_t by = json_get_integer(line, "signal", 0);
	if (strcmp(event, "process-end") != 0 || outcome == NULL ||
	    (strcmp(outcome, outcome_name(OUTCOME_APP_EXIT)) == 0 && code == 0))
		return;
	put_place(out, &place);
	fputs(": ", out);
	fputs(outcome, out);
	if (code != 0 || by != 0)
		fprintf(out, " %lld", (long long)(code != 0 ? code : by));
	if (message != NULL && *message != '\0') {
		fputs(": ", out);
		fputs(message, out);
	}
	putc('\n', out);
}

/* How PROCESS ended; for a VM also what in it did not end with 0, on all levels. What a guest said
 * may hold anything: who writes it, as XML or TAP, sees to that. */
static char *describe(const struct supervised *process)
{
	const struct outcome *outcome = &process->outcome;
	const struct place here = {NULL, process->config->name};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		die_out_of_memory();
	fprintf(out, "%s, exit code %d%s%s\n", outcome_name(outcome->kind),
		outcome_exit_code(outcome), outcome->message[0] == '\0' ? "" : ": ",
		outcome->message);
	for (size_t i = 0; process->vm != NULL && i < process->vm->nested.count; i++) {
		const char *line = process->vm->nested.items[i];
		struct json_value *value = NULL;

		if (json_parse(line, strlen(line), &value) == 0)
			describe_nested(out, value, &here);
		json_free(value);
	}
	if (fclose(out) != 0)
		die_out_of_memory();
	return text;
}

/* The names stay those of the configuration; the notes are freed by free_tests. */
static struct test *make_tests(const struct supervise_result *result)
{
	struct test *tests = calloc(result->count, sizeof(*tests));

	if (tests == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < result->count; i++) {
		const struct supervised *process = &result->processes[i];
		tests[i].name = process->config->name;
		if (is_skipped(process, result)) {
			static char reason[] = "ended, or not started, as another had failed";
			tests[i].status = TESTS_SKIPPED;
			tests[i].reason = reason;
		} else if (outcome_exit_code(&process->outcome) != 0) {
			tests[i].status = TESTS_FAILED;
			tests[i].notes = describe(process);
		}
	}
	return tests;
}

static void free_tests(struct test *tests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(tests[i].notes);
	free(tests);
}

int result_tests_write_junit(const char *path, const struct supervise_result *result)
{
	static char name[] = "pith run";
	struct test *tests = make_tests(result);
	const struct test root = {.name = name, .subtests = tests, .count = result->count};
	struct output_file file;
	int error = output_file_open(&file, path);

	if (error == 0) {
		FILE *out = output_file_stream(&file);
		junit_begin(out);
		junit_suite(out, name, &root, (double)(result->ended_us - result->started_us) / 1e6,
			    NULL);
		junit_end(out);
		error = output_file_finish(&file, out);
	}
	free_tests(tests, result->count);
	return error;
}

void result_tests_print_tap(const struct supervise_result *result)
{
	static char name[] = "pith run";
	struct test *tests = make_tests(result);
	const struct test root = {.name = name, .subtests = tests, .count = result->count};

	tests_write_tap(stdout, &root);
	fflush(stdout);
	free_tests(tests, result->count);
}
