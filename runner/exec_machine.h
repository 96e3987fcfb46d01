/* SPDX-License-Identifier: Apache-2.0 */
/* exec_machine.h: the virtual machine of pith exec: kernel, memory, processors, transport, disks,
 * folders, networks. A part of exec_plan.c. */
#ifndef PITH_RUNNER_EXEC_MACHINE_H
#define PITH_RUNNER_EXEC_MACHINE_H

#include "exec_plan.h"

/* Fill plan->process.vm, whose architecture is known, and plan->modules; the memory is by what the
 * plan's files take. Folders that are mounted over and a resolv.conf become files of the guest,
 * shares become records. Returns 0, or -1 with FAILURE filled (SETUP_FAILED). */
int exec_machine_describe(struct exec_plan *plan, const struct exec_options *options,
			  struct outcome *failure);

/* Free what that has allocated. */
void exec_machine_free(struct config_vm *vm);

#endif
