/* SPDX-License-Identifier: Apache-2.0 */
/* app_image.c: what the guest is to find on the disk of its app image. */
#include "app_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image.h"
#include "image_verity.h"
#include "input_file.h"

#define SECTOR_BYTES 512 /* what virtio-blk counts its capacity in */

static int refuse(int error, const char *reason, char *why, size_t why_size)
{
	snprintf(why, why_size, "%s", reason);
	return error;
}

/* Whether an image that image_verity_read refused was meant to have a tree. */
static bool is_broken_verity(int fd, const struct image_verity *verity)
{
	static const char magic[8] = "verity";
	char begin[sizeof(magic)];

	return verity->is_signed || (verity->layout.data_blocks > 0 &&
				     pread(fd, begin, sizeof(begin),
					   (off_t)(verity->layout.data_blocks * VERITY_BLOCK)) ==
					 (ssize_t)sizeof(begin) &&
				     memcmp(begin, magic, sizeof(magic)) == 0);
}

/* Returns 0 with IMAGE filled, or is_verity false where there is no tree; or -errno. */
static int read_verity(const struct config_vm *vm, int fd, struct app_image *image, char *why,
		       size_t why_size)
{
	struct image_verity verity;
	const char *reason;
	int error = image_verity_read(fd, &verity, &reason);

	if (error != 0 && error != -EBADMSG)
		return refuse(error, strerror(-error), why, why_size);
	if (error == -EBADMSG && (vm->app_root_hash != NULL || is_broken_verity(fd, &verity)))
		return refuse(error, reason, why, why_size);
	if (error == -EBADMSG)
		return 0;
	image->is_verity = true;
	image->verity_offset = verity.layout.data_blocks * VERITY_BLOCK;
	if (vm->app_root_hash != NULL) {
		snprintf(image->hash, sizeof(image->hash), "%s", vm->app_root_hash);
		return 0;
	}
	for (size_t i = 0; i < sizeof(verity.root_hash); i++)
		sprintf(image->hash + 2 * i, "%02x", verity.root_hash[i]);
	return 0;
}

/* What the file has: nothing more than a few blocks is read. */
static int look(const struct config_vm *vm, struct app_image *image, char *why, size_t why_size)
{
	int fd, result;

	*image = (struct app_image){0};
	if (vm->app_sha256 != NULL) {
		snprintf(image->hash, sizeof(image->hash), "%s", vm->app_sha256);
		return 0;
	}
	fd = input_file_open(vm->app, O_RDONLY);
	if (fd < 0)
		return refuse(fd, input_file_error(fd), why, why_size);
	result = read_verity(vm, fd, image, why, why_size);
	close(fd);
	return result;
}

int app_image_read(const struct config_vm *vm, struct app_image *image, char *why, size_t why_size)
{
	int result = look(vm, image, why, why_size);

	if (result == 0 && vm->app_on_corruption == APP_CORRUPTION_EIO && !image->is_verity)
		return refuse(-EINVAL, "app_on_corruption is for an image with a hash tree", why,
			      why_size);
	if (result != 0 || image->hash[0] != '\0')
		return result;
	result = image_sha256(vm->app, image->hash);
	return result == 0 ? 0 : refuse(result, strerror(-result), why, why_size);
}

int app_image_check_size(const char *path, char *why, size_t why_size)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return refuse(-errno, strerror(errno), why, why_size);
	if (!S_ISREG(status.st_mode) || (status.st_size > 0 && status.st_size % SECTOR_BYTES == 0))
		return 0;
	snprintf(why, why_size,
		 "its size, %lld bytes, is none of a disk: accepted are multiples of %d",
		 (long long)status.st_size, SECTOR_BYTES);
	return -EINVAL;
}

bool app_image_has_tree(const struct config_vm *vm)
{
	struct app_image image;
	char why[1];

	return vm->app != NULL && look(vm, &image, why, sizeof(why)) == 0 && image.is_verity;
}

/* "6.1.192-pith": CONFIG_LOCALVERSION in kconfig/base.config. */
static bool is_own(const struct kernel *kernel)
{
	const char *dash = kernel->release == NULL ? NULL : strrchr(kernel->release, '-');

	return dash != NULL && strcmp(dash, "-pith") == 0 && kernel->modules == NULL;
}

bool app_image_goes_along(const struct config_vm *vm, const struct kernel *kernel)
{
	struct stat status;

	return vm->app != NULL && vm->build_initrd && vm->kernel == NULL && !vm->tpm &&
	       is_own(kernel) && stat(vm->app, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_size <= APP_IMAGE_ALONG_MAX;
}
