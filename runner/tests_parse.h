/* SPDX-License-Identifier: Apache-2.0 */
/* tests_parse.h: results of tests from what a program or kernel prints: TAP 13 and 14
 * (testanything.org) with subtests, KTAP (the kernel's Documentation/dev-tools/ktap.rst) as KUnit
 * and kselftest print it, also with the kernel log's time stamps. Pure: lines in, tree out. What
 * comes in is hostile: whatever it is, the tree is sound. */
#ifndef PITH_RUNNER_TESTS_PARSE_H
#define PITH_RUNNER_TESTS_PARSE_H

#include <stdbool.h>
#include <stddef.h>

enum tests_format { TESTS_AUTO, TESTS_TAP, TESTS_KTAP };

enum tests_status {
	TESTS_PASSED,
	TESTS_FAILED,
	TESTS_SKIPPED,
	TESTS_EXPECTED_FAILURE, /* failed, and was declared to: no failure of the run */
};

struct test {
	char *name;   /* "" when it has none; bytes as printed */
	char *reason; /* text behind the directive: "# SKIP reason"; NULL: none */
	char *notes;  /* diagnostics, lines ended by newlines; NULL: none */
	enum tests_status status;
	struct test *subtests;
	size_t count;
	/* What is wrong with the subtests as a whole, NULL when nothing is: "5 tests were planned,
	 * 3 were seen". Then the test has failed, whatever it says of itself. */
	char *problem;
};

struct tests_totals {
	unsigned long passed, failed, skipped, expected_failures; /* of tests without subtests */
	unsigned long problems; /* groups that are incomplete or fail of themselves */
};

struct tests_parser;

/* A parser, to be fed lines; it ends the program when memory is out. */
struct tests_parser *tests_parse_begin(enum tests_format format);
/* One line of SIZE bytes, without or with its newline. */
void tests_parse_line(struct tests_parser *parser, const char *line, size_t size);
/* No more lines: the parser is gone, and the tree is the caller's, to be freed with tests_free. Its
 * root is the run: its subtests are the top-level tests. A run that ends before its plan is
 * fulfilled, that bails out, or that shows no test at all, has a problem. */
struct test *tests_parse_end(struct tests_parser *parser);
void tests_free(struct test *root);

void tests_count(const struct test *root, struct tests_totals *totals);
/* True when nothing failed and nothing is wrong. */
bool tests_passed(const struct test *root);
/* True when a test with subtests failed though none of them did. */
bool tests_fails_alone(const struct test *test);

#endif
