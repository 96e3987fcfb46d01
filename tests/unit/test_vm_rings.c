/* SPDX-License-Identifier: Apache-2.0 */
/* Which machines have their streams in shared memory by default, and which kernels want it. */
#include <stdlib.h>

#include "../../runner/kernel_config.h"
#include "../../runner/rootfs.h"
#include "../../runner/vm_rings.h"
#include "../tap.h"

static struct config_vm vm;
static struct vm_addition addition;

static void reset(void)
{
	vm = (struct config_vm){.build_initrd = true, .ram_mb = 256, .report = REPORT_REQUIRE};
	addition = (struct vm_addition){.may_use_rings = true};
}

static void refuses(const char *words, enum qemu_accel accel)
{
	const char *reason = vm_rings_refusal(&vm, &addition, accel);

	ok(reason != NULL && strstr(reason, words) != NULL, "refused: %s (%s)", words,
	   reason == NULL ? "it is not" : reason);
	reset();
}

static void config(const char *text, bool wanted, const char *what)
{
	FILE *file = fopen("config", "we");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
	ok(kernel_config_prefers_rings("vmlinux") == wanted, "%s", what);
	remove("config");
}

#define SERIAL "CONFIG_SERIAL_8250=y\nCONFIG_SERIAL_8250_RUNTIME_UARTS=4\nCONFIG_PCI=y\n"
#define MODULES "CONFIG_VIRTIO_PCI=m\nCONFIG_VIRTIO_CONSOLE=m\n"

int main(void)
{
	static struct config_disk disk;
	static char text[] = "x", q35[] = "q35", microvm[] = "microvm,pcie=on";
	static char *words[] = {text, NULL};
	static const struct strv one = {.items = words, .count = 1};
	char work[] = "/tmp/pith-test.XXXXXX";

	reset();
	ok(vm_rings_refusal(&vm, &addition, ACCEL_TCG) == NULL, "a plain machine");
	vm.machine = q35;
	vm.cpus = 2;
	ok(vm_rings_refusal(&vm, &addition, ACCEL_TCG) == NULL, "... one of its own kind");
	refuses("KVM", ACCEL_KVM);
	addition.may_use_rings = false;
	refuses("by default", ACCEL_TCG);
	vm.arch = ARCH_AARCH64;
	refuses("no such machine", ACCEL_TCG);
	vm.transport = TRANSPORT_MMIO;
	refuses("no such machine", ACCEL_TCG);
	vm.machine = microvm;
	refuses("the user's", ACCEL_TCG);
	vm.disks = &disk;
	vm.disk_count = 1;
	refuses("other devices", ACCEL_TCG);
	vm.share_count = 1;
	vm.shares = calloc(1, sizeof(*vm.shares));
	struct config_share *share = vm.shares;
	refuses("other devices", ACCEL_TCG);
	free(share);
	vm.net_count = 1;
	refuses("other devices", ACCEL_TCG);
	addition.needs = ROOTFS_OVERLAY;
	refuses("other devices", ACCEL_TCG);
	addition.app_on_console = true;
	refuses("console", ACCEL_TCG);
	addition.qemu_args = &one;
	refuses("of the user's", ACCEL_TCG);
	addition.module_names = &one;
	refuses("of the user's", ACCEL_TCG);

	if (mkdtemp(work) == NULL || chdir(work) != 0)
		abort();
	ok(!kernel_config_prefers_rings("vmlinux"), "a kernel of which nothing is known");
	config(MODULES SERIAL, true, "virtio's drivers are modules");
	config("CONFIG_VIRTIO_PCI=y\nCONFIG_VIRTIO_CONSOLE=y\n" SERIAL, false, "they are built in");
	config(MODULES "CONFIG_SERIAL_8250=m\nCONFIG_SERIAL_8250_RUNTIME_UARTS=4\nCONFIG_PCI=y\n",
	       false, "serial lines are a module");
	config(MODULES "CONFIG_SERIAL_8250=y\nCONFIG_SERIAL_8250_RUNTIME_UARTS=1\nCONFIG_PCI=y\n",
	       false, "there is one line only");
	config(MODULES "CONFIG_SERIAL_8250=y\nCONFIG_SERIAL_8250_RUNTIME_UARTS=4\n", false,
	       "there is no PCI");
	(void)rmdir(work);
	return done();
}
