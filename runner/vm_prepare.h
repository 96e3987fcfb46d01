/* SPDX-License-Identifier: Apache-2.0 */
/* vm_prepare.h: what vm_start.c, which boots a machine, and vm_warm.c, which saves and resumes one,
 * have in common on the way to QEMU. Both are parts of vm.c. */
#ifndef PITH_RUNNER_VM_PREPARE_H
#define PITH_RUNNER_VM_PREPARE_H

#include "bulk.h"
#include "kernel.h"
#include "qemu.h"
#include "rootfs.h"
#include "spawn.h"
#include "tsc.h"
#include "vm.h"
#include "vm_start.h"

/* What is made on the way to QEMU, and let go when it runs. Descriptors are -1 where unused. */
struct vm_preparation {
	struct tsc_moment begin;
	struct kernel kernel;                  /* malloced strings, NULL where unused */
	int fds[QEMU_FD_END - SPAWN_FIRST_FD]; /* QEMU's ends */
	int null_fd;                           /* for standard input */
	enum qemu_state state;
	int stderr_fd;
};

/* Where QEMU's end NUMBER is kept. */
int *vm_prepare_end(struct vm_preparation *preparation, enum qemu_fd number);

/* Make the channels to QEMU, both ends: those that this run uses, or all of them where there is a
 * state. Returns 0 or -errno. */
int vm_prepare_channels(const struct vm *vm, const struct vm_addition *addition,
			struct vm_preparation *preparation, struct vm_start_fds *fds);
void vm_prepare_close_ours(struct vm_start_fds *fds);
/* Close what is QEMU's. */
void vm_prepare_close_ends(struct vm_preparation *preparation);

/* Fill REQUEST, which uses BULK (empty before), with what goes into the guest. */
void vm_prepare_request(const struct vm *vm, const struct vm_addition *addition,
			const struct vm_preparation *preparation, struct bulk *bulk,
			struct rootfs_request *request);

/* What goes into the guest could not be had: PROBLEM, of the request, or where that is empty (then
 * it has been said) ERROR, negative. */
void vm_prepare_fail(struct outcome *failure, const char *problem, int error);

/* QEMU's command line into ARGV. TSC_KHZ: struct qemu_setting. */
void vm_prepare_argv(const struct vm *vm, const struct vm_addition *addition,
		     const struct vm_preparation *preparation, const char *tsc_khz,
		     struct strv *argv);

/* Start QEMU with vm->argv: vm->pid. Returns 0, or -errno with FAILURE filled. */
int vm_prepare_run(struct vm *vm, const struct vm_preparation *preparation,
		   const struct vm_options *options, struct outcome *failure);

#endif
