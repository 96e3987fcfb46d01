/* SPDX-License-Identifier: Apache-2.0 */
/* When a machine goes without ACPI, and each thing that keeps it; the counter's rate. */
#include <string.h>

#include "../../runner/boot_words.h"
#include "../../runner/tsc.h"
#include "../tap.h"

static char none[] = "", microvm[] = "microvm,pcie=on", pc[] = "pc", acpi[] = "acpi=force",
	    word[] = "-s";
static const struct config_vm plain = {
    .arch = ARCH_X86_64, .build_initrd = true, .append = none, .cpus = 1};

int main(void)
{
	struct qemu_setting setting = {.accel = ACCEL_TCG, .tsc_khz = "2000000"};
	char *const words[] = {word, NULL};
	struct config_vm vm = plain;
	char text[256] = "console=ttyS0", small[20] = "console=ttyS0", with_acpi[256] = "";
	struct config_share share = {.kind = SHARE_VIRTIOFS};
	struct tsc_moment begin;

	ok(boot_words_without_acpi(&vm, &setting), "a plain emulated machine has no ACPI");
	is_int(boot_words_append(text, sizeof(text), &vm, &setting), 0, "its words fit");
	ok(strstr(text, " acpi=off") != NULL && strstr(text, " tsc_early_khz=2000000") != NULL,
	   "and give the rate: %s", text);
	ok(strstr(text, " pmtmr=0x608") != NULL, "... and say where the PM timer is: %s", text);
	ok(boot_words_append(small, sizeof(small), &vm, &setting) != 0, "no room is an error");
	vm.cpus = 2;
	ok(!boot_words_without_acpi(&vm, &setting), "two processors want it");
	is_int(boot_words_append(with_acpi, sizeof(with_acpi), &vm, &setting), 0,
	       "words of a machine with ACPI");
	ok(strstr(with_acpi, "pmtmr") == NULL, "... whose tables tell the PM timer: %s", with_acpi);
	ok(strstr(with_acpi, "reboot=") == NULL, "... and turn it off: %s", with_acpi);
	vm = plain;
	vm.machine = microvm;
	strcpy(text, "console=ttyS0");
	is_int(boot_words_append(text, sizeof(text), &vm, &setting), 0, "words of a microvm");
	ok(strstr(text, " reboot=t") != NULL, "... which only a triple fault ends: %s", text);
	vm.machine = pc;
	strcpy(text, "console=ttyS0");
	is_int(boot_words_append(text, sizeof(text), &vm, &setting), 0, "words of another machine");
	ok(strstr(text, "reboot=") == NULL, "... do not have that: %s", text);
	vm = plain;
	vm.tpm = true;
	ok(!boot_words_without_acpi(&vm, &setting), "a TPM wants it");
	vm = plain;
	vm.shares = &share;
	vm.share_count = 1;
	with_acpi[0] = '\0';
	is_int(boot_words_append(with_acpi, sizeof(with_acpi), &vm, &setting), 0,
	       "words of a machine with a virtiofs share");
	ok(strstr(with_acpi, " init_on_alloc=1") != NULL, "clear pages for the emulator: %s",
	   with_acpi);
	ok(strstr(text, "init_on_alloc") == NULL, "... which a machine without one does not");
	share.kind = SHARE_9P;
	with_acpi[0] = '\0';
	boot_words_append(with_acpi, sizeof(with_acpi), &vm, &setting);
	ok(strstr(with_acpi, "init_on_alloc") == NULL, "... nor one with 9p");
	share.kind = SHARE_VIRTIOFS;
	with_acpi[0] = '\0';
	setting.accel = ACCEL_KVM;
	boot_words_append(with_acpi, sizeof(with_acpi), &vm, &setting);
	ok(strstr(with_acpi, "init_on_alloc") == NULL, "... nor one under KVM");
	setting.accel = ACCEL_TCG;
	vm = plain;
	vm.append = acpi;
	ok(!boot_words_without_acpi(&vm, &setting), "the user's own word counts");
	vm = plain;
	vm.arch = ARCH_AARCH64;
	ok(!boot_words_without_acpi(&vm, &setting), "no x86");
	setting.more_args = words;
	ok(!boot_words_without_acpi(&plain, &setting), "words for QEMU may name any device");
	setting.more_args = NULL;
	setting.accel = ACCEL_KVM;
	ok(!boot_words_without_acpi(&plain, &setting), "KVM");
	setting.accel = ACCEL_TCG;
	setting.tsc_khz = NULL;
	ok(!boot_words_without_acpi(&plain, &setting), "a rate that is not known");
	tsc_now(&begin);
	uint32_t khz = tsc_khz(&begin);
	ok(khz == 0 || (khz > 100000 && khz < 10000000), "a counter's rate: %u kHz", khz);
	return done();
}
