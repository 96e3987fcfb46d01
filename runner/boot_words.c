/* SPDX-License-Identifier: Apache-2.0 */
/* boot_words.c: what pith says to the kernel of a machine that it fits out itself. Sources:
 * Documentation/admin-guide/kernel-parameters.txt; drivers in the comments. */
#include "boot_words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* When a word is said. */
enum condition {
	ALWAYS,
	QUIET,        /* kernel messages are not wanted on the console */
	EMULATED_X86, /* no KVM */
	EMULATED_VIRTIOFS,
	WITHOUT_ACPI,
	MICROVM,
	FAST_CONSOLE, /* an hvc line */
	ISAPC,
	NESTED_AARCH64, /* a host VM */
};

static const struct {
	enum condition condition;
	const char *word;
} table[] = {
    /* A panic restarts at once, which under -no-reboot ends QEMU. */
    {ALWAYS, "panic=-1"},
    /* Every line is an exit from the guest for each byte. */
    {QUIET, "quiet"},
    /* The kernel's self-tests of its ciphers: a fifth of an emulated boot. FIPS mode runs them
     * nevertheless (crypto/algboss.c). */
    {ALWAYS, "cryptomgr.notests=1"},
    /* Emulated code is translated anew: retpolines and the like cost time and cannot steer the
     * predictors of the processor beneath. */
    {EMULATED_X86, "mitigations=off"},
    /* The kernel waits for ten ticks of the interval timer within a time that it counts in loops:
     * on a busy base system they may come too late, which is a panic ("IO-APIC + timer doesn't
     * work"). QEMU's timer is wired as the tables say. */
    {EMULATED_X86, "no_timer_check"},
    /* On one processor the kernel patches the lock prefixes out of its code, each by a mapping of
     * its own; emulated code of one processor runs as fast with them, and a piece that was patched
     * is translated again. */
    {EMULATED_X86, "noreplace-smp"},
    /* QEMU's local APIC counts nanoseconds (hw/intc/apic.c). The kernel of kconfig/ believes it
     * (kconfig/patches/x86_64/apic-timer-rate.patch), in the place of counting for 100 ms; a word
     * with a dot means nothing to others. */
    {EMULATED_X86, "apic.timer_hz=1000000000"},
    /* virtiofsd writes what it reads into the guest's memory by itself, of which the emulator
     * knows nothing: where code was before, it goes on to run its translation of that. QEMU 8 and
     * later find a translation by the place in memory alone, so that programs crash. The kernel
     * clearing each page, which the emulator does see, ends it. */
    {EMULATED_VIRTIOFS, "init_on_alloc=1"},
    /* No tables to interpret; PCI devices and their interrupts are found by the old ways. */
    {WITHOUT_ACPI, "acpi=off"},
    /* Without ACPI a machine restarts by a triple fault; no keyboard controller to be asked. */
    {WITHOUT_ACPI, "reboot=t"},
    /* As QEMU's own text on microvm says: it has no such controller, and where the kernel lacks
     * ACPI only a restart ends it. */
    {MICROVM, "reboot=t"},
    /* pith measured the counter; no other clock is to watch it. */
    {WITHOUT_ACPI, "tsc=reliable"},
    /* Where SeaBIOS puts the PM timer of q35, of which otherwise ACPI's tables tell. With it the
     * kernel needs no second 100 ms to verify how it measured the local APIC's timer by the counter
     * (arch/x86/kernel/apic/apic.c, calibrate_APIC_clock): a check that fails when the base system
     * is busy. A timer that does not count is passed over (drivers/clocksource/acpi_pm.c). */
    {WITHOUT_ACPI, "pmtmr=0x608"},
    /* A kernel without MP tables has no local APIC then, and each driver that asks for messages in
     * the place of an interrupt line gets a warning with a stack, which taints the kernel. */
    {WITHOUT_ACPI, "pci=nomsi"},
    /* Output of hvc lines is awaited in a loop (drivers/char/virtio_console.c, __send_to_port), so
     * that the interrupt for it finds nothing to do; after 100,000 of those the kernel would turn
     * off the interrupt, which the channel to pith shares (kernel/irq/spurious.c). */
    {FAST_CONSOLE, "noirqdebug"},
    /* It has none, and the kernel's search for its timer there is a panic. */
    {ISAPC, "noapic"},
    /* An inner VM's memory in pieces of 2 MiB, as QEMU asks for: one exit for the first touch of
     * each, in the place of 512. The kernel of kconfig/ has such pages in less than 512 MiB only
     * where they are asked for (kconfig/patches/aarch64/hugepage-small.patch). */
    {NESTED_AARCH64, "transparent_hugepage=madvise"},
};

static bool has_virtiofs(const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->share_count; i++)
		if (vm->shares[i].kind == SHARE_VIRTIOFS)
			return true;
	return false;
}

/* Devices that ACPI describes (TPM), that want an interrupt of their own each (processors, daemons
 * behind a device), or that pith does not know (words of the user's). */
static bool has_more_than_pci(const struct config_vm *vm, const struct qemu_setting *setting)
{
	return vm->cpus > 1 || vm->tpm || vm->nested || vm->gpu || vm->sound != NULL ||
	       vm->vsock_cid != 0 || vm->gpio_count > 0 || vm->inputs.count > 0 ||
	       vm->firmware != NULL || vm->boots_firmware || vm->extra_args.count > 0 ||
	       (setting->more_args != NULL && setting->more_args[0] != NULL) || has_virtiofs(vm);
}

bool boot_words_without_acpi(const struct config_vm *vm, const struct qemu_setting *setting)
{
	return vm->arch == ARCH_X86_64 && setting->accel == ACCEL_TCG && vm->vmm == VMM_QEMU &&
	       qemu_is_lean(vm) && vm->machine == NULL && setting->tsc_khz != NULL &&
	       !has_more_than_pci(vm, setting) && strstr(vm->append, "acpi") == NULL &&
	       strstr(vm->append, "tsc") == NULL;
}

/* Does the guest's counter run at the rate that pith measured? Words for QEMU may give it another
 * clock (-icount). */
static bool has_known_tsc(const struct config_vm *vm, const struct qemu_setting *setting)
{
	return vm->arch == ARCH_X86_64 && setting->accel == ACCEL_TCG && vm->vmm == VMM_QEMU &&
	       setting->tsc_khz != NULL && strstr(vm->append, "tsc") == NULL &&
	       vm->extra_args.count == 0 &&
	       (setting->more_args == NULL || setting->more_args[0] == NULL);
}

static bool has_fast_console(const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->serial_count; i++)
		if (vm->serials[i].is_hvc)
			return true;
	return false;
}

int boot_words_append(char *text, size_t text_size, const struct config_vm *vm,
		      const struct qemu_setting *setting)
{
	const bool holds[] = {
	    [ALWAYS] = true,
	    [QUIET] = !setting->verbose,
	    [EMULATED_X86] =
		vm->arch == ARCH_X86_64 && setting->accel == ACCEL_TCG && vm->vmm == VMM_QEMU,
	    [EMULATED_VIRTIOFS] =
		setting->accel == ACCEL_TCG && vm->vmm == VMM_QEMU && has_virtiofs(vm),
	    [WITHOUT_ACPI] = boot_words_without_acpi(vm, setting),
	    [MICROVM] = vm->vmm == VMM_QEMU && vm->machine != NULL &&
			strncmp(vm->machine, "microvm", 7) == 0,
	    [FAST_CONSOLE] = has_fast_console(vm),
	    [ISAPC] = vm->machine != NULL && strncmp(vm->machine, "isapc", 5) == 0,
	    [NESTED_AARCH64] = vm->arch == ARCH_AARCH64 && vm->nested,
	};
	size_t used = strlen(text);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && used < text_size; i++)
		if (holds[table[i].condition])
			used +=
			    (size_t)snprintf(text + used, text_size - used, " %s", table[i].word);
	/* Given, because to measure it by the interval timer takes long, and under emulation can
	 * fail (on microvm that hangs) or be wrong: KVM in the guest keeps the first value, and
	 * once the kernel has a better one, 250 ppm away, the clocks of inner VMs stand still for
	 * many seconds (kvm_set_tsc_khz). */
	if (has_known_tsc(vm, setting) && used < text_size)
		used += (size_t)snprintf(text + used, text_size - used, " tsc_early_khz=%s",
					 setting->tsc_khz);
	return used < text_size ? 0 : -ENOSPC;
}
