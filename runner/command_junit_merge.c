/* SPDX-License-Identifier: Apache-2.0 */
/* command_junit_merge.c: pith junit-merge: several JUnit files into one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/outcome.h"
#include "command.h"
#include "junit.h"
#include "junit_merge.h"
#include "message.h"
#include "output_file.h"

static const char help[] =
    "Usage: pith junit-merge --output FILE [NAME=]PART...\n"
    "\n"
    "Writes the test suites of all PARTs, JUnit files, into FILE. In the place of a PART that is\n"
    "missing or not whole stands a suite NAME (default: the path) with an error.\n"
    "\n"
    "  -o, --output FILE  the file to write\n"
    "  -h, --help         this text\n"
    "\n"
    "Exit codes: 0 all parts were whole, whatever their tests say; 1 one was not; 125 FILE cannot\n"
    "be written; 2 wrong usage.\n";

static int usage_error(const char *message)
{
	say_error("junit-merge: %s; see pith junit-merge --help", message);
	return 2;
}

/* "NAME=PART", unless a file is called that. */
static int merge_one(FILE *out, char *word)
{
	char *equals = access(word, F_OK) == 0 ? NULL : strchr(word, '=');
	const char *path = equals == NULL ? word : equals + 1, *name = word;

	if (equals != NULL)
		*equals = '\0';
	if (junit_merge_file(out, path, name, NULL, 0) == 0)
		return 0;
	say_error("%s: missing, or not a whole JUnit file", path);
	return -1;
}

static int merge(const char *path, char **parts, int count)
{
	struct output_file file;
	int exit_code = 0;
	FILE *out;

	if (output_file_open(&file, path) != 0)
		return EXIT_CODE_PITH;
	out = output_file_stream(&file);
	junit_begin(out);
	for (int i = 0; i < count; i++)
		if (merge_one(out, parts[i]) != 0)
			exit_code = 1;
	junit_end(out);
	return output_file_finish(&file, out) == 0 ? exit_code : EXIT_CODE_PITH;
}

int command_junit_merge(int argc, char **argv)
{
	const char *output = NULL;
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0) {
			fputs(help, stdout);
			return 0;
		}
		if (strncmp(argv[i], "--output=", 9) == 0) {
			output = argv[i] + 9;
		} else if (strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0) {
			if (++i == argc)
				return usage_error("--output needs a file");
			output = argv[i];
		} else if (strcmp(argv[i], "--") == 0) {
			i++;
			break;
		} else {
			return usage_error("unknown option; accepted are --output and --help");
		}
	}
	if (output == NULL)
		return usage_error("--output FILE is missing");
	if (i == argc)
		return usage_error("no PART is given");
	return merge(output, argv + i, argc - i);
}
