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
#include "input_file.h"
#include "message.h"
#include "public_key.h"
#include "sha256.h"

static const char help[] =
    "Usage: pith image verify [OPTION]... IMAGE\n"
    "\n"
    "Checks every byte of IMAGE: against a SHA-256, or its dm-verity tree against a root hash or\n"
    "the manifest that a key has signed. What is given must all be right. With nothing given, it "
    "is\n"
    "only shown that data and tree belong together, and the root hash is printed to compare.\n"
    "\n"
    "      --sha256 HEX     the SHA-256 of the whole file\n"
    "      --root-hash HEX  the root hash of its hash tree\n"
    "      --key PUBLIC.pem the manifest is signed by this Ed25519 key\n"
    "      --name NAME      and is for the image of this name\n"
    "      --min-version N  and its version number is N or higher\n"
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
	bool has_key, has_min_version;
	uint8_t key[ED25519_KEY_BYTES];
	const char *name;
	uint64_t min_version;
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

/* Returns 0, -errno after saying why, or 1 when help was printed. */
static int parse_option(int option, char **argv, struct wanted *wanted)
{
	switch (option) {
	case 's':
		return parse_hash("--sha256", wanted->sha256, &wanted->has_sha256);
	case 'r':
		return parse_hash("--root-hash", wanted->root_hash, &wanted->has_root_hash);
	case 'k':
		wanted->has_key = true;
		return public_key_read(optarg, wanted->key);
	case 'n':
		wanted->name = optarg;
		return 0;
	case 'm':
		wanted->has_min_version = true;
		if (command_image_number(optarg, UINT64_MAX, &wanted->min_version) == 0)
			return 0;
		say_error("image verify: --min-version %s: accepted: 0 to %" PRIu64, optarg,
			  UINT64_MAX);
		return -EINVAL;
	case 'u':
		wanted->any_uuid = true;
		return 0;
	case 'j':
		return command_image_jobs("verify", optarg, &wanted->jobs);
	case 'h':
		fputs(help, stdout);
		return 1;
	default:
		return command_image_refuse_option("verify", option, argv);
	}
}

static int parse(int argc, char **argv, struct wanted *wanted)
{
	static const struct option long_options[] = {
	    {"sha256", required_argument, NULL, 's'},
	    {"root-hash", required_argument, NULL, 'r'},
	    {"key", required_argument, NULL, 'k'},
	    {"name", required_argument, NULL, 'n'},
	    {"min-version", required_argument, NULL, 'm'},
	    {"any-uuid", no_argument, NULL, 'u'},
	    {"jobs", required_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int option, error = 0;

	optind = 1;
	opterr = 0;
	while (error == 0 && (option = getopt_long(argc, argv, ":j:h", long_options, NULL)) != -1)
		error = parse_option(option, argv, wanted);
	if (error != 0)
		return error;
	wanted->image = argv[optind];
	if (argc - optind != 1)
		say_error("image verify: give one image; see pith image verify --help");
	else if (!wanted->has_key && (wanted->name != NULL || wanted->has_min_version))
		say_error("image verify: --name and --min-version are of no use without --key");
	else
		return 0;
	return -EINVAL;
}

static int refuse(const struct wanted *wanted, const char *why)
{
	say_error("%s: refused: %s", wanted->image, why);
	return -EBADMSG;
}

static int check_sha256(const struct wanted *wanted, int descriptor)
{
	uint8_t digest[SHA256_BYTES];
	char found[DIGEST_HEX_SIZE], hex[DIGEST_HEX_SIZE];
	int error = sha256_descriptor(descriptor, digest, NULL);

	if (error < 0) {
		say_error("%s: %s", wanted->image, strerror(-error));
		return error;
	}
	if (memcmp(digest, wanted->sha256, sizeof(digest)) == 0)
		return 0;
	digest_hex(digest, found);
	digest_hex(wanted->sha256, hex);
	say_error("%s: refused: SHA-256 is %s, wanted %s", wanted->image, found, hex);
	return -EBADMSG;
}

/* Everything but data and tree: superblock, sizes, manifest, root hash, UUID. */
static int check_claims(const struct wanted *wanted, int descriptor, struct image_verity *image)
{
	char found[DIGEST_HEX_SIZE], hex[DIGEST_HEX_SIZE];
	const char *why;
	int error = image_verity_read(descriptor, image, &why);

	if (error == -EBADMSG)
		return refuse(wanted, why);
	if (error < 0) {
		say_error("%s: %s", wanted->image, strerror(-error));
		return error;
	}
	if (wanted->has_root_hash && memcmp(wanted->root_hash, image->root_hash, 32) != 0) {
		digest_hex(image->root_hash, found);
		digest_hex(wanted->root_hash, hex);
		say_error("%s: refused: block %" PRIu64
			  ", the top of the tree: root hash is %s, wanted %s",
			  wanted->image,
			  image->layout.levels == 0
			      ? 0
			      : image->layout.level[image->layout.levels - 1].first,
			  found, hex);
		return -EBADMSG;
	}
	/* With a key, the manifest's hash of the superblock covers the UUID. */
	if (!wanted->any_uuid && !wanted->has_key && !image_verity_has_own_uuid(image))
		return refuse(wanted, "the superblock's UUID is not the one derived from the root "
				      "hash (--any-uuid accepts an image of another tool)");
	return 0;
}

static int check_manifest(const struct wanted *wanted, const struct image_verity *image)
{
	char why[256];
	int error = image_verity_check_signature(image, wanted->key);

	if (error == -ENOKEY && !image->is_signed)
		return refuse(wanted, "it is not signed");
	if (error == -ENOKEY)
		return refuse(wanted, "it is signed by another key");
	if (error == -EBADMSG)
		return refuse(wanted, "the signature is wrong");
	if (error < 0) {
		say_error("%s: checking the signature: %s", wanted->image, strerror(-error));
		return error;
	}
	if (wanted->name != NULL && strcmp(wanted->name, image->manifest.name) != 0) {
		snprintf(why, sizeof(why), "it is the image '%s', wanted '%s'",
			 image->manifest.name, wanted->name);
		return refuse(wanted, why);
	}
	if (image->manifest.version < wanted->min_version) {
		snprintf(why, sizeof(why),
			 "its version is %" PRIu64 ", wanted %" PRIu64 " or higher",
			 image->manifest.version, wanted->min_version);
		return refuse(wanted, why);
	}
	return 0;
}

static int verify(const struct wanted *wanted, int descriptor)
{
	struct image_verity image;
	struct verity_bad_block bad;
	char hex[DIGEST_HEX_SIZE];
	int error = wanted->has_sha256 ? check_sha256(wanted, descriptor) : 0;

	if (error < 0)
		return error;
	if (wanted->has_sha256 && !wanted->has_root_hash && !wanted->has_key) {
		digest_hex(wanted->sha256, hex);
		printf("%s: verified: SHA-256 %s\n", wanted->image, hex);
		return 0;
	}
	error = check_claims(wanted, descriptor, &image);
	if (error == 0 && wanted->has_key)
		error = check_manifest(wanted, &image);
	if (error < 0)
		return error;
	error = image_verity_check(descriptor, &image, image.root_hash, wanted->jobs, &bad);
	if (error < 0) {
		image_verity_say_bad(wanted->image, error, &bad);
		return error;
	}
	digest_hex(image.root_hash, hex);
	if (!wanted->has_root_hash && !wanted->has_key) {
		printf("%s: consistent: root hash %s\n", wanted->image, hex);
		say_warning("%s: no hash and no key was given to compare with", wanted->image);
		return 0;
	}
	printf("%s: verified: root hash %s", wanted->image, hex);
	if (wanted->has_key)
		printf(", signed as %s version %" PRIu64, image.manifest.name,
		       image.manifest.version);
	putchar('\n');
	return 0;
}

int command_image_verify(int argc, char **argv)
{
	struct wanted wanted = {0};
	int error = parse(argc, argv, &wanted);

	if (error > 0)
		return 0;
	if (error < 0)
		return error == -EINVAL ? COMMAND_IMAGE_USAGE_ERROR : EXIT_CODE_PITH;
	int descriptor = input_file_open(wanted.image, O_RDONLY);
	if (descriptor < 0) {
		say_error("%s: %s", wanted.image, input_file_error(descriptor));
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
