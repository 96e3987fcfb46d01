/* SPDX-License-Identifier: Apache-2.0 */
/* result_tests.c: how a run ended, as the results of tests. */
#include "result_tests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "junit.h"
#include "message.h"
#include "output_file.h"
#include "tests_write.h"

/* Ended by pith because another had failed, or never started: no result of its own. */
static bool is_skipped(const struct supervised *process, const struct supervise_result *result)
{
	return process != result->first_failure && result->first_failure != NULL &&
	       (process->outcome.kind == OUTCOME_NONE ||
		process->outcome.kind == OUTCOME_INTERRUPTED);
}

static char *describe(const struct outcome *outcome)
{
	char *text;

	if (asprintf(&text, "%s, exit code %d%s%s\n", outcome_name(outcome->kind),
		     outcome_exit_code(outcome), outcome->message[0] == '\0' ? "" : ": ",
		     outcome->message) < 0)
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
			tests[i].notes = describe(&process->outcome);
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
