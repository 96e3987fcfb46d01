/* SPDX-License-Identifier: Apache-2.0 */
/* command_measure.c: pith measure: predicts what a boot measures, from files step by step, or of
 * the VMs of a configuration. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/cmdline.h"
#include "../init/outcome.h"
#include "accel.h"
#include "command.h"
#include "config.h"
#include "input_file.h"
#include "message.h"
#include "predict.h"
#include "sha256.h"

#define USAGE_ERROR 2
#define READ_BYTES (1u << 20)

static const char help[] =
    "Usage: pith measure STEP...\n"
    "       pith measure --vm CONFIG [NAME]\n"
    "\n"
    "Predicts the measure of a trusted boot. It starts as 32 zero bytes; measuring DATA makes it\n"
    "SHA-256(DATA || measure). Steps are done in the order given:\n"
    "\n"
    "      --set HEX                    set the measure, 64 hexadecimal digits\n"
    "      --measure-file FILE          measure the content of FILE\n"
    "      --measure-hash-of-file FILE  measure the SHA-256, 32 bytes, of the content of FILE:\n"
    "                                   what a boot does with an app image\n"
    "Prints the last measure in hexadecimal.\n"
    "\n"
    "      --vm CONFIG [NAME]           predict for each VM of a configuration, or for NAME: a "
    "line\n"
    "                                   \"NAME measure HEX\", what its app's attestations begin\n"
    "                                   with, and where it has a TPM \"NAME pcr11 HEX\"\n"
    "      --accel kvm|tcg              how it will run, which its kernel is told (default: as\n"
    "                                   pith run would here)\n"
    "      --events                     print what goes into PCR 11 as well, a line each\n"
    "  -v, --verbose                    predict for pith run -v, where the kernel is not quiet\n"
    "  -h, --help                       this text\n"
    "\n"
    "Exit codes: 0 printed, 2 wrong usage or configuration, 125 a file could not be read.\n";

struct arguments {
	const char *config; /* NULL: steps */
	const char *name;   /* NULL: all VMs */
	bool has_accel, events, verbose, steps;
	enum qemu_accel accel;
	uint8_t measure[SHA256_BYTES];
};

/* measure = SHA-256(DATA || measure), where DATA is the content of PATH, or with HASHED the SHA-256
 * of it. Returns 0, or -errno after saying why. */
static int measure_file(const char *path, bool hashed, uint8_t measure[SHA256_BYTES])
{
	int descriptor = input_file_open_stream(path);
	unsigned char *buffer = malloc(READ_BYTES);
	uint8_t digest[SHA256_BYTES];
	struct digest hash;
	ssize_t n = -1;

	if (buffer == NULL)
		die_out_of_memory();
	digest_begin(&hash);
	if (descriptor >= 0)
		while ((n = read(descriptor, buffer, READ_BYTES)) > 0)
			digest_add(&hash, buffer, (size_t)n);
	int error = descriptor < 0 ? -descriptor : n < 0 ? errno : 0;
	free(buffer);
	if (descriptor >= 0)
		close(descriptor);
	if (error != 0) {
		say_error("measure: %s: %s", path, input_file_error(error));
		return -error;
	}
	if (hashed) {
		digest_end(&hash, digest);
		digest_begin(&hash);
		digest_add(&hash, digest, sizeof(digest));
	}
	digest_add(&hash, measure, SHA256_BYTES);
	digest_end(&hash, measure);
	return 0;
}

__attribute__((format(printf, 1, 2))) static int usage_error(const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	say_error("measure: %s; see pith measure --help", message);
	return USAGE_ERROR;
}

/* One step. Returns 0 or an exit code, after saying why. */
static int step(int option, uint8_t measure[SHA256_BYTES])
{
	if (option != 's')
		return measure_file(optarg, option == 'i', measure) < 0 ? EXIT_CODE_PITH : 0;
	if (cmdline_parse_hex(optarg, measure, SHA256_BYTES) == 0)
		return 0;
	say_error("measure: --set %s: accepted: 64 hexadecimal digits", optarg);
	return USAGE_ERROR;
}

static int take_accel(struct arguments *arguments)
{
	arguments->has_accel = true;
	arguments->accel = strcmp(optarg, "kvm") == 0 ? ACCEL_KVM : ACCEL_TCG;
	if (arguments->accel == ACCEL_TCG && strcmp(optarg, "tcg") != 0)
		return usage_error("--accel %s: accepted are kvm, tcg", optarg);
	return 0;
}

/* One option. Returns 0 or an exit code, after saying why. */
static int take_option(int option, char **argv, struct arguments *arguments)
{
	switch (option) {
	case 's':
	case 'f':
	case 'i':
		arguments->steps = true;
		return step(option, arguments->measure);
	case 'm':
		if (arguments->config != NULL)
			return usage_error("--vm is there twice");
		arguments->config = optarg;
		return 0;
	case 'a':
		return take_accel(arguments);
	case 'e':
		arguments->events = true;
		return 0;
	case 'v':
		arguments->verbose = true;
		return 0;
	case ':':
		return usage_error("%s lacks its value", argv[optind - 1]);
	default:
		return usage_error("unknown option %s", argv[optind - 1]);
	}
}

static void print_line(const char *name, const char *what, const uint8_t value[DIGEST_BYTES])
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(value, hex);
	printf("%s %s %s\n", name, what, hex);
}

static int print_vm(const struct config_process *process, const struct arguments *arguments)
{
	static struct prediction prediction;
	enum qemu_accel accel = arguments->accel;
	char why[256];

	if (!arguments->has_accel &&
	    accel_choose(process->vm.kvm, process->vm.arch, &accel, why, sizeof(why)) < 0) {
		say_error("measure: %s: %s", process->name, why);
		return EXIT_CODE_PITH;
	}
	if (predict_vm(process, accel, arguments->verbose, &prediction, why, sizeof(why)) < 0) {
		say_error("measure: %s: app image %s: %s", process->name,
			  process->vm.app != NULL ? process->vm.app : "", why);
		return EXIT_CODE_PITH;
	}
	if (prediction.has_measure)
		print_line(process->name, "measure", prediction.measure);
	if (!prediction.has_pcr)
		return 0;
	print_line(process->name, "pcr11", prediction.pcr);
	for (size_t i = 0; arguments->events && i < prediction.boot.count; i++) {
		const struct measure_event *event = &prediction.boot.events[i];
		printf("%s event %.*s\n", process->name, (int)event->size, event->text);
	}
	return 0;
}

static int print_vms(const struct config *config, const struct arguments *arguments)
{
	bool found = false;
	int code = 0;

	for (size_t i = 0; i < config->process_count && code == 0; i++) {
		const struct config_process *process = &config->processes[i];
		if (process->type != PROCESS_VM ||
		    (arguments->name != NULL && strcmp(arguments->name, process->name) != 0))
			continue;
		found = true;
		code = print_vm(process, arguments);
	}
	if (found)
		return code;
	if (arguments->name != NULL)
		say_error("measure: %s: there is no VM '%s'", arguments->config, arguments->name);
	else
		say_error("measure: %s: there is no VM", arguments->config);
	return USAGE_ERROR;
}

static int measure_vms(const struct arguments *arguments)
{
	struct config *config = NULL;
	struct config_errors errors = {0};

	if (config_load(arguments->config, &config, &errors) != 0) {
		for (size_t i = 0; i < errors.messages.count; i++)
			say_error("%s", errors.messages.items[i]);
		config_errors_free(&errors);
		return USAGE_ERROR;
	}
	int code = print_vms(config, arguments);
	config_free(config);
	return code;
}

static int measure_steps(const struct arguments *arguments)
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(arguments->measure, hex);
	puts(hex);
	return 0;
}

/* What stands behind the options. Returns 0 or an exit code, after saying why. */
static int take_rest(int argc, char **argv, struct arguments *arguments)
{
	if (arguments->config == NULL) {
		if (argc == 1 || optind < argc || !arguments->steps)
			return usage_error("give steps, and nothing else");
		if (arguments->has_accel || arguments->events || arguments->verbose)
			return usage_error("--accel, --events and -v are for --vm");
		return 0;
	}
	if (arguments->steps)
		return usage_error("steps beside --vm");
	if (optind < argc)
		arguments->name = argv[optind++];
	return optind < argc ? usage_error("'%s': one VM is accepted", argv[optind]) : 0;
}

int command_measure(int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"set", required_argument, NULL, 's'},
	    {"measure-file", required_argument, NULL, 'f'},
	    {"measure-hash-of-file", required_argument, NULL, 'i'},
	    {"vm", required_argument, NULL, 'm'},
	    {"accel", required_argument, NULL, 'a'},
	    {"events", no_argument, NULL, 'e'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct arguments arguments = {0};
	int option, code = 0;

	opterr = 0;
	while (code == 0 && (option = getopt_long(argc, argv, ":hv", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return 0;
		}
		code = take_option(option, argv, &arguments);
	}
	if (code == 0)
		code = take_rest(argc, argv, &arguments);
	if (code == 0)
		code =
		    arguments.config != NULL ? measure_vms(&arguments) : measure_steps(&arguments);
	if (fflush(stdout) != 0) {
		say_error("standard output: %s", strerror(errno));
		return EXIT_CODE_PITH;
	}
	return code;
}
