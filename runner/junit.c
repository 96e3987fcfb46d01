/* SPDX-License-Identifier: Apache-2.0 */
/* junit.c: results of tests as JUnit XML. */
#include "junit.h"

#include <string.h>

#include "xml.h"

static void write_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	xml_write_text(out, value);
	putc('"', out);
}

/* The names of the groups around a test, from the suite's on. */
struct way {
	const struct way *outer;
	const char *name;
};

static void write_way(FILE *out, const struct way *way)
{
	if (way->outer != NULL) {
		write_way(out, way->outer);
		putc('.', out);
	}
	xml_write_text(out, way->name);
}

static void begin_case(FILE *out, const struct way *way, const char *name, size_t number)
{
	fputs("    <testcase classname=\"", out);
	write_way(out, way);
	putc('"', out);
	if (*name != '\0')
		write_attribute(out, "name", name);
	else
		fprintf(out, " name=\"test %zu\"", number);
	putc('>', out);
}

static void write_verdict(FILE *out, const char *element, const char *message, const char *notes)
{
	fprintf(out, "<%s", element);
	write_attribute(out, "message", message == NULL ? "" : message);
	putc('>', out);
	if (notes != NULL)
		xml_write_text(out, notes);
	fprintf(out, "</%s>", element);
}

static void end_case(FILE *out)
{
	fputs("</testcase>\n", out);
}

static void write_leaf(FILE *out, const struct test *test, size_t number, const struct way *way)
{
	begin_case(out, way, test->name, number);
	if (test->problem != NULL)
		write_verdict(out, "error", test->problem, test->notes);
	else if (test->status == TESTS_FAILED)
		write_verdict(out, "failure", test->reason, test->notes);
	else if (test->status == TESTS_SKIPPED)
		write_verdict(out, "skipped", test->reason, NULL);
	else if (test->status == TESTS_EXPECTED_FAILURE)
		write_verdict(out, "skipped", "failed, as expected", NULL);
	end_case(out);
}

static void write_tests(FILE *out, const struct test *group, const struct way *way)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct test *test = &group->subtests[i];
		const struct way inner = {way, test->name};

		if (test->count == 0) {
			write_leaf(out, test, i + 1, way);
			continue;
		}
		write_tests(out, test, &inner);
		if (!tests_fails_alone(test))
			continue;
		begin_case(out, &inner, "the group as a whole", 0);
		write_verdict(out, "error", test->problem != NULL ? test->problem : test->reason,
			      test->notes);
		end_case(out);
	}
}

void junit_begin(FILE *out)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
}

void junit_end(FILE *out)
{
	fputs("</testsuites>\n", out);
}

void junit_suite(FILE *out, const char *name, const struct test *root, double seconds,
		 const char *error)
{
	struct tests_totals totals = {0};
	const struct way way = {NULL, name};
	bool has_tests = root != NULL &&
			 (root->count > 0 || root->problem != NULL || root->status != TESTS_PASSED);
	unsigned long errors = error != NULL;

	if (has_tests)
		tests_count(root, &totals);
	errors += totals.problems;
	unsigned long skipped = totals.skipped + totals.expected_failures;
	bool tells_of_run = error != NULL || !has_tests;
	fputs("  <testsuite", out);
	write_attribute(out, "name", name);
	fprintf(out,
		" tests=\"%lu\" failures=\"%lu\" errors=\"%lu\" skipped=\"%lu\" time=\"%.3f\">\n",
		totals.passed + totals.failed + totals.problems + skipped + tells_of_run,
		totals.failed, errors, skipped, seconds);
	if (has_tests) {
		write_tests(out, root, &way);
		if (root->count == 0 || root->problem != NULL) {
			begin_case(out, &way, "the tests as a whole", 0);
			write_verdict(out, root->problem != NULL ? "error" : "skipped",
				      root->problem != NULL ? root->problem : root->reason,
				      root->notes);
			end_case(out);
		}
	}
	if (tells_of_run) {
		begin_case(out, &way, "run", 0);
		if (error != NULL)
			write_verdict(out, "error", error, NULL);
		end_case(out);
	}
	fputs("  </testsuite>\n", out);
}
