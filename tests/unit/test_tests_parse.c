/* SPDX-License-Identifier: Apache-2.0 */
/* TAP, KTAP, KUnit and kselftest output in, trees out; each tree as a line of text:
 * "P name" passed, "F name [reason]" failed, S skipped, X failed as expected, {subtests}, !problem.
 */
#include <stdlib.h>

#include "../../runner/tests_parse.h"
#include "../../runner/tests_write.h"
#include "../tap.h"

static struct test *parse(enum tests_format format, const char *text)
{
	struct tests_parser *parser = tests_parse_begin(format);

	while (*text != '\0') {
		size_t size = strcspn(text, "\n") + 1;
		if (text[size - 1] == '\0')
			size--;
		/* An exact copy, so that the sanitizer sees a read beyond the end. */
		char *line = malloc(size);
		memcpy(line, text, size);
		tests_parse_line(parser, line, size);
		free(line);
		text += size;
	}
	return tests_parse_end(parser);
}

static void render(FILE *out, const struct test *group)
{
	for (size_t i = 0; i < group->count; i++) {
		const struct test *test = &group->subtests[i];
		fprintf(out, "%s%c %s", i > 0 ? ", " : "", "PFSX"[test->status], test -> name);
		if (test->reason != NULL)
			fprintf(out, " [%s]", test->reason);
		if (test->count > 0) {
			fputs(" {", out);
			render(out, test);
			fputs("}", out);
		}
		if (test->problem != NULL)
			fprintf(out, " !%s", test->problem);
	}
}

static char *as_text(const struct test *root)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	render(out, root);
	if (root->count == 0 && root->status == TESTS_SKIPPED)
		fprintf(out, "S [%s]", root->reason == NULL ? "" : root->reason);
	if (root->problem != NULL)
		fprintf(out, " !%s", root->problem);
	fclose(out);
	return text;
}

static const struct {
	const char *what, *text, *wanted;
	bool passes;
} cases[] = {
    {"plain TAP 13", "TAP version 13\n1..2\nok 1 - a\nok 2 b\n", "P a, P b", true},
    {"a failure", "1..2\nok 1 - a\nnot ok 2 - b\n", "P a, F b", false},
    {"the plan behind", "ok 1\nok 2\n1..2\n", "P , P ", true},
    {"no version, no numbers", "1..2\nok\nnot ok - x\n", "P , F x", false},
    {"a test is missing", "1..3\nok 1 a\nok 2 b\n", "P a, P b !3 tests were planned, 2 seen",
     false},
    {"one too many", "1..1\nok 1 a\nok 2 b\n", "P a, P b !1 test was planned, 2 seen", false},
    {"none of them", "1..1\n", " !1 test was planned, 0 seen", false},
    {"no plan", "TAP version 13\nok 1 a\n", "P a !no plan was seen, so tests may be missing",
     false},
    {"a number beyond the plan", "1..2\nok 1\nok 3\n", "P , P  !test 3 is beyond the plan of 2",
     false},
    {"a number twice", "1..3\nok 1 a\nok 1 b\nok 3 c\n",
     "P a, P b, P c !test 1 is there twice, so another is missing", false},
    {"... with the plan behind", "ok 2\nok 2\n1..2\n",
     "P , P  !test 2 is there twice, so another is missing", false},
    {"any other order",
     "1..20\nok 20\nok 1\nok 3\nok 5\nok 7\nok 9\nok 11\nok 13\nok 15\nok 17\nok 2\nok 4\nok 6\nok "
     "8\nok 10\nok 12\nok 14\nok 16\nok 18\nok 19\n",
     "P , P , P , P , P , P , P , P , P , P , P , P , P , P , P , P , P , P , P , P ", true},
    {"the same numbers in another document", "1..1\nok 1 a\nTAP version 13\n1..1\nok 1 b\n",
     "P a, P b", true},
    {"a number twice in a group", "1..1\n    1..2\n    ok 1 x\n    ok 1 y\nok 1 g\n",
     "P g {P x, P y} !test 1 is there twice, so another is missing", false},
    {"two plans", "1..1\nok 1\n1..2\n", "P  !two plans: 1 tests and 2", false},
    {"nothing", "", " !no test result was seen", false},
    {"only talk", "hello\nok computer\n# ok 1 x\nokay 1\nnot okay 2\n1..x\n",
     " !no test result was seen", false},
    {"bail out", "1..3\nok 1 a\nBail out!  no disk \nok 2 b\nok 3 c\n",
     "P a !the tests bailed out: no disk", false},
    {"all skipped", "1..0 # SKIP no such device\n", "S [no such device]", true},
    {"an empty plan with a test", "1..0\nok 1 a\n", "P a !0 tests were planned, 1 seen", false},
    {"directives",
     "1..6\nok 1 a # SKIP no disk\nok 2 # skip\nnot ok 3 b # TO"
     "DO later\n"
     "ok 4 c # to"
     "do\nok 5 d # Skipped: why\nnot ok 6 # SKIP not here\n",
     "S a [no disk], S , X b [later], P c, S d [ped: why], S  [not here]", true},
    {"what is no directive", "1..3\nok 1 a # bug 7\nok 2 b\\# SKIP\nnot ok 3 c#SKIP\n",
     "P a # bug 7, P b# SKIP, F c#SKIP", false},
    {"failing directives",
     "1..3\nnot ok 1 a # TIMEOUT 45 seconds\nnot ok 2 b # exit=1\n"
     "ok 3 c # ERROR\n",
     "F a [TIMEOUT 45 seconds], F b [exit=1], F c [ERROR]", false},
    {"carriage returns", "1..1\r\nok 1 a\r\n", "P a", true},
    {"TAP 14 subtests",
     "TAP version 14\n1..2\n    # Subtest: in\n    ok 1 - x\n    1..1\nok 1 - in\nok 2 - y\n",
     "P in {P x}, P y", true},
    {"a comment before its subtests",
     "TAP version 14\n# Subtest: a\n    # Subtest: b\n        1..1\n        ok 1 x\n    ok 1 - b\n"
     "    1..1\nok 1 - a\n1..1\n",
     "P a {P b {P x}}", true},
    {"a subtest fails but its group says ok", "1..1\n    not ok 1 x\n    1..1\nok 1 g\n",
     "P g {F x}", false},
    {"a group fails alone", "1..1\n    ok 1 x\n    1..1\nnot ok 1 g\n", "F g {P x}", false},
    {"a group short of its plan", "1..1\n    1..2\n    ok 1 x\nok 1 g\n",
     "P g {P x} !2 tests were planned, 1 seen", false},
    {"a group without result",
     "1..2\n    # Subtest: g\n    1..1\n    ok 1 x\n1..2\nok 1 a\nok 2 b\n",
     "F g {P x} !it has no result, P a, P b", false},
    {"a crash inside", "1..2\nok 1 a\n    # Subtest: g\n    1..2\n    ok 1 x\nKilled\n",
     "P a, F g {P x} !2 tests were planned, 1 seen !2 tests were planned, 1 seen", false},
    {"the name from the comment", "1..1\n    # Subtest: g\n    1..1\n    ok 1 x\nok 1\n",
     "P g {P x}", true},
    {"YAML is no result", "1..2\nnot ok 1 a\n  ---\n  ok 2 x\n  ...\nok 2 b\n", "F a, P b", false},
    {"YAML cut short", "1..2\nok 1 a\n  ---\n  x: y\nok 2 b\n", "P a, P b", true},
    {"KTAP, two blanks",
     "KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n    KTAP version 1\n"
     "    1..2\n    not ok 1 test_1\n    ok 2 test_2\n  not ok 1 b\nnot ok 1 a\n",
     "F a {F b {F test_1, P test_2}}", false},
    {"KTAP wants numbers", "KTAP version 1\n1..1\nok this is fine\nok 1 a\n", "P a", true},
    {"KTAP XFAIL", "KTAP version 1\n1..2\nnot ok 1 a # XFAIL known\nok 2 - b\n", "X a [known], P b",
     true},
    {"KUnit in the kernel's log",
     "[    0.1] printk: x\n[    0.123456] KTAP version 1\n<6>[   10.0] 1..1\n"
     "[    0.1]     KTAP version 1\n[    0.1]     # Subtest: s\n[    0.1]     1..1\n"
     "[    0.1][   T12]     ok 1 c\n[    0.1] # s: pass:1\n[    0.1] ok 1 s\n",
     "P s {P c}", true},
    {"KUnit before Linux 6",
     "TAP version 14\n1..1\n    # Subtest: s\n    1..2\n    ok 1 - a\n"
     "        # Subtest: p\n        ok 1 - x\n    ok 2 - p\nok 1 - s\n",
     "P s {P a, P p {P x}}", true},
    {"a second document", "KTAP version 1\n1..1\nok 1 a\nKTAP version 1\n1..2\nok 1 b\n",
     "P a, P b !2 tests were planned, 1 seen", false},
    {"a first document cut short", "KTAP version 1\n1..2\nok 1 a\nKTAP version 1\n1..1\nok 1 b\n",
     "P a, P b !2 tests were planned, 1 seen", false},
    {"kselftest",
     "TAP version 13\n1..2\n# selftests: exec: x\n# TAP version 13\n# 1..2\n# ok 1 a\n# not ok 2 "
     "b\n"
     "# # Totals: pass:1\nnot ok 1 selftests: exec: x # exit=1\n# selftests: y\n# ok 1 talk\n"
     "ok 2 selftests: y # SKIP\n",
     "F selftests: exec: x [exit=1] {P a, F b}, S selftests: y", false},
    {"an absurd plan", "1..99999999999999999999\nok 1 a\n",
     "P a !no plan was seen, so tests may be missing", false},
    {"an absurd number", "1..1\nok 99999999999999999999 a\nok 1 b\n",
     "P 99999999999999999999 a, P b !1 test was planned, 2 seen", false},
};

static void test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test *root = parse(TESTS_AUTO, cases[i].text);
		char *got = as_text(root);
		is_str(got, cases[i].wanted, cases[i].what);
		ok(tests_passed(root) == cases[i].passes, "%s: %s", cases[i].what,
		   cases[i].passes ? "a success" : "no success");
		free(got);
		tests_free(root);
	}
}

static void test_formats(void)
{
	struct test *root = parse(TESTS_TAP, "[    0.1] ok 1 a\nok b\n1..1\n");
	char *got = as_text(root);

	is_str(got, "P b", "TAP asked for: no log prefix, and results need no number");
	free(got);
	tests_free(root);
	root = parse(TESTS_KTAP, "ok b\nok 1 a\n1..1\n");
	got = as_text(root);
	is_str(got, "P a", "KTAP asked for: results need a number");
	free(got);
	tests_free(root);
}

static void test_notes(void)
{
	struct test *root = parse(TESTS_AUTO, "1..3\n# early\nok 1 a\n# good\nnot ok 2 b\n# bad\n"
					      "  ---\n  at: 7\n  ...\nok 3 c\n");

	is_str(root->subtests[1].notes, "bad\nat: 7\n", "TAP: notes follow what failed");
	ok(root->subtests[0].notes == NULL, "and of what passed none are kept");
	tests_free(root);
	root = parse(TESTS_AUTO,
		     "KTAP version 1\n1..2\n# x\nok 1 a\n# why\nBUG: it\nnot ok 2 b\n# z\n");
	is_str(root->subtests[1].notes, "why\nBUG: it\n", "KTAP: notes and the log stand before");
	is_str(root->notes, "z\n", "and what follows is the run's");
	tests_free(root);
}

/* Nested deeper than we keep, and names longer. */
static void test_limits(void)
{
	char text[4000] = "1..1\n";
	struct test *root;

	for (int depth = 20; depth >= 0; depth--)
		sprintf(text + strlen(text), "%*sok 1 x\n", depth * 4, "");
	root = parse(TESTS_AUTO, text);
	ok(tests_passed(root), "21 levels one by one outwards are never open together");
	tests_free(root);

	strcpy(text, "1..1\n");
	for (int depth = 1; depth <= 20; depth++)
		sprintf(text + strlen(text), "%*s1..1\n", depth * 4, "");
	for (int depth = 20; depth >= 0; depth--)
		sprintf(text + strlen(text), "%*sok 1 x\n", depth * 4, "");
	root = parse(TESTS_AUTO, text);
	ok(root->problem != NULL && strstr(root->problem, "deeper than 16") != NULL,
	   "21 levels are too many, and that is said");
	tests_free(root);

	memset(text, 'x', 3000);
	memcpy(text, "1..1\nok 1 ", 10);
	strcpy(text + 3000, "\n");
	root = parse(TESTS_AUTO, text);
	is_int((long long)strlen(root->subtests[0].name), 1000, "a long name is cut");
	tests_free(root);
}

/* What we write as TAP we read back as the same. */
static void test_round_trip(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct test *root = parse(TESTS_AUTO, cases[i].text);
		char *text = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&text, &size);

		tests_write_tap(out, root);
		fclose(out);
		struct test *again = parse(TESTS_AUTO, text);
		ok(tests_passed(again) == cases[i].passes, "written as TAP and read: %s",
		   cases[i].what);
		tests_free(again);
		tests_free(root);
		free(text);
	}
	struct test *root =
	    parse(TESTS_AUTO, "1..4\n    1..2\n    ok 1 a\\#b\n    not ok 2 \\\\ # XFAIL no\n"
			      "ok 1 g\nok 2 s # SKIP why\nok 3\nok 4 x # y\n");
	char *text = NULL, *before = as_text(root);
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	tests_write_tap(out, root);
	fclose(out);
	struct test *again = parse(TESTS_AUTO, text);
	char *after = as_text(again);
	is_str(after, before, "a tree without problems comes back whole");
	is_str(before, "P g {P a#b, X \\ [no]}, S s [why], P , P x # y", "and it is the right one");
	free(text);
	free(before);
	free(after);
	tests_free(root);
	tests_free(again);
}

int main(void)
{
	struct tests_totals totals;

	test_cases();
	test_formats();
	test_notes();
	test_limits();
	test_round_trip();
	struct test *root =
	    parse(TESTS_AUTO, "1..4\n    ok 1 a\n    not ok 2 b\nnot ok 1 g\n"
			      "ok 2 c # SKIP\nnot ok 3 d # XFAIL\n    ok 1 e\nnot ok 4 h\n");
	tests_count(root, &totals);
	ok(totals.passed == 2 && totals.failed == 1 && totals.skipped == 1 &&
	       totals.expected_failures == 1 && totals.problems == 1,
	   "tests are counted once, and the group that fails alone");
	ok(tests_fails_alone(&root->subtests[3]) && !tests_fails_alone(&root->subtests[0]),
	   "which is told from one whose subtest fails");
	tests_free(root);
	tests_free(NULL);
	return done();
}
