/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: the app image: opened once, verified, and mounted through the same descriptor. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "console.h"
#include "modules.h"
#include "report.h"

#define MAGIC_AREA 4096 /* where the magic numbers below are */

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
	return 0;
}

int image_verify(struct image *image, const struct boot_config *config, struct outcome *outcome)
{
	const char *path = config->app_device;
	uint8_t digest[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE], expected[DIGEST_HEX_SIZE];
	int result;

	if (config->verify == VERIFY_OFF) {
		report_warning("verification is off: %s is mounted unchecked", path);
		return 0;
	}
	if (!config->has_app_hash) {
		if (config->verify == VERIFY_REQUIRE)
			return fail(outcome, OUTCOME_VERIFY_FAILED, path,
				    "pith.verify=require, but no hash was given", 0);
		console_info("no hash was given: %s is mounted unchecked", path);
		return 0;
	}
	result = digest_fd(image->fd, image->size_bytes, -1, digest);
	if (result != 0)
		return fail(outcome, OUTCOME_SETUP_FAILED, path, "read", -result);
	image->verified = memcmp(digest, config->app_hash, sizeof(digest)) == 0;
	digest_hex(digest, hex);
	report_digest("sha256", hex, image->size_bytes, image->verified);
	if (!image->verified) {
		digest_hex(config->app_hash, expected);
		outcome_set(outcome, OUTCOME_VERIFY_FAILED, 0, 0,
			    "app image %s: sha256 is %s, expected %s", path, hex, expected);
		return -1;
	}
	memcpy(image->hash_hex, hex, sizeof(hex));
	console_info("%s: %" PRIu64 " bytes, sha256 %s: verified", path, image->size_bytes, hex);
	return 0;
}

static const struct file_system *recognise(int fd)
{
	static uint8_t area[MAGIC_AREA];
	ssize_t got = pread(fd, area, sizeof(area), 0);

	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++) {
		const struct file_system *fs = &file_systems[i];

		if (got >= (ssize_t)(fs->offset + sizeof(fs->magic)) &&
		    memcmp(area + fs->offset, fs->magic, sizeof(fs->magic)) == 0)
			return fs;
	}
	return NULL;
}

/* Make the folder PATH and those above it; mount() tells what could not be made. */
static void make_path(const char *path)
{
	char part[256];

	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		size_t size = slash == NULL ? strlen(path) : (size_t)(slash - path);

		if (size >= sizeof(part))
			return;
		memcpy(part, path, size);
		part[size] = '\0';
		(void)mkdir(part, 0755);
		if (slash == NULL)
			return;
	}
}

int image_mount(struct image *image, const struct boot_config *config, struct outcome *outcome)
{
	const char *path = config->app_device;
	const struct file_system *fs = recognise(image->fd);
	char source[32];

	if (fs == NULL)
		return fail(outcome, OUTCOME_SETUP_FAILED, path, "is no squashfs or erofs", 0);
	/* Not by the device's name: what stands behind a name can change. */
	snprintf(source, sizeof(source), "/proc/self/fd/%d", image->fd);
	make_path(config->app_mount);
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
