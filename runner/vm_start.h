/* SPDX-License-Identifier: Apache-2.0 */
/* vm_start.h: from a VM's configuration to a running QEMU. A part of vm.c. */
#ifndef PITH_RUNNER_VM_START_H
#define PITH_RUNNER_VM_START_H

#include "bulk.h"
#include "vm.h"

/* pith's ends of the channels, -1 for those that this VM does not have. The caller's. */
struct vm_start_fds {
	int qmp, report, out, err, in, files, console, vmm_stderr;
};

/* Choose the accelerator, find the kernel, make the initramfs, hash the app image, start QEMU;
 * fills the fixed part of VM. Returns 0, or -errno with FAILURE filled. */
int vm_start_qemu(struct vm *vm, const struct vm_options *options, struct vm_start_fds *fds,
		  struct outcome *failure);

/* What the devices of VM ask of the guest's kernel (enum rootfs_need). */
unsigned vm_start_needs(const struct config_vm *vm);

/* The records of the bulk configuration (init/cmdline.h) that follow from PROCESS alone, in order.
 */
void vm_start_records(const struct config_process *process, struct bulk *bulk);

#endif
