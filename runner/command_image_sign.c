/* SPDX-License-Identifier: Apache-2.0 */
/* command_image_sign.c: pith image sign. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../init/outcome.h"
#include "command_image.h"
#include "image_sign.h"
#include "input_file.h"
#include "interrupt.h"
#include "message.h"
#include "sha256.h"

static const char help[] =
    "Usage: pith image sign --key KEY.pem [--name NAME] [--version N] IMAGE\n"
    "\n"
    "Signs IMAGE, which was built with --verity: checks all of it against its own hash tree, then\n"
    "appends a manifest of 4096 bytes (root hash, sizes, name, version, Ed25519 signature). An "
    "image\n"
    "that has a manifest gets a new one in its place.\n"
    "\n"
    "      --key KEY.pem  the private key, of `openssl genpkey -algorithm ed25519`; used by "
    "openssl(1)\n"
    "      --name NAME    name of the image: 1 to 63 of A-Z a-z 0-9 . _ - (default: the file's)\n"
    "      --version N    version number, for refusing older images (default: 0)\n"
    "  -j, --jobs N       use N processors (default: all)\n"
    "  -h, --help         this text\n"
    "\n"
    "Exit codes: 0 signed, 2 wrong usage, 125 not signed; the image is then as it was.\n";

struct order {
	const char *image;
	struct image_signing signing;
	unsigned jobs;
};

/* Returns 0, -EINVAL after saying why, or 1 when help was printed. */
static int parse_option(int option, char **argv, struct order *order)
{
	switch (option) {
	case 'k':
		order->signing.key = optarg;
		return 0;
	case 'n':
		order->signing.name = optarg;
		return 0;
	case 'v':
		if (command_image_number(optarg, UINT64_MAX, &order->signing.version) == 0)
			return 0;
		say_error("image sign: --version %s: accepted: 0 to %" PRIu64, optarg, UINT64_MAX);
		return -EINVAL;
	case 'j':
		return command_image_jobs("sign", optarg, &order->jobs);
	case 'h':
		fputs(help, stdout);
		return 1;
	default:
		return command_image_refuse_option("sign", option, argv);
	}
}

static int parse(int argc, char **argv, struct order *order)
{
	static const struct option long_options[] = {
	    {"key", required_argument, NULL, 'k'},     {"name", required_argument, NULL, 'n'},
	    {"version", required_argument, NULL, 'v'}, {"jobs", required_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
	};
	int option, error = 0;

	optind = 1;
	opterr = 0;
	while (error == 0 && (option = getopt_long(argc, argv, ":j:h", long_options, NULL)) != -1)
		error = parse_option(option, argv, order);
	if (error != 0)
		return error;
	order->image = argv[optind];
	if (argc - optind != 1 || order->signing.key == NULL) {
		say_error("image sign: give --key and one image; see pith image sign --help");
		return -EINVAL;
	}
	if (order->signing.name == NULL) {
		const char *slash = strrchr(order->image, '/');
		order->signing.name = slash == NULL ? order->image : slash + 1;
	}
	if (!manifest_name_is_valid(order->signing.name)) {
		say_error("image sign: --name '%s': accepted: 1 to 63 of A-Z a-z 0-9 . _ -",
			  order->signing.name);
		return -EINVAL;
	}
	return 0;
}

/* Read IMAGE and check all of it, so that nothing but a consistent image is ever signed. */
static int check(const struct order *order, int descriptor, struct image_verity *image)
{
	struct verity_bad_block bad;
	const char *why;
	int error = image_verity_read(descriptor, image, &why);

	if (error == -EBADMSG) {
		say_error("%s: %s; build it with --verity", order->image, why);
		return error;
	}
	if (error == 0)
		error = image_verity_check(descriptor, image, image->root_hash, order->jobs, &bad);
	if (error < 0)
		image_verity_say_bad(order->image, error, &bad);
	return error;
}

int command_image_sign(int argc, char **argv)
{
	struct order order = {0};
	struct image_verity image;
	char hex[DIGEST_HEX_SIZE];
	int error = parse(argc, argv, &order);

	if (error != 0)
		return error < 0 ? COMMAND_IMAGE_USAGE_ERROR : 0;
	int descriptor = input_file_open(order.image, O_RDWR);
	if (descriptor < 0) {
		say_error("%s: %s", order.image, input_file_error(descriptor));
		return EXIT_CODE_PITH;
	}
	interrupt_catch();
	error = check(&order, descriptor, &image);
	if (error == 0)
		error = image_sign(order.image, &order.signing, descriptor, &image);
	close(descriptor);
	interrupt_end();
	if (error < 0)
		return EXIT_CODE_PITH;
	digest_hex(image.manifest.key_id, hex);
	printf("%s: signed as %s version %" PRIu64 " by key %s\n", order.image, image.manifest.name,
	       image.manifest.version, hex);
	return 0;
}
