/* SPDX-License-Identifier: Apache-2.0 */
/* Which machines QEMU may be ended under when their guest is done, and what forbids it. */
#include <stddef.h>

#include "../../runner/vm_early.h"
#include "../tap.h"

static struct config_vm vm;
static struct vm_addition addition;
static struct config_disk disks[2];
static struct config_share share;
static struct config_net net;
static char text[] = "x";

static void take(void *context, const char *bytes, size_t size)
{
	(void)context;
	(void)bytes;
	(void)size;
}

static void reset(void)
{
	vm = (struct config_vm){.build_initrd = true, .ram_mb = 256};
	addition = (struct vm_addition){.warm = true};
	disks[0] = disks[1] = (struct config_disk){.read_only = true};
	share =
	    (struct config_share){.kind = SHARE_9P, .tag = text, .path = text, .read_only = true};
}

static void refuses(const char *words)
{
	const char *reason = vm_early_refusal(&vm, &addition);

	ok(reason != NULL && strstr(reason, words) != NULL, "refused: %s (%s)", words,
	   reason == NULL ? "it is not" : reason);
	reset();
}

static void accepts(const char *what)
{
	const char *reason = vm_early_refusal(&vm, &addition);

	ok(reason == NULL, "accepted: %s (%s)", what, reason == NULL ? "it is" : reason);
	reset();
}

static void test_disks(void)
{
	vm.disks = disks;
	vm.disk_count = 2;
	accepts("disks that are only read");
	vm.disks = disks;
	vm.disk_count = 2;
	disks[1].read_only = false;
	refuses("a disk is written to");
	vm.disks = disks;
	vm.disk_count = 1;
	disks[0].read_only = false;
	disks[0].snapshot = true;
	refuses("a disk is written to");
	vm.shares = &share;
	vm.share_count = 1;
	accepts("a folder that is only read, by 9p");
	vm.shares = &share;
	vm.share_count = 1;
	share.read_only = false;
	refuses("a shared folder is written to");
	vm.shares = &share;
	vm.share_count = 1;
	share.kind = SHARE_VIRTIOFS;
	refuses("helpers");
}

static void test_devices(void)
{
	vm.nets = &net;
	vm.net_count = 1;
	refuses("a network");
	vm.vsock_cid = 3;
	refuses("a network");
	vm.serial_count = 1;
	refuses("reads its console");
	vm.port_count = 1;
	refuses("reads its console");
	vm.gpu = true;
	refuses("sees");
	vm.display = text;
	refuses("sees");
	vm.sound = text;
	refuses("hears");
	vm.tpm = true;
	refuses("helpers");
}

int main(void)
{
	static char *words[] = {text, NULL};
	static const struct strv qemu_args = {.items = words, .count = 1};

	reset();
	accepts("a machine for one program");
	ok(vm_early_refusal(&vm, NULL) == NULL, "... also where nothing is added to it");
	vm.app = text;
	vm.nested = true;
	vm.rng = text;
	vm.attest_key = text;
	accepts("one with an app image, for VMs of its own");
	vm.build_initrd = false;
	refuses("initramfs");
	vm.vmm = VMM_CROSVM;
	refuses("initramfs");
	vm.on_reset = RESET_RESTARTS;
	refuses("resets");
	test_disks();
	test_devices();
	vm.extra_args = qemu_args;
	refuses("arguments for QEMU");
	addition.qemu_args = &qemu_args;
	refuses("arguments for QEMU");
	addition.app_on_console = true;
	refuses("console");
	addition.use_outputs = true;
	refuses("files");
	addition.keep.folder = 5;
	refuses("to its end");
	addition.take_console = take;
	refuses("to its end");
	return done();
}
