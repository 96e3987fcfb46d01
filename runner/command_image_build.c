/* SPDX-License-Identifier: Apache-2.0 */
/* command_image_build.c: pith image build. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../init/cmdline.h"
#include "../init/outcome.h"
#include "command_image.h"
#include "image.h"
#include "image_program.h"
#include "interrupt.h"
#include "message.h"
#include "sha256.h"
#include "strv.h"

static const char help[] =
    "Usage: pith image build [OPTION]... -f SRC[=DEST]... -d SRC[=DEST]... -o OUT\n"
    "\n"
    "Builds an app image: a read-only file system in a file, from files and folders of the base\n"
    "system. Same input, same bytes (with the same tools): owners become root, times become\n"
    "SOURCE_DATE_EPOCH or 0, extended attributes and set-user-id bits are dropped, entries are\n"
    "sorted. Permission bits and symbolic links are kept. An app image is started by the\n"
    "runner.toml at its root.\n"
    "\n"
    "  -f, --file SRC[=DEST]  put the file SRC at DEST (default: the last component of SRC);\n"
    "                         the first = separates\n"
    "  -d, --dir SRC[=DEST]   put the folder SRC, with all in it, at DEST; DEST . is the root\n"
    "  -p, --program SRC[=DEST]  put the program SRC there with its loader and shared libraries,\n"
    "                         each where the loader looks for it: for an image that becomes the\n"
    "                         root (pith.app_root=yes); DEST defaults to the path of SRC\n"
    "      --sysroot DIR      find programs and their libraries under DIR (another system's "
    "files)\n"
    "  -o, --output OUT       the image; it appears only when it is complete\n"
    "      --format FORMAT    squashfs (default; gzip, by mksquashfs) or erofs (lz4hc, by\n"
    "                         mkfs.erofs, which needs a copy of the input beside OUT meanwhile;\n"
    "                         SIGKILL leaves that copy behind)\n"
    "      --verity           put a dm-verity superblock and hash tree behind the data\n"
    "      --salt HEX         salt of the tree, 0 to 256 bytes (default: 32 derived from the "
    "data)\n"
    "  -j, --jobs N           use N processors (default: all); the image does not depend on it\n"
    "  -q, --quiet            no lines of progress\n"
    "  -h, --help             this text\n"
    "\n"
    "DEST is a path relative to the image's root; absolute paths and .. are refused, as is a "
    "place\n"
    "that is given twice. Prints the SHA-256 of the image and its name, as sha256sum(1) does, and\n"
    "with --verity the lines root_hash, data_bytes and verity_offset.\n"
    "Exit codes: 0 built, 2 wrong usage, 125 could not be built.\n";

static int read_source_date_epoch(uint32_t *time_s)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	uint64_t number = 0;

	if (text != NULL && command_image_number(text, UINT32_MAX, &number) < 0) {
		say_error("SOURCE_DATE_EPOCH=%s: accepted: seconds since 1970, 0 to 4294967295",
			  text);
		return -EINVAL;
	}
	/* mksquashfs refuses to run with both the variable and the options that replace it. */
	unsetenv("SOURCE_DATE_EPOCH");
	*time_s = (uint32_t)number;
	return 0;
}

static int parse_format(const char *text, enum image_format *format)
{
	if (strcmp(text, "squashfs") == 0)
		*format = IMAGE_SQUASHFS;
	else if (strcmp(text, "erofs") == 0)
		*format = IMAGE_EROFS;
	else {
		say_error("image build: --format %s: accepted: squashfs, erofs", text);
		return -EINVAL;
	}
	return 0;
}

static int parse_salt(const char *text, struct image_options *options)
{
	static uint8_t salt[VERITY_SALT_MAX];
	size_t size = strlen(text) / 2;

	if (size > sizeof(salt) || cmdline_parse_hex(text, salt, size) < 0) {
		say_error("image build: --salt %s: accepted: 0 to 256 bytes in hexadecimal", text);
		return -EINVAL;
	}
	options->salt = salt;
	options->salt_bytes = (unsigned)size;
	return 0;
}

/* Programs are planned when all options have been read: --sysroot may come behind them. */
struct programs {
	struct strv arguments;
	const char *sysroot;
};

static int add_programs(struct image_plan *plan, const struct programs *programs)
{
	for (size_t i = 0; i < programs->arguments.count; i++) {
		int error =
		    image_program_add(plan, programs->arguments.items[i], programs->sysroot);
		if (error != 0)
			return error;
	}
	return 0;
}

/* Returns 0; -EINVAL, or another -errno of a source, after saying why; or 1 when help was printed.
 */
static int parse_option(int option, char **argv, struct image_plan *plan,
			struct image_options *options, struct programs *programs)
{
	switch (option) {
	case 'f':
	case 'd':
		return image_plan_add(plan, (char)option, optarg);
	case 'p':
		strv_add(&programs->arguments, optarg);
		return 0;
	case 'R':
		programs->sysroot = optarg;
		return 0;
	case 'o':
		options->output = optarg;
		return 0;
	case 'j':
		return command_image_jobs("build", optarg, &options->jobs);
	case 'F':
		return parse_format(optarg, &options->format);
	case 'V':
		options->verity = true;
		return 0;
	case 'S':
		return parse_salt(optarg, options);
	case 'q':
		message_quiet = true;
		return 0;
	case 'h':
		fputs(help, stdout);
		return 1;
	default:
		return command_image_refuse_option("build", option, argv);
	}
}

static int parse(int argc, char **argv, struct image_plan *plan, struct image_options *options,
		 struct programs *programs)
{
	static const struct option long_options[] = {
	    {"file", required_argument, NULL, 'f'},    {"dir", required_argument, NULL, 'd'},
	    {"output", required_argument, NULL, 'o'},  {"jobs", required_argument, NULL, 'j'},
	    {"format", required_argument, NULL, 'F'},  {"verity", no_argument, NULL, 'V'},
	    {"program", required_argument, NULL, 'p'}, {"sysroot", required_argument, NULL, 'R'},
	    {"salt", required_argument, NULL, 'S'},    {"quiet", no_argument, NULL, 'q'},
	    {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
	};
	int option;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":f:d:p:o:j:qh", long_options, NULL)) != -1) {
		int error = parse_option(option, argv, plan, options, programs);
		if (error != 0)
			return error;
	}
	if (optind < argc)
		say_error("image build: unexpected argument '%s'; see pith image build --help",
			  argv[optind]);
	else if (plan->count == 0 && programs->arguments.count == 0)
		say_error("image build: nothing to put into the image; give -f, -d or -p");
	else if (options->output == NULL || *options->output == '\0')
		say_error("image build: give the image's name by -o");
	else if (options->salt != NULL && !options->verity)
		say_error("image build: --salt is of no use without --verity");
	else
		return 0;
	return -EINVAL;
}

/* An image inside a folder that goes into it would take its own predecessor in. */
static int refuse_output_in_source(const struct image_plan *plan, const char *output)
{
	char folder[PATH_MAX], real[PATH_MAX];
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

static int print_result(const struct image_options *options, const struct image_result *result)
{
	char root[DIGEST_HEX_SIZE];

	printf("%s  %s\n", result->sha256, options->output);
	if (options->verity) {
		uint64_t data_bytes = result->verity.layout.data_blocks * VERITY_BLOCK;
		digest_hex(result->verity.root_hash, root);
		printf("root_hash %s\n", root);
		printf("data_bytes %" PRIu64 "\n", data_bytes);
		printf("verity_offset %" PRIu64 "\n", data_bytes);
	}
	if (fflush(stdout) == 0)
		return 0;
	say_error("standard output: %s", strerror(errno));
	return EXIT_CODE_PITH;
}

int command_image_build(int argc, char **argv)
{
	struct image_plan plan = {0};
	struct image_options options = {0};
	struct programs programs = {0};
	struct image_result result = {0};
	int code = 0;

	int error = parse(argc, argv, &plan, &options, &programs);
	if (error == 0)
		error = add_programs(&plan, &programs);
	if (error == 0)
		error = read_source_date_epoch(&options.time_s);
	if (error == 0)
		error = refuse_output_in_source(&plan, options.output);
	if (error == 0)
		error = image_plan_finish(&plan);
	if (error < 0)
		code = error == -EINVAL ? COMMAND_IMAGE_USAGE_ERROR : EXIT_CODE_PITH;
	if (error == 0) {
		interrupt_catch();
		error = image_build(&plan, &options, &result);
		interrupt_end();
		code = error < 0 ? EXIT_CODE_PITH : print_result(&options, &result);
	}
	image_plan_free(&plan);
	strv_free(&programs.arguments);
	return code;
}
