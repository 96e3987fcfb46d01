/* SPDX-License-Identifier: Apache-2.0 */
/* command_image_sign.c: pith image sign. The private key is seen by openssl(1) only, which also
 * asks for a pass phrase or talks to a token where the key needs it. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../init/outcome.h"
#include "command_image.h"
#include "image_verity.h"
#include "interrupt.h"
#include "message.h"
#include "public_key.h"
#include "sha256.h"
#include "strv.h"
#include "tool.h"

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
	const char *image, *key, *name;
	uint64_t version;
	unsigned jobs;
};

/* Returns 0, -EINVAL after saying why, or 1 when help was printed. */
static int parse_option(int option, char **argv, struct order *order)
{
	switch (option) {
	case 'k':
		order->key = optarg;
		return 0;
	case 'n':
		order->name = optarg;
		return 0;
	case 'v':
		if (command_image_number(optarg, UINT64_MAX, &order->version) == 0)
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
	if (argc - optind != 1 || order->key == NULL) {
		say_error("image sign: give --key and one image; see pith image sign --help");
		return -EINVAL;
	}
	if (order->name == NULL) {
		const char *slash = strrchr(order->image, '/');
		order->name = slash == NULL ? order->image : slash + 1;
	}
	if (!manifest_name_is_valid(order->name)) {
		say_error("image sign: --name '%s': accepted: 1 to 63 of A-Z a-z 0-9 . _ -",
			  order->name);
		return -EINVAL;
	}
	return 0;
}

/* The public half of the private key in the file PATH. */
static int derive_public_key(const char *path, uint8_t key[ED25519_KEY_BYTES])
{
	uint8_t der[4096];
	struct strv argv = {0};
	static const char *const words[] = {"openssl", "pkey", "-pubout", "-outform", "DER", "-in"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		strv_add(&argv, words[i]);
	strv_add(&argv, path);
	ssize_t size = tool_read(argv.items, -1, "openssl", der, sizeof(der));
	strv_free(&argv);
	if (size < 0)
		return (int)size;
	if (public_key_from_der(der, (size_t)size, key) < 0) {
		say_error("%s: accepted: an Ed25519 private key", path);
		return -EKEYREJECTED;
	}
	return 0;
}

/* SIGNATURE of the key in the file PATH over BYTES. openssl wants a file for the message. */
static int make_signature(const char *path, const uint8_t bytes[MANIFEST_SIGNED_BYTES],
			  uint8_t signature[MANIFEST_SIGNATURE_BYTES])
{
	struct strv argv = {0};
	static const char *const words[] = {"openssl", "pkeyutl", "-sign", "-rawin", "-inkey"};
	int message = memfd_create("manifest", MFD_CLOEXEC);

	if (message < 0 || write(message, bytes, MANIFEST_SIGNED_BYTES) != MANIFEST_SIGNED_BYTES) {
		int error = errno != 0 ? errno : EIO;
		say_error("memfd: %s", strerror(error));
		if (message >= 0)
			close(message);
		return -error;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		strv_add(&argv, words[i]);
	strv_add(&argv, path);
	strv_add(&argv, "-in");
	strv_addf(&argv, "/proc/self/fd/%d", message);
	ssize_t size =
	    tool_read(argv.items, message, "openssl", signature, MANIFEST_SIGNATURE_BYTES);
	strv_free(&argv);
	close(message);
	if (size >= 0 && size != MANIFEST_SIGNATURE_BYTES) {
		say_error("openssl pkeyutl: %zd bytes of signature, expected %d", size,
			  MANIFEST_SIGNATURE_BYTES);
		return -EIO;
	}
	return size < 0 ? (int)size : 0;
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

/* The manifest of IMAGE, signed, into image->manifest_block. */
static int make_manifest(const struct order *order, struct image_verity *image)
{
	struct manifest *manifest = &image->manifest;
	uint8_t key[ED25519_KEY_BYTES];
	int error = derive_public_key(order->key, key);

	if (error < 0)
		return error;
	*manifest = (struct manifest){
	    .data_bytes = image->layout.data_blocks * VERITY_BLOCK,
	    .total_bytes = image->layout.end * VERITY_BLOCK + MANIFEST_BYTES,
	    .version = order->version,
	};
	memcpy(manifest->root_hash, image->root_hash, sizeof(manifest->root_hash));
	memcpy(manifest->superblock_hash, image->superblock_hash,
	       sizeof(manifest->superblock_hash));
	public_key_id(key, manifest->key_id);
	snprintf(manifest->name, sizeof(manifest->name), "%s", order->name);
	manifest_write(manifest, image->manifest_block);
	error = make_signature(order->key, image->manifest_block, manifest->signature);
	if (error < 0)
		return error;
	manifest_write(manifest, image->manifest_block);
	image->is_signed = true;
	error = image_verity_check_signature(image, key);
	if (error < 0)
		say_error("%s: the signature of openssl is not one of that key", order->key);
	return error;
}

/* One write of one block: the image has its new manifest, or what it had before. */
static int append(const struct order *order, int descriptor, const struct image_verity *image)
{
	off_t end = (off_t)(image->layout.end * VERITY_BLOCK);
	ssize_t n = pwrite(descriptor, image->manifest_block, MANIFEST_BYTES, end);
	int error = n < 0 ? -errno : n != MANIFEST_BYTES ? -ENOSPC : 0;

	if (error == 0 && fsync(descriptor) < 0)
		error = -errno;
	if (error < 0) {
		say_error("%s: %s", order->image, strerror(-error));
		if (image->total_bytes == image->layout.end * VERITY_BLOCK &&
		    ftruncate(descriptor, end) < 0)
			say_error("%s: cutting off the manifest: %s", order->image,
				  strerror(errno));
	}
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
	int descriptor = open(order.image, O_RDWR | O_CLOEXEC);
	if (descriptor < 0) {
		say_error("%s: %s", order.image, strerror(errno));
		return EXIT_CODE_PITH;
	}
	interrupt_catch();
	error = check(&order, descriptor, &image);
	if (error == 0)
		error = make_manifest(&order, &image);
	if (error == 0)
		error = append(&order, descriptor, &image);
	close(descriptor);
	interrupt_end();
	if (error < 0)
		return EXIT_CODE_PITH;
	digest_hex(image.manifest.key_id, hex);
	printf("%s: signed as %s version %" PRIu64 " by key %s\n", order.image, image.manifest.name,
	       image.manifest.version, hex);
	return 0;
}
