/* SPDX-License-Identifier: Apache-2.0 */
/* app_image.h: what the guest is to find on the disk of its app image, or in its place. */
#ifndef PITH_RUNNER_APP_IMAGE_H
#define PITH_RUNNER_APP_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "kernel.h"

struct app_image {
	bool is_verity;
	char hash[65];          /* the root hash if is_verity, else SHA-256 of the whole file */
	uint64_t verity_offset; /* bytes, where the verity superblock begins */
	bool goes_along;        /* in the initramfs (IMAGE_ALONG of init/image.h), not as a disk */
};

/* The largest image that goes along, in bytes: QEMU, the kernel and, by SHA-256, PID 1 take all of
 * it, used or not. A disk costs more under emulation: 1,000 blocks of code to translate in a plain
 * x86_64 guest, 3,900 in an aarch64 VM in a VM (docs/performance.md). */
#define APP_IMAGE_ALONG_MAX (1 << 20)

/* Look at VM's app image: its hash is the configuration's word, else what the file has now. An
 * image with a verity superblock is not read as a whole, whatever its size, unless app_sha256 asks
 * for it. Returns 0; or -errno with WHY of WHY_SIZE bytes filled, a reason without the path. */
int app_image_read(const struct config_vm *vm, struct app_image *image, char *why, size_t why_size);

/* The image PATH as a disk: of whole sectors. A guest would read the last one of another file
 * filled with zeros, and find another SHA-256 than the file's. Returns 0, or -errno with WHY as
 * above. */
int app_image_check_size(const char *path, char *why, size_t why_size);

/* Whether VM's app image goes along in the initramfs: a small one, for KERNEL, the default one,
 * built from kconfig/ (its release says so), which has loop devices. Not with a TPM: what is
 * measured must be foreseen by those who do not know the kernel (predict.h). */
bool app_image_goes_along(const struct config_vm *vm, const struct kernel *kernel);

/* Whether the guest is to check VM's app image by its hash tree. Reads a few blocks. */
bool app_image_has_tree(const struct config_vm *vm);

#endif
