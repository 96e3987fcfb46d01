/* SPDX-License-Identifier: Apache-2.0 */
/* vm_early.h: whether QEMU may be ended as soon as PID 1 says that it is done. */
#ifndef PITH_RUNNER_VM_EARLY_H
#define PITH_RUNNER_VM_EARLY_H

#include "vm.h"

/* Why the guest must power off by itself when the app has ended, its output has arrived and its
 * file systems are left; NULL where nothing can depend on it. Pure. */
const char *vm_early_refusal(const struct config_vm *vm, const struct vm_addition *addition);

#endif
