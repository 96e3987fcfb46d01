/* SPDX-License-Identifier: Apache-2.0 */
/* command_image.c: pith image: the command line of building app images. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../init/outcome.h"
#include "command.h"
#include "image.h"
#include "interrupt.h"
#include "message.h"

#define USAGE_ERROR 2

static const char help[] =
    "Usage: pith image build -f SRC[=DEST]... -d SRC[=DEST]... -o OUT\n"
    "\n"
    "Builds an app image: a read-only squashfs file, from files and folders of the base system.\n"
    "Same input, same bytes: owners become root, times become SOURCE_DATE_EPOCH or 0, extended\n"
    "attributes and set-user-id bits are dropped, entries are sorted. Permission bits and "
    "symbolic\n"
    "links are kept. Prints the SHA-256 of the image and its name, as sha256sum(1) does.\n"
    "\n"
    "  -f, --file SRC[=DEST]  put the file SRC at DEST (default: the last component of SRC);\n"
    "                         the first = separates\n"
    "  -d, --dir SRC[=DEST]   put the folder SRC, with all in it, at DEST; DEST . is the root\n"
    "  -o, --output OUT       the image; it appears only when it is complete\n"
    "  -j, --jobs N           use N processors (default: all); the image does not depend on it\n"
    "  -q, --quiet            no lines of progress\n"
    "  -h, --help             this text\n"
    "\n"
    "DEST is a path relative to the image's root; absolute paths and .. are refused, as is a "
    "place\n"
    "that is given twice. An app image is started by the runner.toml at its root.\n"
    "Exit codes: 0 built, 2 wrong usage, 125 could not be built.\n";

static int usage_error(void)
{
	say_error(
	    "image: usage: pith image build -f SRC[=DEST] -d SRC[=DEST] -o OUT; see pith image "
	    "--help");
	return USAGE_ERROR;
}

/* TEXT as a decimal number of at most MAXIMUM, digits only. Returns 0 or -EINVAL. */
static int parse_number(const char *text, unsigned long long maximum, unsigned long long *number)
{
	if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' || strlen(text) > 18)
		return -EINVAL;
	*number = strtoull(text, NULL, 10);
	return *number <= maximum ? 0 : -EINVAL;
}

static int read_source_date_epoch(uint32_t *time_s)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	unsigned long long number = 0;

	if (text != NULL && parse_number(text, UINT32_MAX, &number) < 0) {
		say_error("SOURCE_DATE_EPOCH=%s: accepted: seconds since 1970, 0 to 4294967295",
			  text);
		return -EINVAL;
	}
	/* mksquashfs refuses to run with both the variable and the options that replace it. */
	unsetenv("SOURCE_DATE_EPOCH");
	*time_s = (uint32_t)number;
	return 0;
}

/* Options into PLAN and OPTIONS. Returns 0, -EINVAL after saying why, or 1 when help was printed.
 */
static int parse_build(int argc, char **argv, struct image_plan *plan,
		       struct image_options *options)
{
	static const struct option long_options[] = {
	    {"file", required_argument, NULL, 'f'},
	    {"dir", required_argument, NULL, 'd'},
	    {"output", required_argument, NULL, 'o'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"quiet", no_argument, NULL, 'q'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	unsigned long long number;
	int option, error;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":f:d:o:j:qh", long_options, NULL)) != -1) {
		switch (option) {
		case 'f':
		case 'd':
			error = image_plan_add(plan, (char)option, optarg);
			if (error < 0)
				return error;
			break;
		case 'o':
			options->output = optarg;
			break;
		case 'j':
			if (parse_number(optarg, 1024, &number) < 0 || number == 0) {
				say_error("image build: --jobs %s: accepted: 1 to 1024", optarg);
				return -EINVAL;
			}
			options->jobs = (unsigned)number;
			break;
		case 'q':
			message_quiet = true;
			break;
		case 'h':
			fputs(help, stdout);
			return 1;
		case ':':
			say_error("image build: -%c needs a value; see pith image --help", optopt);
			return -EINVAL;
		default:
			if (optopt != 0)
				say_error("image build: unknown option -%c; see pith image --help",
					  optopt);
			else
				say_error("image build: unknown option %s; see pith image --help",
					  argv[optind - 1]);
			return -EINVAL;
		}
	}
	if (optind < argc)
		say_error("image build: unexpected argument '%s'; see pith image --help",
			  argv[optind]);
	else if (plan->count == 0)
		say_error("image build: nothing to put into the image; give -f or -d");
	else if (options->output == NULL || *options->output == '\0')
		say_error("image build: give the image's name by -o");
	else
		return 0;
	return -EINVAL;
}

/* An image inside a folder that goes into it would take its own predecessor in. */
static int refuse_output_in_source(const struct image_plan *plan, const char *output)
{
	char folder[PATH_MAX], real[PATH_MAX + 1];
	const char *slash = strrchr(output, '/');
	int size = slash == NULL ? 0 : (int)(slash - output) + 1;

	if (snprintf(folder, sizeof(folder), "%.*s", size, output) >= (int)sizeof(folder) ||
	    realpath(size == 0 ? "." : folder, real) == NULL)
		return 0; /* said when the output is opened */
	for (size_t i = 0; i < plan->count; i++) {
		const struct image_entry *entry = &plan->entries[i];
		if (entry->type == IMAGE_DIRECTORY && entry->source != NULL &&
		    strcmp(entry->source, real) == 0) {
			say_error("-o %s lies in %s, which goes into the image", output,
				  entry->source);
			return -EINVAL;
		}
	}
	return 0;
}

static int build(int argc, char **argv)
{
	struct image_plan plan = {0};
	struct image_options options = {0};
	char hex[65];
	int code = 0;

	int error = parse_build(argc, argv, &plan, &options);
	if (error == 0)
		error = read_source_date_epoch(&options.time_s);
	if (error == 0)
		error = refuse_output_in_source(&plan, options.output);
	if (error == 0)
		error = image_plan_finish(&plan);
	if (error < 0)
		code = error == -EINVAL ? USAGE_ERROR : EXIT_CODE_PITH;
	if (error == 0) {
		interrupt_catch();
		error = image_build(&plan, &options, hex);
		code = error < 0 ? EXIT_CODE_PITH : 0;
	}
	image_plan_free(&plan);
	interrupt_end();
	if (error == 0 && (printf("%s  %s\n", hex, options.output) < 0 || fflush(stdout) != 0)) {
		say_error("standard output: %s", strerror(errno));
		return EXIT_CODE_PITH;
	}
	return code;
}

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
    {"build", build},
};

int command_image(int argc, char **argv)
{
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	if (argc >= 2)
		for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
			if (strcmp(argv[1], verbs[i].name) == 0)
				return verbs[i].run(argc - 1, argv + 1);
	return usage_error();
}
