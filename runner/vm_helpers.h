/* SPDX-License-Identifier: Apache-2.0 */
/* vm_helpers.h: the daemons of one VM while it runs: started before QEMU, ended after it. A part of
 * vm.c. */
#ifndef PITH_RUNNER_VM_HELPERS_H
#define PITH_RUNNER_VM_HELPERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../init/outcome.h"
#include "cgroup.h"
#include "config.h"

#define VM_HELPERS_MAX 32

struct vm_helpers {
	char run_dir[80]; /* "" when the VM needs no helper */
	struct {
		pid_t pid; /* 0: ended */
		char name[64];
	} items[VM_HELPERS_MAX];
	size_t count;
};

/* True when VM needs any, so that a run_dir must be there. */
bool vm_helpers_are_needed(const struct config_vm *vm);
/* Start what VM needs, with STDERR_FD as their output, in CGROUP where that is one, and wait until
 * their sockets are listened on. Returns 0, or -errno with FAILURE filled. */
int vm_helpers_start(struct vm_helpers *helpers, const struct config_paths *paths,
		     const struct config_vm *vm, int stderr_fd, const struct cgroup *cgroup,
		     struct outcome *failure);
/* The child PID has ended. Returns its name if it is one of HELPERS, else NULL. */
const char *vm_helpers_reaped(struct vm_helpers *helpers, pid_t pid);
/* Ask those that are left to end. */
void vm_helpers_stop(struct vm_helpers *helpers, int signal);

#endif
