/* SPDX-License-Identifier: Apache-2.0 */
/* vm_warm_save.h: boots a machine as far as it goes without work, and saves its state. A part of
 * vm_warm.c. */
#ifndef PITH_RUNNER_VM_WARM_SAVE_H
#define PITH_RUNNER_VM_WARM_SAVE_H

#include "vm_prepare.h"

/* The memory is in a file of its own already (QEMU's docs/devel/migration.rst). */
#define VM_WARM_CAPABILITIES                                                                       \
	"{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":["              \
	"{\"capability\":\"x-ignore-shared\",\"state\":true},"                                     \
	"{\"capability\":\"events\",\"state\":true}]}}\n"

/* How the file of the devices' state, which QEMU has as QEMU_FD_STATE, is named to it from this
 * version on. "fd:" with a file is deprecated since 9.1, and the older ones know nothing else. */
#define VM_WARM_FILE "file:/proc/self/fd/"
#define VM_WARM_FILE_MAJOR 9

/* Save the state KEY for VM, which stays as it is. Returns 0; -EINTR when pith is asked to stop;
 * -ETIMEDOUT at DEADLINE_MS (CLOCK_MONOTONIC); or another -errno. */
int vm_warm_save(const struct vm *vm, const struct vm_options *options,
		 const struct vm_preparation *preparation, const char *key, uint32_t tsc_khz,
		 uint64_t deadline_ms);

#endif
