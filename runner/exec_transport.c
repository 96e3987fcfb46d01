/* SPDX-License-Identifier: Apache-2.0 */
/* exec_transport.c: pith exec --transport. Pure. */
#include "exec_transport.h"

#include <stdbool.h>
#include <string.h>

/* QEMU's machines (qemu -machine help), without the versions behind some of their names. */
static const struct machine {
	enum config_arch arch;
	const char *name;
	bool has_pci, has_mmio;
} machines[] = {
    {ARCH_X86_64, "q35", true, false},     {ARCH_X86_64, "pc", true, false},
    {ARCH_X86_64, "microvm", false, true}, {ARCH_X86_64, "isapc", false, false},
    {ARCH_AARCH64, "virt", true, true},    {ARCH_RISCV64, "virt", true, true},
};

static const struct machine *find(enum config_arch arch, const char *machine)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		size_t size = strlen(machines[i].name);
		if (machines[i].arch == arch && strncmp(machine, machines[i].name, size) == 0 &&
		    strchr(",-", machine[size]) != NULL) /* the NUL is found, too */
			return &machines[i];
	}
	return NULL;
}

/* With ACPI the kernel knows microvm's first line only. */
static int check_isa(const struct config_vm *vm, struct outcome *failure)
{
	const bool is_microvm = vm->machine != NULL && strncmp(vm->machine, "microvm", 7) == 0;

	if (vm->arch == ARCH_X86_64 && (!is_microvm || strstr(vm->machine, "acpi=off") != NULL))
		return 0;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "--transport isa: %s",
		    vm->arch == ARCH_X86_64 ? "machine microvm has lines for it as microvm,acpi=off"
					    : "only machines of x86_64 have an ISA bus");
	return -1;
}

/* The memory is a PCI device's, and the second serial line is that of PCs. */
static int check_shm(const struct config_vm *vm, struct outcome *failure)
{
	const struct machine *machine = vm->machine == NULL ? NULL : find(vm->arch, vm->machine);

	if (vm->arch == ARCH_X86_64 && (machine == NULL || machine->has_pci))
		return 0;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "--transport shm: %s",
		    vm->arch == ARCH_X86_64
			? "that machine has no PCI: q35 and pc have"
			: "only machines of x86_64 have the serial line for it");
	return -1;
}

int exec_transport_choose(struct config_vm *vm, enum config_transport transport,
			  struct outcome *failure)
{
	static char microvm[] = "microvm";
	const struct machine *machine;

	vm->transport = transport == TRANSPORT_AUTO ? TRANSPORT_PCI : transport;
	if (transport == TRANSPORT_ISA)
		return check_isa(vm, failure);
	if (transport == TRANSPORT_SHM)
		return check_shm(vm, failure);
	if (vm->machine == NULL && transport == TRANSPORT_MMIO && vm->arch == ARCH_X86_64)
		vm->machine = microvm;
	machine = vm->machine == NULL ? NULL : find(vm->arch, vm->machine);
	if (machine == NULL || (vm->transport == TRANSPORT_PCI
				    ? machine->has_pci || strstr(vm->machine, "pcie=on") != NULL
				    : machine->has_mmio))
		return 0;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "--machine %.100s has no %s for %s",
		    vm->machine, vm->transport == TRANSPORT_PCI ? "PCI" : "virtio-mmio",
		    vm->transport == TRANSPORT_PCI
			? "its devices: --transport mmio, or microvm,pcie=on"
			: "its devices: --machine microvm has");
	return -1;
}
