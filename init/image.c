/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: the app image: opened once, verified, and mounted through the same descriptor. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "console.h"
#include "file.h"
#include "loop.h"
#include "modules.h"
#include "report.h"
#include "resident.h"
#include "signed.h"
#include "verity.h"

/* The algorithms by name, as reports and measurements have them. */
#define BY_HASH "sha256"
#define BY_TREE "sha256-verity"

#define BLOCK_BYTES 4096 /* a page, and also where the magic numbers below are */

static const struct file_system {
	const char *type;
	size_t offset;
	uint8_t magic[4];
} file_systems[] = {
    {"squashfs", 0, {'h', 's', 'q', 's'}},     /* SQUASHFS_MAGIC, little-endian */
    {"erofs", 1024, {0xe2, 0xe1, 0xf5, 0xe0}}, /* EROFS_SUPER_MAGIC_V1 at EROFS_SUPER_OFFSET */
};

static int fail(struct outcome *outcome, enum outcome_kind kind, const char *path, const char *what,
		int error)
{
	outcome_set(outcome, kind, 0, 0, "app image %s: %s%s%s", path, what, error == 0 ? "" : ": ",
		    error == 0 ? "" : strerror(error));
	return -1;
}

int image_open(struct image *image, const char *path, struct outcome *outcome)
{
	struct stat status;
	int result = 0;

	*image = (struct image){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
	if (image->fd < 0 || fstat(image->fd, &status) != 0)
		return fail(outcome, OUTCOME_SETUP_FAILED, path, "open", errno);
	if (S_ISBLK(status.st_mode))
		result = ioctl(image->fd, (int)BLKGETSIZE64, &image->size_bytes);
	else if (S_ISREG(status.st_mode))
		image->size_bytes = (uint64_t)status.st_size;
	else
		return fail(outcome, OUTCOME_SETUP_FAILED, path, "is no block device or file", 0);
	if (result != 0)
		return fail(outcome, OUTCOME_SETUP_FAILED, path, "size", errno);
	if (strcmp(path, IMAGE_ALONG) == 0 && unlink(path) != 0)
		return fail(outcome, OUTCOME_SETUP_FAILED, path, "remove", errno);
	return 0;
}

/* FD, which is closed, is what IMAGE is from now on. */
static void replace(struct image *image, int fd)
{
	close(image->fd);
	image->fd = fd;
}

/* A file system mounts block devices only. */
static int need_block_device(struct image *image, const char *path, struct outcome *outcome)
{
	struct stat status;
	int device;

	if (fstat(image->fd, &status) == 0 && S_ISBLK(status.st_mode))
		return 0;
	device = loop_attach(image->fd);
	if (device < 0)
		return fail(outcome, OUTCOME_SETUP_FAILED, path, "loop device", -device);
	replace(image, device);
	return 0;
}

static uint64_t available_memory_bytes(void)
{
	static char text[8192] BOOT_BUFFER;
	const char *line = file_read("/proc/meminfo", text, sizeof(text)) > 0
			       ? strstr(text, "MemAvailable:")
			       : NULL;

	return line == NULL ? 0 : strtoull(line + strlen("MemAvailable:"), NULL, 10) * 1024;
}

/* A file in memory for a copy of IMAGE. Returns its descriptor, or -1 with the reason in WHY. */
static int begin_copy(const struct image *image, const char **why)
{
	int fd;

	*why = "the kernel has no loop device";
	if (access("/dev/loop-control", F_OK) != 0)
		return -1;
	*why = "there is not enough memory";
	if (image->size_bytes > available_memory_bytes() / 4 * 3)
		return -1;
	fd = memfd_create("pith-app", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		*why = strerror(errno);
	return fd;
}

/* The copy, which nobody can change any more, takes IMAGE's place. Returns 0 or -errno. */
static int use_copy(struct image *image, int copy_fd)
{
	int device;

	if (fcntl(copy_fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) !=
	    0)
		return -errno;
	device = loop_attach(copy_fd);
	if (device < 0)
		return device;
	replace(image, device);
	return 0;
}

static int compare(struct image *image, const struct boot_config *config,
		   const uint8_t digest[DIGEST_BYTES], struct outcome *outcome)
{
	const bool verified = memcmp(digest, config->app_hash, DIGEST_BYTES) == 0;
	char expected[DIGEST_HEX_SIZE];

	digest_hex(digest, image->hash_hex);
	report_digest(BY_HASH, image->hash_hex, image->size_bytes, verified);
	if (verified)
		return 0;
	digest_hex(config->app_hash, expected);
	outcome_set(outcome, OUTCOME_VERIFY_FAILED, 0, 0, "app image %s: sha256 is %s, expected %s",
		    config->app_device, image->hash_hex, expected);
	return -1;
}

/* The whole image is read, hashed and kept. */
static int verify_whole(struct image *image, const struct boot_config *config,
			struct outcome *outcome)
{
	const char *path = config->app_device, *why;
	uint8_t digest[DIGEST_BYTES];
	int copy_fd = begin_copy(image, &why);
	int result;

	if (copy_fd < 0 && config->verify == VERIFY_REQUIRE) {
		outcome_set(
		    outcome, OUTCOME_VERIFY_FAILED, 0, 0,
		    "app image %s: pith.verify=require, but it cannot be kept from changing "
		    "after the check: %s; a verity root hash needs neither",
		    path, why);
		return -1;
	}
	result = digest_fd(image->fd, image->size_bytes, copy_fd, digest);
	if (result != 0) {
		fail(outcome, OUTCOME_SETUP_FAILED, path, "read", -result);
	} else if (compare(image, config, digest, outcome) != 0) {
		result = -1;
	} else if (copy_fd < 0) {
		report_warning("app image %s: a change after the check would not be noticed: %s",
			       path, why);
	} else if ((result = use_copy(image, copy_fd)) != 0) {
		fail(outcome, OUTCOME_SETUP_FAILED, path, "copy in memory", -result);
	} else {
		image->verified_by = BY_HASH;
	}
	if (copy_fd >= 0)
		close(copy_fd);
	return result == 0 ? 0 : -1;
}

/* Nothing is read but what is used, and that is checked then. */
static int verify_by_tree(struct image *image, const struct boot_config *config,
			  struct outcome *outcome)
{
	static uint8_t first_block[BLOCK_BYTES] BOOT_BUFFER;
	int device;

	if (need_block_device(image, config->app_device, outcome) != 0)
		return -1;
	device = verity_open(image->fd, image->size_bytes, config, &image->size_bytes, outcome);
	if (device < 0)
		return -1;
	replace(image, device);
	digest_hex(config->verity_root, image->hash_hex);
	/* The first block shows whether the tree leads to this root hash at all. */
	const bool verified =
	    pread(device, first_block, sizeof(first_block), 0) == (ssize_t)sizeof(first_block);
	const int error = verified ? 0 : errno;
	report_digest(BY_TREE, image->hash_hex, image->size_bytes, verified);
	if (!verified)
		return fail(outcome, OUTCOME_VERIFY_FAILED, config->app_device,
			    "read the first block", error);
	image->verified_by = BY_TREE;
	return 0;
}

/* A hash of the whole, if given as well, has to be right, too. */
static int verify_signed(struct image *image, const struct boot_config *config,
			 struct outcome *outcome)
{
	static struct boot_config as_signed BOOT_BUFFER;

	as_signed = *config;
	if (signed_check(image->fd, image->size_bytes, &as_signed, image->manifest_digest,
			 outcome) != 0)
		return -1;
	image->is_signed = true;
	if (config->has_app_hash && verify_whole(image, config, outcome) != 0)
		return -1;
	return verify_by_tree(image, &as_signed, outcome);
}

int image_verify(struct image *image, const struct boot_config *config, struct outcome *outcome)
{
	const char *path = config->app_device;

	if (signed_is_required())
		return verify_signed(image, config, outcome);
	if (config->verify == VERIFY_OFF) {
		report_warning("verification is off: %s is mounted unchecked", path);
		return 0;
	}
	if (config->has_verity_root)
		return verify_by_tree(image, config, outcome);
	if (config->has_app_hash)
		return verify_whole(image, config, outcome);
	if (config->verify == VERIFY_REQUIRE)
		return fail(outcome, OUTCOME_VERIFY_FAILED, path,
			    "pith.verify=require, but no hash was given", 0);
	console_info("no hash was given: %s is mounted unchecked", path);
	return 0;
}

static const struct file_system *recognise(int fd)
{
	static uint8_t area[BLOCK_BYTES] BOOT_BUFFER;
	ssize_t got = pread(fd, area, sizeof(area), 0);

	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++) {
		const struct file_system *fs = &file_systems[i];

		if (got >= (ssize_t)(fs->offset + sizeof(fs->magic)) &&
		    memcmp(area + fs->offset, fs->magic, sizeof(fs->magic)) == 0)
			return fs;
	}
	return NULL;
}

int image_mount(struct image *image, const struct boot_config *config, struct outcome *outcome)
{
	const char *path = config->app_device;
	const struct file_system *fs = recognise(image->fd);
	char source[32];

	if (fs == NULL)
		return fail(outcome, OUTCOME_SETUP_FAILED, path, "is no squashfs or erofs", 0);
	if (need_block_device(image, path, outcome) != 0)
		return -1;
	/* Not by the device's name: what stands behind a name can change. */
	snprintf(source, sizeof(source), "/proc/self/fd/%d", image->fd);
	file_make_folders(config->app_mount);
	if (mount(source, config->app_mount, fs->type, MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) !=
	    0) {
		const char *separator = modules_failure()[0] == '\0' ? "" : "; ";

		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0,
			    "app image %s: mount %s on %s: %s%s%s", path, fs->type,
			    config->app_mount, strerror(errno), separator, modules_failure());
		return -1;
	}
	close(image->fd);
	image->fd = -1;
	return 0;
}
