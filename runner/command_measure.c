/* SPDX-License-Identifier: Apache-2.0 */
/* command_measure.c: pith measure: predicts a trusted boot measure from files, step by step. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/cmdline.h"
#include "../init/outcome.h"
#include "command.h"
#include "message.h"
#include "sha256.h"

#define USAGE_ERROR 2
#define READ_BYTES (1u << 20)

static const char help[] =
    "Usage: pith measure STEP...\n"
    "\n"
    "Predicts the measure of a trusted boot. It starts as 32 zero bytes; measuring DATA makes it\n"
    "SHA-256(DATA || measure). Steps are done in the order given:\n"
    "\n"
    "      --set HEX                    set the measure, 64 hexadecimal digits\n"
    "      --measure-file FILE          measure the content of FILE\n"
    "      --measure-hash-of-file FILE  measure the SHA-256, 32 bytes, of the content of FILE:\n"
    "                                   what a boot does with an app image\n"
    "  -h, --help                       this text\n"
    "\n"
    "Prints the last measure in hexadecimal.\n"
    "Exit codes: 0 printed, 2 wrong usage, 125 a file could not be read.\n";

/* measure = SHA-256(DATA || measure), where DATA is the content of PATH, or with HASHED the SHA-256
 * of it. Returns 0, or -errno after saying why. */
static int measure_file(const char *path, bool hashed, uint8_t measure[SHA256_BYTES])
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *buffer = malloc(READ_BYTES);
	uint8_t digest[SHA256_BYTES];
	struct sha256 hash;
	ssize_t n = -1;

	if (buffer == NULL)
		die_out_of_memory();
	sha256_begin(&hash);
	if (descriptor >= 0)
		while ((n = read(descriptor, buffer, READ_BYTES)) > 0)
			sha256_add(&hash, buffer, (size_t)n);
	int error = n < 0 ? errno : 0;
	free(buffer);
	if (descriptor >= 0)
		close(descriptor);
	if (error != 0) {
		say_error("measure: %s: %s", path, strerror(error));
		return -error;
	}
	if (hashed) {
		sha256_end(&hash, digest);
		sha256_begin(&hash);
		sha256_add(&hash, digest, sizeof(digest));
	}
	sha256_add(&hash, measure, SHA256_BYTES);
	sha256_end(&hash, measure);
	return 0;
}

/* One step. Returns 0 or an exit code, after saying why. */
static int step(int option, char **argv, uint8_t measure[SHA256_BYTES])
{
	switch (option) {
	case 's':
		if (cmdline_parse_hex(optarg, measure, SHA256_BYTES) == 0)
			return 0;
		say_error("measure: --set %s: accepted: 64 hexadecimal digits", optarg);
		return USAGE_ERROR;
	case 'f':
		return measure_file(optarg, false, measure) < 0 ? EXIT_CODE_PITH : 0;
	case 'i':
		return measure_file(optarg, true, measure) < 0 ? EXIT_CODE_PITH : 0;
	case ':':
		say_error("measure: a step lacks its value; see pith measure --help");
		return USAGE_ERROR;
	default:
		say_error("measure: unknown option %s; see pith measure --help", argv[optind - 1]);
		return USAGE_ERROR;
	}
}

int command_measure(int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"set", required_argument, NULL, 's'},
	    {"measure-file", required_argument, NULL, 'f'},
	    {"measure-hash-of-file", required_argument, NULL, 'i'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	uint8_t measure[SHA256_BYTES] = {0};
	char hex[DIGEST_HEX_SIZE];
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return 0;
		}
		int code = step(option, argv, measure);
		if (code != 0)
			return code;
	}
	if (argc == 1 || optind < argc) {
		say_error("measure: give steps, and nothing else; see pith measure --help");
		return USAGE_ERROR;
	}
	digest_hex(measure, hex);
	if (puts(hex) < 0 || fflush(stdout) != 0) {
		say_error("standard output: %s", strerror(errno));
		return EXIT_CODE_PITH;
	}
	return 0;
}
