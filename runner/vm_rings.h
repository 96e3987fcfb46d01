/* SPDX-License-Identifier: Apache-2.0 */
/* vm_rings.h: the app's streams in memory that the guest and pith share (init/ring.h), where the
 * guest's kernel would have to load drivers for virtio. */
#ifndef PITH_RUNNER_VM_RINGS_H
#define PITH_RUNNER_VM_RINGS_H

#include "qemu.h"
#include "vm.h"

/* Why a machine that boots is to have virtio ports all the same; NULL where nothing but its kernel
 * (kernel_config.h) speaks for them. Pure. */
const char *vm_rings_refusal(const struct config_vm *vm, const struct vm_addition *addition,
			     enum qemu_accel accel);

/* Make the memory and attach vm->rings to it. *FD gets QEMU's descriptor of it. Returns 0 or
 * -errno. */
int vm_rings_make(struct vm *vm, int *fd);

/* SIZE bytes have come over the line of the report: look where they ask for it. */
void vm_rings_heard(struct vm *vm, const char *bytes, size_t size);
/* All that PID 1 has written is there. Nothing to do where there are no rings, nor below. */
void vm_rings_look(struct vm *vm);
/* After each turn of the loop: answer the guest, and see whether it has kept to the form. */
void vm_rings_answer(struct vm *vm);
void vm_rings_free(struct vm *vm);

#endif
