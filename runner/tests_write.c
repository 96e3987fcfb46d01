/* SPDX-License-Identifier: Apache-2.0 */
/* tests_write.c: results of tests as TAP or for a reader. */
#include "tests_write.h"

#include <stdint.h>
#include <string.h>

/* The end of long notes says why a test failed, so that is what the summary shows. */
#define SUMMARY_NOTES_MAX 20

void tests_write_plain(FILE *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		putc(c < 0x20 || c == 0x7f ? '?' : c, out);
	}
}

static void write_indent(FILE *out, unsigned depth)
{
	fprintf(out, "%*s", (int)(4 * depth), "");
}

/* NOTES line by line, each behind PREFIX. Lines before the last LIMIT are left out. */
static void write_notes(FILE *out, const char *notes, unsigned depth, const char *prefix,
			size_t limit)
{
	size_t lines = 0;

	for (const char *p = notes; p != NULL && *p != '\0'; p++)
		lines += *p == '\n';
	for (; notes != NULL && *notes != '\0'; lines--) {
		size_t size = strcspn(notes, "\n");
		if (lines <= limit) {
			write_indent(out, depth);
			fputs(prefix, out);
			tests_write_plain(out, notes, size);
			putc('\n', out);
		}
		notes += size + (notes[size] == '\n');
	}
}

/* --- TAP -------------------------------------------------------------------------------------- */

static void write_name(FILE *out, const char *name)
{
	for (; *name != '\0'; name++) {
		if (*name == '#' || *name == '\\')
			putc('\\', out);
		tests_write_plain(out, name, 1);
	}
}

static void write_directive(FILE *out, const char *word, const char *reason)
{
	fprintf(out, " # %s%s", word, *word != '\0' && reason != NULL ? " " : "");
	if (reason != NULL)
		tests_write_plain(out, reason, strlen(reason));
}

static void write_subtests(FILE *out, const struct test *group, unsigned depth);

static void write_test(FILE *out, const struct test *test, size_t number, unsigned depth)
{
	bool passed = test->count > 0 || test->problem != NULL
			  ? tests_passed(test)
			  : test->status == TESTS_PASSED || test->status == TESTS_SKIPPED;

	if (test->count > 0) {
		write_indent(out, depth + 1);
		fputs("# Subtest: ", out);
		write_name(out, test->name);
		putc('\n', out);
		write_subtests(out, test, depth + 1);
	}
	write_indent(out, depth);
	fprintf(out, "%s %zu%s", passed ? "ok" : "not ok", number,
		*test->name == '\0' ? "" : " - ");
	write_name(out, test->name);
	if (test->status == TESTS_SKIPPED && passed)
		write_directive(out, "SKIP", test->reason);
	else if (test->status == TESTS_EXPECTED_FAILURE && test->problem == NULL &&
		 test->count == 0)
		write_directive(out,
				"TO"
				"DO",
				test->reason);
	putc('\n', out);
	if (test->problem != NULL)
		write_notes(out, test->problem, depth, "# ", SIZE_MAX);
	if (test->status == TESTS_FAILED && test->reason != NULL)
		write_notes(out, test->reason, depth, "# ", SIZE_MAX);
	write_notes(out, test->notes, depth, "# ", SIZE_MAX);
}

static void write_subtests(FILE *out, const struct test *group, unsigned depth)
{
	write_indent(out, depth);
	fprintf(out, "1..%zu\n", group->count);
	for (size_t i = 0; i < group->count; i++)
		write_test(out, &group->subtests[i], i + 1, depth);
}

void tests_write_tap(FILE *out, const struct test *root)
{
	/* Perl's prove refuses the number 14; subtests are what both versions take or pass over. */
	fputs("TAP version 13\n", out);
	if (root->count > 0) {
		write_subtests(out, root, 0);
	} else if (root->problem == NULL) {
		fputs("1..0", out);
		write_directive(out, "SKIP", root->reason);
		putc('\n', out);
	}
	if (root->problem != NULL) {
		fputs("Bail out! ", out);
		tests_write_plain(out, root->problem, strlen(root->problem));
		putc('\n', out);
	}
}

/* --- Summary ---------------------------------------------------------------------------------- */

/* The way to a test: the tests that hold it, outermost first. */
struct way {
	const struct way *outer;
	const struct test *test;
};

static void write_way(FILE *out, const struct way *way)
{
	if (way->outer != NULL) {
		write_way(out, way->outer);
		fputs(" / ", out);
	}
	const char *name = *way->test->name == '\0' ? "(no name)" : way->test->name;
	tests_write_plain(out, name, strlen(name));
}

static void write_failures(FILE *out, const struct test *group, const struct way *outer)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct test *test = &group->subtests[i];
		const struct way way = {outer, test};

		write_failures(out, test, &way);
		if (test->count == 0 ? tests_passed(test) : !tests_fails_alone(test))
			continue;
		const char *why = test->problem != NULL ? test->problem : test->reason;
		fputs("FAILED  ", out);
		write_way(out, &way);
		if (why != NULL) {
			fputs(": ", out);
			tests_write_plain(out, why, strlen(why));
		}
		putc('\n', out);
		write_notes(out, test->notes, 2, "", SUMMARY_NOTES_MAX);
	}
}

void tests_write_summary(FILE *out, const struct test *root)
{
	struct tests_totals totals;

	tests_count(root, &totals);
	write_failures(out, root, NULL);
	fprintf(out, "%lu passed, %lu failed", totals.passed, totals.failed);
	if (totals.skipped > 0)
		fprintf(out, ", %lu skipped", totals.skipped);
	if (totals.expected_failures > 0)
		fprintf(out, ", %lu failed as expected", totals.expected_failures);
	if (totals.problems > 0)
		fprintf(out, ", %lu incomplete or failed as a group", totals.problems);
	putc('\n', out);
	if (root->problem != NULL) {
		fputs("The run is no success: ", out);
		tests_write_plain(out, root->problem, strlen(root->problem));
		putc('\n', out);
	}
}
