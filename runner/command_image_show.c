/* SPDX-License-Identifier: Apache-2.0 */
/* command_image_show.c: pith image show: what an auditor wants to know of an image. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../init/bytes.h"
#include "../init/outcome.h"
#include "command_image.h"
#include "image_verity.h"
#include "input_file.h"
#include "interrupt.h"
#include "json.h"
#include "message.h"
#include "sha256.h"
#include "strv.h"
#include "tool.h"

static const char help[] =
    "Usage: pith image show [--json] [--files] IMAGE\n"
    "\n"
    "Prints what IMAGE is: file system, sizes, SHA-256, hash tree, manifest. Nothing is verified\n"
    "beyond their form: see pith image verify.\n"
    "\n"
    "      --json   one JSON object\n"
    "      --files  the list of files too (squashfs only, by unsquashfs(1))\n"
    "  -h, --help   this text\n"
    "\n"
    "Exit codes: 0 shown, 2 wrong usage, 125 not readable.\n";

/* The two forms of output: "key: value" lines, or members of one JSON object. */
struct printer {
	bool json;
	bool first;
};

static void print_key(struct printer *printer, const char *key)
{
	if (printer->json)
		printf("%s\n  \"%s\": ", printer->first ? "{" : ",", key);
	else
		printf("%-16s ", key);
	printer->first = false;
}

static void print_text(struct printer *printer, const char *key, const char *text)
{
	print_key(printer, key);
	if (printer->json)
		json_write_string(stdout, text, strlen(text));
	else
		puts(text);
}

static void print_number(struct printer *printer, const char *key, uint64_t number)
{
	print_key(printer, key);
	printf("%" PRIu64 "%s", number, printer->json ? "" : "\n");
}

static void print_truth(struct printer *printer, const char *key, bool truth)
{
	static const char *const words[2][2] = {{"no", "yes"}, {"false", "true"}};

	print_key(printer, key);
	printf("%s%s", words[printer->json][truth], printer->json ? "" : "\n");
}

static void print_hash(struct printer *printer, const char *key, const uint8_t hash[32])
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(hash, hex);
	print_text(printer, key, hex);
}

/* squashfs: kernel, fs/squashfs/squashfs_fs.h; erofs: fs/erofs/erofs_fs.h. */
static const char *file_system(int descriptor)
{
	uint8_t bytes[2048] = {0};

	if (pread(descriptor, bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return "unknown";
	if (memcmp(bytes, "hsqs", 4) == 0)
		return "squashfs";
	if (bytes_get_le(bytes + 1024, 4) == 0xe0f5e1e2)
		return "erofs";
	return "unknown";
}

static void print_uuid(struct printer *printer, const uint8_t uuid[16])
{
	char text[37];
	size_t used = 0;

	for (unsigned i = 0; i < 16; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%02x",
					 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
	print_text(printer, "verity_uuid", text);
}

static void print_verity(struct printer *printer, const struct image_verity *image)
{
	char salt[2 * VERITY_SALT_MAX + 1];

	image_verity_salt_hex(image, salt);
	print_number(printer, "data_bytes", image->layout.data_blocks * VERITY_BLOCK);
	print_number(printer, "data_blocks", image->layout.data_blocks);
	print_number(printer, "verity_offset", image->layout.data_blocks * VERITY_BLOCK);
	print_hash(printer, "root_hash", image->root_hash);
	print_text(printer, "salt", salt);
	print_uuid(printer, image->superblock.uuid);
	print_number(printer, "tree_levels", image->layout.levels);
	print_number(printer, "tree_blocks", image->layout.tree_blocks);
}

static void print_manifest(struct printer *printer, const struct image_verity *image)
{
	print_truth(printer, "signed", image->is_signed);
	if (!image->is_signed)
		return;
	print_text(printer, "name", image->manifest.name);
	print_number(printer, "version", image->manifest.version);
	print_hash(printer, "key_id", image->manifest.key_id);
}

/* The lines of unsquashfs, as text or as an array of strings. */
static int print_files(struct printer *printer, int descriptor)
{
	struct strv argv = {0};
	int lines[2], error = 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	if (pipe2(lines, O_CLOEXEC) < 0)
		return -errno;
	strv_add(&argv, "unsquashfs");
	strv_add(&argv, "-llnumeric");
	strv_add(&argv, "-dest");
	strv_add(&argv, "");
	strv_addf(&argv, "/proc/self/fd/%d", descriptor);
	interrupt_catch();
	pid_t tool = tool_start(argv.items, -1, lines[1], descriptor, "squashfs-tools");
	strv_free(&argv);
	close(lines[1]);
	FILE *in = fdopen(lines[0], "r");
	if (in == NULL)
		die_out_of_memory();
	print_key(printer, "files");
	putchar(printer->json ? '[' : '\n');
	for (bool first = true; (size = getline(&line, &room, in)) > 0; first = false) {
		if (line[size - 1] == '\n')
			size--;
		if (printer->json) {
			fputs(first ? "\n    " : ",\n    ", stdout);
			json_write_string(stdout, line, (size_t)size);
		} else {
			printf("  %.*s\n", (int)size, line);
		}
	}
	if (printer->json)
		putchar(']');
	free(line);
	fclose(in);
	error = tool < 0 ? (int)tool : tool_wait(tool, "unsquashfs");
	interrupt_end();
	return error;
}

static int show(const char *path, int descriptor, struct printer *printer, bool files)
{
	uint8_t digest[SHA256_BYTES];
	struct image_verity image;
	const char *why = "", *type = file_system(descriptor);
	uint64_t size;
	int error = sha256_descriptor(descriptor, digest, &size);

	if (error < 0) {
		say_error("%s: %s", path, strerror(-error));
		return error;
	}
	error = image_verity_read(descriptor, &image, &why);
	if (error < 0 && error != -EBADMSG) {
		say_error("%s: %s", path, strerror(-error));
		return error;
	}
	print_text(printer, "image", path);
	print_text(printer, "type", type);
	print_number(printer, "bytes", size);
	print_hash(printer, "sha256", digest);
	print_truth(printer, "verity", error == 0);
	if (error < 0) {
		print_text(printer, "verity_note", why);
	} else {
		print_verity(printer, &image);
		print_manifest(printer, &image);
	}
	error = 0;
	if (files && strcmp(type, "squashfs") == 0) {
		error = print_files(printer, descriptor);
	} else if (files) {
		say_error("%s: --files lists squashfs only; this is %s", path, type);
		error = -ENOTSUP;
	}
	if (printer->json)
		puts("\n}");
	return error;
}

int command_image_show(int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"json", no_argument, NULL, 'J'},
	    {"files", no_argument, NULL, 'F'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	struct printer printer = {.first = true};
	bool files = false;
	int option;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return 0;
		}
		if (option != 'J' && option != 'F') {
			command_image_refuse_option("show", option, argv);
			return COMMAND_IMAGE_USAGE_ERROR;
		}
		printer.json |= option == 'J';
		files |= option == 'F';
	}
	if (argc - optind != 1) {
		say_error("image show: give one image; see pith image show --help");
		return COMMAND_IMAGE_USAGE_ERROR;
	}
	int descriptor = input_file_open(argv[optind], O_RDONLY);
	if (descriptor < 0) {
		say_error("%s: %s", argv[optind], input_file_error(descriptor));
		return EXIT_CODE_PITH;
	}
	int error = show(argv[optind], descriptor, &printer, files);
	close(descriptor);
	if (error == 0 && fflush(stdout) != 0) {
		say_error("standard output: %s", strerror(errno));
		error = -EIO;
	}
	return error < 0 ? EXIT_CODE_PITH : 0;
}
