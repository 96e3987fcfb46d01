/* SPDX-License-Identifier: Apache-2.0 */
/* exec_tests.c: results of tests that a run prints. */
#include "exec_tests.h"

#include <stdio.h>
#include <string.h>

#include "junit.h"
#include "output_file.h"
#include "tests_write.h"

void exec_tests_begin(struct exec_tests *tests, const struct exec_options *options)
{
	static const enum tests_format formats[] = {
	    [EXEC_TESTS_OFF] = TESTS_AUTO,
	    [EXEC_TESTS_AUTO] = TESTS_AUTO,
	    [EXEC_TESTS_TAP] = TESTS_TAP,
	    [EXEC_TESTS_KTAP] = TESTS_KTAP,
	};

	tests->parser = tests_parse_begin(formats[options->tests]);
	tests->lines = (struct lines){.bytes = tests->buffer, .room = sizeof(tests->buffer)};
}

static void take_line(void *context, const char *line, size_t size, bool cut)
{
	struct exec_tests *tests = context;

	(void)cut;
	tests_parse_line(tests->parser, line, size);
}

void exec_tests_feed(void *context, const char *bytes, size_t size)
{
	struct exec_tests *tests = context;

	lines_feed(&tests->lines, bytes, size, take_line, tests);
}

/* What was wrong with the run itself, NULL when nothing was. A program that tells of a failed test
 * by its exit code too is not wrong. */
static const char *run_error(const struct outcome *outcome, bool passed, char *text, size_t size)
{
	if (outcome->kind == OUTCOME_APP_EXIT && (outcome->code == 0 || !passed))
		return NULL;
	if (outcome->kind == OUTCOME_APP_EXIT)
		snprintf(text, size, "exit code %d, though every test passed", outcome->code);
	else if (outcome->kind == OUTCOME_APP_SIGNAL)
		snprintf(text, size, "ended by signal %d", outcome->signal);
	else
		snprintf(text, size, "%s: %s", outcome_name(outcome->kind), outcome->message);
	return text;
}

static int write_junit(const char *path, const struct test *root,
		       const struct supervise_result *result, const char *error)
{
	const struct supervised *process = &result->processes[0];
	struct output_file file;
	FILE *out;

	if (output_file_open(&file, path) != 0)
		return -1;
	out = output_file_stream(&file);
	junit_begin(out);
	junit_suite(out, process->config->name, root,
		    (double)(process->ended_us - process->started_us) / 1e6, error);
	junit_end(out);
	return output_file_finish(&file, out);
}

int exec_tests_run_junit(const struct exec_options *options, const struct supervise_result *result)
{
	char text[OUTCOME_MESSAGE_MAX + 64];
	const struct outcome *outcome = &result->outcome;
	const char *error = NULL;

	if (outcome->kind == OUTCOME_APP_EXIT && outcome->code != 0) {
		snprintf(text, sizeof(text), "exit code %d%s%s", outcome->code,
			 outcome->message[0] == '\0' ? "" : ": ", outcome->message);
		error = text;
	} else {
		error = run_error(outcome, true, text, sizeof(text));
	}
	return write_junit(options->junit, NULL, result, error);
}

int exec_tests_end(struct exec_tests *tests, const struct exec_options *options,
		   const struct supervise_result *result)
{
	const struct outcome *outcome = &result->outcome;
	int exit_code = outcome_exit_code(outcome);
	char text[OUTCOME_MESSAGE_MAX + 64];
	struct test *root;
	const char *error;

	lines_end(&tests->lines, take_line, tests);
	root = tests_parse_end(tests->parser);
	bool passed = tests_passed(root);
	error = run_error(outcome, passed, text, sizeof(text));
	if (options->tests_output == EXEC_OUTPUT_TAP)
		tests_write_tap(stdout, root);
	else if (options->tests_output == EXEC_OUTPUT_SUMMARY)
		tests_write_summary(stdout, root);
	if (options->tests_output != EXEC_OUTPUT_RAW && error != NULL)
		printf("# %s\n", error);
	fflush(stdout);
	if (exit_code == 0 && !passed)
		exit_code = 1;
	if (options->junit != NULL && write_junit(options->junit, root, result, error) != 0 &&
	    exit_code == 0)
		exit_code = EXIT_CODE_PITH;
	tests_free(root);
	return exit_code;
}
