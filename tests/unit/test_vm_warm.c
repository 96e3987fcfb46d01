/* SPDX-License-Identifier: Apache-2.0 */
/* Which machines can be resumed from a saved state, and what speaks against the others. */
#include <stddef.h>

#include "../../runner/vm_warm.h"
#include "../tap.h"

static struct config_vm vm;
static struct vm_addition addition;

static void reset(void)
{
	vm = (struct config_vm){.build_initrd = true, .ram_mb = 256};
	addition = (struct vm_addition){.warm = true};
}

static void refuses(const char *words, enum qemu_accel accel)
{
	const char *reason = vm_warm_refusal(&vm, &addition, accel);

	ok(reason != NULL && strstr(reason, words) != NULL, "refused: %s", words);
	reset();
}

int main(void)
{
	static struct config_disk disk;
	static char text[] = "x", microvm[] = "microvm,rtc=on", q35[] = "q35";
	static char *words[] = {text, NULL};
	static const struct strv qemu_args = {.items = words, .count = 1};

	reset();
	ok(vm_warm_refusal(&vm, &addition, ACCEL_TCG) == NULL, "a plain machine is resumed");
	vm.machine = q35;
	vm.cpus = 2;
	ok(vm_warm_refusal(&vm, &addition, ACCEL_TCG) == NULL, "so is one of another kind");
	refuses("KVM", ACCEL_KVM);
	vm.app = text;
	refuses("fits out", ACCEL_TCG);
	vm.build_initrd = false;
	refuses("fits out", ACCEL_TCG);
	vm.machine = microvm;
	refuses("no PCI", ACCEL_TCG);
	vm.transport = TRANSPORT_ISA;
	refuses("serial lines", ACCEL_TCG);
	vm.transport = TRANSPORT_SHM;
	refuses("shared memory", ACCEL_TCG);
	vm.transport = TRANSPORT_MMIO;
	refuses("virtio-mmio", ACCEL_TCG);
	vm.disks = &disk;
	vm.disk_count = 1;
	refuses("a disk", ACCEL_TCG);
	vm.share_count = 1;
	refuses("a shared folder", ACCEL_TCG);
	vm.net_count = 1;
	refuses("a network", ACCEL_TCG);
	vm.tpm = true;
	refuses("devices", ACCEL_TCG);
	vm.firmware = text;
	refuses("firmware", ACCEL_TCG);
	vm.ram_mb = 4097;
	refuses("too large", ACCEL_TCG);
	addition.qemu_args = &qemu_args;
	refuses("arguments for QEMU", ACCEL_TCG);
	addition.app_on_console = true;
	refuses("console", ACCEL_TCG);
	addition.keep.folder = 3;
	refuses("kept", ACCEL_TCG);
	return done();
}
