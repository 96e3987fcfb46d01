/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the output of tests, in each format: what is written as TAP is read back with the
 * same verdict, and the other writers get through. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/junit.h"
#include "../../runner/tests_parse.h"
#include "../../runner/tests_write.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static struct test *parse(enum tests_format format, const char *text, size_t size)
{
	struct tests_parser *parser = tests_parse_begin(format);

	while (size > 0) {
		const char *newline = memchr(text, '\n', size);
		size_t length = newline == NULL ? size : (size_t)(newline - text) + 1;
		tests_parse_line(parser, text, length);
		text += length;
		size -= length;
	}
	return tests_parse_end(parser);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = NULL;
	size_t text_size = 0;

	if (size < 1)
		return 0;
	struct test *root =
	    parse((enum tests_format)(data[0] % 3), (const char *)data + 1, size - 1);
	FILE *out = open_memstream(&text, &text_size);
	if (out == NULL)
		abort();
	tests_write_tap(out, root);
	fclose(out);
	struct test *again = parse(TESTS_TAP, text, text_size);
	if (tests_passed(root) != tests_passed(again))
		abort();
	tests_free(again);
	free(text);

	out = open_memstream(&text, &text_size);
	if (out == NULL)
		abort();
	tests_write_summary(out, root);
	junit_suite(out, "s", root, 0, NULL);
	fclose(out);
	free(text);
	tests_free(root);
	return 0;
}
