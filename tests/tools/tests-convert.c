/* SPDX-License-Identifier: Apache-2.0 */
/* tests-convert auto|tap|ktap tap|junit|summary: results of tests from standard input, in the other
 * form on standard output; exit 1 when the run is no success. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/junit.h"
#include "../../runner/tests_parse.h"
#include "../../runner/tests_write.h"

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	if (argc != 3)
		return 2;
	struct tests_parser *parser =
	    tests_parse_begin(strcmp(argv[1], "tap") == 0    ? TESTS_TAP
			      : strcmp(argv[1], "ktap") == 0 ? TESTS_KTAP
							     : TESTS_AUTO);
	while ((size = getline(&line, &room, stdin)) >= 0)
		tests_parse_line(parser, line, (size_t)size);
	free(line);
	struct test *root = tests_parse_end(parser);
	if (strcmp(argv[2], "tap") == 0) {
		tests_write_tap(stdout, root);
	} else if (strcmp(argv[2], "summary") == 0) {
		tests_write_summary(stdout, root);
	} else {
		junit_begin(stdout);
		junit_suite(stdout, "suite", root, 1.5, getenv("RUN_ERROR"));
		junit_end(stdout);
	}
	int status = tests_passed(root) ? 0 : 1;
	tests_free(root);
	return status;
}
