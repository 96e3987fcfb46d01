/* SPDX-License-Identifier: Apache-2.0 */
/* command_image.c: pith image: the table of its verbs, and what they share. */
#include "command_image.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} verbs[] = {
    {"build", command_image_build, "make an app image from files and folders"},
    {"sign", command_image_sign, "sign an image that has a hash tree"},
    {"verify", command_image_verify, "check an image against a hash or a key"},
    {"show", command_image_show, "print what an image is: sizes, hashes, tree, files"},
};
#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

int command_image_refuse_option(const char *verb, int option, char **argv)
{
	if (option == ':')
		say_error("image %s: %s needs a value; see pith image %s --help", verb,
			  argv[optind - 1] != NULL ? argv[optind - 1] : argv[optind - 2], verb);
	else if (optopt > ' ' && optopt < 127)
		say_error("image %s: unknown option -%c; see pith image %s --help", verb, optopt,
			  verb);
	else
		say_error("image %s: unknown option %s; see pith image %s --help", verb,
			  argv[optind - 1], verb);
	return -EINVAL;
}

int command_image_number(const char *text, uint64_t maximum, uint64_t *number)
{
	if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
		return -EINVAL;
	errno = 0;
	unsigned long long value = strtoull(text, NULL, 10);
	if (errno != 0 || value > maximum)
		return -EINVAL;
	*number = value;
	return 0;
}

int command_image_jobs(const char *verb, const char *text, unsigned *jobs)
{
	uint64_t number;

	if (command_image_number(text, 1024, &number) < 0 || number == 0) {
		say_error("image %s: --jobs %s: accepted: 1 to 1024", verb, text);
		return -EINVAL;
	}
	*jobs = (unsigned)number;
	return 0;
}

static void print_help(void)
{
	puts("Usage: pith image VERB ...\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-8s %s\n", verbs[i].name, verbs[i].summary);
	puts("\nEach has a --help of its own.");
}

int command_image(int argc, char **argv)
{
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help();
		return 0;
	}
	if (argc >= 2)
		for (size_t i = 0; i < VERBS; i++)
			if (strcmp(argv[1], verbs[i].name) == 0)
				return verbs[i].run(argc - 1, argv + 1);
	say_error("image: %s%s%s; see pith image --help", argc >= 2 ? "unknown verb '" : "no verb",
		  argc >= 2 ? argv[1] : "", argc >= 2 ? "'" : "");
	return COMMAND_IMAGE_USAGE_ERROR;
}
