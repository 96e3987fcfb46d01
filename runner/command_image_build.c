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
    "       pith image build [-D NAME=VALUE]... [-o DIR] [-j N] [-q] BUILD.toml\n"
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
    "                         mkfs.erofs, which needs a copy of the input beside OUT\n"
    "                         meanwhile), or cpio: no image, an initramfs\n"
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
    "\n"
    "BUILD.toml, or any name that ends so (see pith-build.toml(5)), describes images inside\n"
    "images and the configurations that start them. They are made bottom up, and each level's\n"
    "expected hash, and key where it is signed, is written into the level above. Every image is\n"
    "made anew; each product appears only when it is complete.\n"
    "\n"
    "  -D, --define NAME=VALUE  in place of what [vars] of BUILD.toml says\n"
    "  -o, --output DIR         folder of the products (default: that of BUILD.toml); it is made "
    "if\n"
    "                           only its last component is missing\n"
    "\n"
    "Prints SHA-256 and path of every product, which `sha256sum -c` takes.\n"
    "Exit codes: 0 built, 2 wrong usage or BUILD.toml, 125 could not be built.\n";

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
	else if (strcmp(text, "cpio") == 0)
		*format = IMAGE_CPIO;
	else {
		say_error("image build: --format %s: accepted: squashfs, erofs, cpio", text);
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

/* A build.toml, if one is given. */
struct nested {
	const char *file;
	struct strv variables;
};

static bool is_build_file(const char *word)
{
	size_t size = strlen(word);

	return size > 5 && strcmp(word + size - 5, ".toml") == 0;
}

static int add_variable(struct nested *nested, const char *word)
{
	if (strchr(word, '=') == NULL || *word == '=') {
		say_error("image build: -D %s: accepted: NAME=VALUE", word);
		return -EINVAL;
	}
	strv_add(&nested->variables, word);
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
			struct image_options *options, struct programs *programs,
			struct nested *nested)
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
	case 'D':
		return add_variable(nested, optarg);
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

/* What describes one image does not go with a file that describes them all. */
static int check_nested(const struct image_plan *plan, const struct image_options *options,
			const struct programs *programs, const char *file)
{
	if (plan->count == 0 && programs->arguments.count == 0 && programs->sysroot == NULL &&
	    options->format == IMAGE_SQUASHFS && !options->verity && options->salt == NULL)
		return 0;
	say_error("image build: beside %s accepted are -D, -o, -j and -q; what goes into images "
		  "is said in it",
		  file);
	return -EINVAL;
}

static int parse(int argc, char **argv, struct image_plan *plan, struct image_options *options,
		 struct programs *programs, struct nested *nested)
{
	static const struct option long_options[] = {
	    {"file", required_argument, NULL, 'f'},
	    {"dir", required_argument, NULL, 'd'},
	    {"output", required_argument, NULL, 'o'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"format", required_argument, NULL, 'F'},
	    {"verity", no_argument, NULL, 'V'},
	    {"program", required_argument, NULL, 'p'},
	    {"sysroot", required_argument, NULL, 'R'},
	    {"salt", required_argument, NULL, 'S'},
	    {"quiet", no_argument, NULL, 'q'},
	    {"define", required_argument, NULL, 'D'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":f:d:p:o:j:D:qh", long_options, NULL)) != -1) {
		int error = parse_option(option, argv, plan, options, programs, nested);
		if (error != 0)
			return error;
	}
	if (optind == argc - 1 && is_build_file(argv[optind]))
		nested->file = argv[optind];
	if (nested->file != NULL)
		return check_nested(plan, options, programs, nested->file);
	if (optind < argc)
		say_error("image build: unexpected argument '%s'; see pith image build --help",
			  argv[optind]);
	else if (nested->variables.count > 0)
		say_error("image build: -D %s is of no use without a BUILD.toml",
			  nested->variables.items[0]);
	else if (plan->count == 0 && programs->arguments.count == 0)
		say_error("image build: nothing to put into the image; give -f, -d or -p");
	else if (options->output == NULL || *options->output == '\0')
		say_error("image build: give the image's name by -o");
	else if (options->salt != NULL && !options->verity)
		say_error("image build: --salt is of no use without --verity");
	else if (options->verity && options->format == IMAGE_CPIO)
		say_error("image build: --verity: a cpio archive has no hash tree");
	else
		return 0;
	return -EINVAL;
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

static int build_one(struct image_plan *plan, struct image_options *options,
		     const struct programs *programs)
{
	struct image_result result = {0};
	int error = add_programs(plan, programs);

	if (error == 0)
		error = image_plan_refuse_output(plan, "-o", options->output);
	if (error == 0)
		error = image_plan_finish(plan);
	if (error < 0)
		return error == -EINVAL ? COMMAND_IMAGE_USAGE_ERROR : EXIT_CODE_PITH;
	interrupt_catch();
	error = image_build(plan, options, &result);
	interrupt_end();
	return error < 0 ? EXIT_CODE_PITH : print_result(options, &result);
}

int command_image_build(int argc, char **argv)
{
	struct image_plan plan = {0};
	struct image_options options = {0};
	struct programs programs = {0};
	struct nested nested = {0};
	int code = 0;

	int error = parse(argc, argv, &plan, &options, &programs, &nested);
	if (error == 0)
		error = read_source_date_epoch(&options.time_s);
	if (error < 0)
		code = error == -EINVAL ? COMMAND_IMAGE_USAGE_ERROR : EXIT_CODE_PITH;
	else if (error == 0 && nested.file != NULL)
		code = command_image_build_nested(nested.file, &nested.variables, &options);
	else if (error == 0)
		code = build_one(&plan, &options, &programs);
	image_plan_free(&plan);
	strv_free(&programs.arguments);
	strv_free(&nested.variables);
	return code;
}
