/* SPDX-License-Identifier: Apache-2.0 */
/* predict.c: what a VM will measure of its boot: the guest's own rules (init/measure.h,
 * init/attest.h) on what pith is going to tell it (qemu.h, vm_start.h). */
#include "predict.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../init/attest.h"
#include "app_image.h"
#include "bulk.h"
#include "input_file.h"
#include "vm_start.h"

/* The SHA-256 of the image's last block. Returns 0 or -errno. */
static int manifest_digest(const char *path, uint8_t result[DIGEST_BYTES])
{
	uint8_t block[MANIFEST_BYTES];
	struct stat status;
	struct digest digest;
	int error = 0, descriptor = input_file_open(path, O_RDONLY);

	if (descriptor < 0 || fstat(descriptor, &status) < 0)
		error = descriptor < 0 ? descriptor : -errno;
	else if (status.st_size < (off_t)sizeof(block) ||
		 pread(descriptor, block, sizeof(block), status.st_size - (off_t)sizeof(block)) !=
		     (ssize_t)sizeof(block) ||
		 !manifest_is_present(block))
		error = -EBADMSG;
	if (descriptor >= 0)
		close(descriptor);
	if (error < 0)
		return error;
	digest_begin(&digest);
	digest_add(&digest, block, sizeof(block));
	digest_end(&digest, result);
	return 0;
}

/* The hash that the guest will have verified. A signed image counts by its tree, whatever other
 * hash is to match as well. */
static int verified_image(const struct config_vm *vm, struct app_image *image, char *why,
			  size_t why_size)
{
	struct config_vm by_tree = *vm;

	if (vm->app_key != NULL)
		by_tree.app_sha256 = NULL;
	return app_image_read(&by_tree, image, why, why_size);
}

static void measure_words(const struct config_vm *vm, enum qemu_accel accel, bool verbose,
			  const struct app_image *told, struct measure *boot)
{
	const struct qemu_setting setting = {
	    .accel = accel, .verbose = verbose, .app = vm->app != NULL ? told : NULL};
	char *line = qemu_command_line(vm, &setting);

	measure_line(boot, line);
	free(line);
}

static void measure_records(const struct config_process *process, struct measure *boot)
{
	struct bulk bulk = {0};

	if (!process->vm.build_initrd)
		return;
	vm_start_records(process, &bulk);
	measure_config(boot, bulk.bytes, bulk.size);
	bulk_free(&bulk);
}

static void predict_measure(const struct config_vm *vm, const struct app_image *image,
			    struct prediction *prediction)
{
	static const uint8_t no_key[ATTEST_KEY_BYTES];
	uint8_t hash[DIGEST_BYTES] = {0};
	struct attest attest;

	prediction->has_measure = vm->app != NULL || vm->attest_key != NULL;
	if (vm->app != NULL)
		(void)cmdline_parse_hex(image->hash, hash, sizeof(hash)); /* 64 digits */
	attest_begin(&attest, no_key);
	attest_measure(&attest, hash, sizeof(hash));
	memcpy(prediction->measure, attest.measure, sizeof(prediction->measure));
}

int predict_vm(const struct config_process *process, enum qemu_accel accel, bool verbose,
	       struct prediction *prediction, char *why, size_t why_size)
{
	const struct config_vm *vm = &process->vm;
	struct app_image told = {0}, verified = {0};
	uint8_t manifest[DIGEST_BYTES];
	int error = 0;

	*prediction = (struct prediction){.has_pcr = vm->tpm};
	if (vm->app != NULL && ((error = app_image_read(vm, &told, why, why_size)) < 0 ||
				(error = verified_image(vm, &verified, why, why_size)) < 0))
		return error;
	measure_words(vm, accel, verbose, &told, &prediction->boot);
	measure_records(process, &prediction->boot);
	if (vm->app_key != NULL) {
		if ((error = manifest_digest(vm->app, manifest)) < 0) {
			snprintf(why, why_size, "%s",
				 error == -EBADMSG ? "is not signed" : strerror(-error));
			return error;
		}
		measure_manifest(&prediction->boot, manifest);
	}
	measure_image(&prediction->boot,
		      vm->app == NULL      ? "none"
		      : verified.is_verity ? "sha256-verity"
					   : "sha256",
		      verified.hash);
	if (prediction->boot.is_incomplete) {
		snprintf(why, why_size, "more is measured than the guest takes");
		return -E2BIG;
	}
	measure_pcr(&prediction->boot, prediction->pcr);
	predict_measure(vm, &verified, prediction);
	return 0;
}
