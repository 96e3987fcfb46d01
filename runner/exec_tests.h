/* SPDX-License-Identifier: Apache-2.0 */
/* exec_tests.h: --tests: what the program (or the guest's kernel) prints as results of tests, while
 * it runs, into an exit code, a JUnit file, TAP or a summary. */
#ifndef PITH_RUNNER_EXEC_TESTS_H
#define PITH_RUNNER_EXEC_TESTS_H

#include <stddef.h>

#include "exec_options.h"
#include "lines.h"
#include "supervise.h"
#include "tests_parse.h"

#define EXEC_TESTS_LINE_MAX 65536 /* longer lines are cut */

struct exec_tests {
	struct tests_parser *parser;
	struct lines lines;
	char buffer[EXEC_TESTS_LINE_MAX];
};

/* Begin to read results as OPTIONS (its tests, not EXEC_TESTS_OFF) say. */
void exec_tests_begin(struct exec_tests *tests, const struct exec_options *options);
/* More of the output; CONTEXT is a struct exec_tests. */
void exec_tests_feed(void *context, const char *bytes, size_t size);
/* The run has ended: write what OPTIONS ask for. Returns the exit code: the run's own, or 1 when
 * that is 0 and a test failed or is missing; EXIT_CODE_PITH when a file cannot be written. */
int exec_tests_end(struct exec_tests *tests, const struct exec_options *options,
		   const struct supervise_result *result);

/* For a run without --tests: the JUnit file OPTIONS ask for, with one test, the run itself. Returns
 * 0 or -1, said. */
int exec_tests_run_junit(const struct exec_options *options, const struct supervise_result *result);

#endif
