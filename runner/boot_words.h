/* SPDX-License-Identifier: Apache-2.0 */
/* boot_words.h: what pith says to the kernel of a machine that it fits out itself, chosen for a
 * fast boot where nothing is lost by it. docs/performance.md has the figures. */
#ifndef PITH_RUNNER_BOOT_WORDS_H
#define PITH_RUNNER_BOOT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "qemu.h"

/* True when the machine can do without ACPI: an emulated x86 of one processor, with devices only
 * that PCI alone describes, whose counter's rate is known (setting->tsc_khz). */
bool boot_words_without_acpi(const struct config_vm *vm, const struct qemu_setting *setting);

/* Append the words for the kernel of VM, which is lean (qemu_is_lean), to the command line TEXT.
 * Returns 0 or -ENOSPC. */
int boot_words_append(char *text, size_t text_size, const struct config_vm *vm,
		      const struct qemu_setting *setting);

#endif
