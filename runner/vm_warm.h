/* SPDX-License-Identifier: Apache-2.0 */
/* vm_warm.h: a virtual machine that goes on from a saved state in the place of booting. A part of
 * vm.c.
 *
 * The first run with a machine, a kernel, an initramfs, a QEMU and a pith boots them to the point
 * where PID 1 waits for work (init/park.h), and saves memory and devices (warm_store.h) under the
 * digest of all these. A run then starts QEMU on the saved memory, mapped privately, gives PID 1
 * the time, a seed and the run's own archive (init/work.h), and is from there on like any other. */
#ifndef PITH_RUNNER_VM_WARM_H
#define PITH_RUNNER_VM_WARM_H

#include "vm_prepare.h"

/* Why a VM must boot, in words; NULL when nothing speaks against resuming it. Pure. */
const char *vm_warm_refusal(const struct config_vm *vm, const struct vm_addition *addition,
			    enum qemu_accel accel);

/* Resume a state, saved before or now. Returns 0; -EAGAIN when the VM is to be booted, which has
 * been said with -v, or in any case where a state did not resume; or another -errno with FAILURE
 * filled. */
int vm_warm_start(struct vm *vm, const struct vm_options *options,
		  struct vm_preparation *preparation, struct vm_start_fds *fds,
		  struct outcome *failure);

#endif
