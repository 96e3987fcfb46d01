/* SPDX-License-Identifier: Apache-2.0 */
/* command_image_verify.c: pith image verify. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../init/cmdline.h"
#include "../init/outcome.h"
#include "command_image.h"
#include "image_verity.h"
#include "message.h"
#include "sha256.h"

static const char help[] =
    "Usage: pith image verify [OPTION]... IMAGE\n"
    "\n"
    "Checks every byte of IMAGE: against a SHA-256, or its dm-verity tree against a root hash.\n"
    "What is given must all be right. With nothing given, it is only shown that data and tree\n"
    "belong together, and the root hash is printed for you to compare.\n"
    "\n"
    "      --sha256 HEX     the SHA-256 of the whole file\n"
    "      --root-hash HEX  the root hash of its hash tree\n"
    "      --any-uuid       accept a superblock whose UUID is not the one that pith derives from\n"
    "                       the root hash: of an image that veritysetup(8) has formatted\n"
    "  -j, --jobs N         use N processors (default: all)\n"
    "  -h, --help           this text\n"
    "\n"
    "A bad image is refused with the number of the first bad block (of 4096 bytes).\n"
    "Exit codes: 0 verified, 2 wrong usage, 125 refused or not readable.\n";

struct wanted {
	const char *image;
	bool has_sha256, has_root_hash, any_uuid;
	uint8_t sha256[32], root_hash[32];
	unsigned jobs;
};

static int parse_hash(const char *option, uint8_t hash[32], bool *given)
{
	if (cmdline_parse_hex(optarg, hash, 32) < 0) {
		say_error("image verify: %s %s: accepted: 64 hexadecimal digits", option, optarg);
		return -EINVAL;
	}
	*given = true;
	return 0;
}

/* Returns 0, -EINVAL after saying why, or 1 when help was printed. */
static int parse(int argc, char **argv, struct wanted *wanted)
{
	static const struct option long_options[] = {
	    {"sha256", required_argument, NULL, 's'}, {"root-hash", required_argument, NULL, 'r'},
	    {"any-uuid", no_argument, NULL, 'u'},     {"jobs", required_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
	};
	int option, error = 0;

	optind = 1;
	opterr = 0;
	while (error == 0 && (option = getopt_long(argc, argv, ":j:h", long_options, NULL)) != -1) {
		if (option == 's')
			error = parse_hash("--sha256", wanted->sha256, &wanted->has_sha256);
		else if (option == 'r')
			error =
			    parse_hash("--root-hash", wanted->root_hash, &wanted->has_root_hash);
		else if (option == 'u')
			wanted->any_uuid = true;
		else if (option == 'j')
			error = command_image_jobs("verify", optarg, &wanted->jobs);
		else if (option == 'h') {
			fputs(help, stdout);
			return 1;
		} else
			error = command_image_refuse_option("verify", option, argv);
	}
	if (error == 0 && argc - optind != 1) {
		say_error("image verify: give one image; see pith image verify --help");
		error = -EINVAL;
	}
	wanted->image = argv[optind];
	return error;
}

static int refuse(const struct wanted *wanted, const char *why)
{
	say_error("%s: refused: %s", wanted->image, why);
	return -EBADMSG;
}

static int check_sha256(const struct wanted *wanted, int descriptor)
{
	uint8_t digest[SHA256_BYTES];
	char found[SHA256_HEX_SIZE], hex[SHA256_HEX_SIZE];
	int error = sha256_descriptor(descriptor, digest, NULL);

	if (error < 0) {
		say_error("%s: %s", wanted->image, strerror(-error));
		return error;
	}
	if (memcmp(digest, wanted->sha256, sizeof(digest)) == 0)
		return 0;
	sha256_hex(digest, found);
	sha256_hex(wanted->sha256, hex);
	say_error("%s: refused: SHA-256 is %s, wanted %s", wanted->image, found, hex);
	return -EBADMSG;
}

/* Everything but data and tree: superblock, sizes, manifest, root hash, UUID. */
static int check_claims(const struct wanted *wanted, int descriptor, struct image_verity *image)
{
	char found[SHA256_HEX_SIZE], hex[SHA256_HEX_SIZE];
	const char *why;
	int error = image_verity_read(descriptor, image, &why);

	if (error == -EBADMSG)
		return refuse(wanted, why);
	if (error < 0) {
		say_error("%s: %s", wanted->image, strerror(-error));
		return error;
	}
	if (wanted->has_root_hash && memcmp(wanted->root_hash, image->root_hash, 32) != 0) {
		sha256_hex(image->root_hash, found);
		sha256_hex(wanted->root_hash, hex);
		say_error("%s: refused: block %" PRIu64
			  ", the top of the tree: root hash is %s, wanted %s",
			  wanted->image,
			  image->layout.levels == 0
			      ? 0
			      : image->layout.level[image->layout.levels - 1].first,
			  found, hex);
		return -EBADMSG;
	}
	if (!wanted->any_uuid && !image_verity_has_own_uuid(image))
		return refuse(wanted, "the superblock's UUID is not the one derived from the root "
				      "hash (--any-uuid accepts an image of another tool)");
	return 0;
}

static int check_tree(const struct wanted *wanted, int descriptor, const struct image_verity *image)
{
	struct verity_bad_block bad;
	int error = image_verity_check(descriptor, image, image->root_hash, wanted->jobs, &bad);

	if (error == -EBADMSG && bad.level < 0)
		say_error("%s: refused: block %" PRIu64 " (data): %s", wanted->image, bad.block,
			  bad.why);
	else if (error == -EBADMSG)
		say_error("%s: refused: block %" PRIu64 " (hash tree, level %d): %s", wanted->image,
			  bad.block, bad.level, bad.why);
	else if (error < 0)
		say_error("%s: %s", wanted->image, strerror(-error));
	return error;
}

static int verify(const struct wanted *wanted, int descriptor)
{
	struct image_verity image;
	char hex[SHA256_HEX_SIZE];
	int error = wanted->has_sha256 ? check_sha256(wanted, descriptor) : 0;

	if (error < 0)
		return error;
	if (wanted->has_sha256 && !wanted->has_root_hash) {
		sha256_hex(wanted->sha256, hex);
		printf("%s: verified: SHA-256 %s\n", wanted->image, hex);
		return 0;
	}
	error = check_claims(wanted, descriptor, &image);
	if (error == 0)
		error = check_tree(wanted, descriptor, &image);
	if (error < 0)
		return error;
	sha256_hex(image.root_hash, hex);
	if (wanted->has_root_hash) {
		printf("%s: verified: root hash %s\n", wanted->image, hex);
	} else {
		printf("%s: consistent: root hash %s\n", wanted->image, hex);
		say_warning("%s: no hash was given to compare with", wanted->image);
	}
	return 0;
}

int command_image_verify(int argc, char **argv)
{
	struct wanted wanted = {0};
	int error = parse(argc, argv, &wanted);

	if (error != 0)
		return error < 0 ? COMMAND_IMAGE_USAGE_ERROR : 0;
	int descriptor = open(wanted.image, O_RDONLY | O_CLOEXEC);
	if (descriptor < 0) {
		say_error("%s: %s", wanted.image, strerror(errno));
		return EXIT_CODE_PITH;
	}
	error = verify(&wanted, descriptor);
	close(descriptor);
	if (error == 0 && fflush(stdout) != 0) {
		say_error("standard output: %s", strerror(errno));
		error = -EIO;
	}
	return error < 0 ? EXIT_CODE_PITH : 0;
}
