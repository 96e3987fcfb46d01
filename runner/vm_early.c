/* SPDX-License-Identifier: Apache-2.0 */
/* vm_early.c: what a guest that is done may still hold, in its devices or in QEMU, for somebody
 * else. Reading is harmless: what only reads can be ended at any time. */
#include "vm_early.h"

#include <stdbool.h>

#include "vm_helpers.h"

static bool any_writable_disk(const struct config_vm *vm)
{
	bool any = false;

	for (size_t i = 0; i < vm->disk_count; i++)
		any |= !vm->disks[i].read_only;
	return any;
}

static bool any_writable_share(const struct config_vm *vm)
{
	bool any = false;

	for (size_t i = 0; i < vm->share_count; i++)
		any |= !vm->shares[i].read_only;
	return any;
}

const char *vm_early_refusal(const struct config_vm *vm, const struct vm_addition *addition)
{
	static const struct vm_addition none;
	const struct vm_addition *more = addition != NULL ? addition : &none;
	const struct {
		bool holds;
		const char *reason;
	} rules[] = {
	    {vm->vmm != VMM_QEMU || !vm->build_initrd, "its initramfs is not pith's"},
	    {vm->on_reset == RESET_RESTARTS, "its resets are its own affair"},
	    {any_writable_disk(vm), "a disk is written to"},
	    {any_writable_share(vm), "a shared folder is written to"},
	    {vm->net_count > 0 || vm->vsock_cid != 0, "a network may have packets under way"},
	    {vm->serial_count > 0 || vm->port_count > 0 || more->app_on_console,
	     "somebody reads its console"},
	    {vm->gpu || vm->display != NULL || vm->sound != NULL, "somebody sees or hears it"},
	    {vm_helpers_are_needed(vm), "its helpers are to end in order"},
	    {vm->extra_args.count > 0 || (more->qemu_args != NULL && more->qemu_args->count > 0),
	     "it has arguments for QEMU"},
	    {more->use_outputs, "files are to come"},
	    {more->keep.folder != 0 || more->take_console != NULL,
	     "what the kernel says to its end is wanted"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].holds)
			return rules[i].reason;
	return NULL;
}
