/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_image.h: which processors a kernel is for, by the beginning of its file. */
#ifndef PITH_RUNNER_KERNEL_IMAGE_H
#define PITH_RUNNER_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"

#define KERNEL_IMAGE_BEGIN 4096 /* bytes of the file that are looked at */

/* What the SIZE bytes BYTES at the beginning of a kernel are for: ELF (e_machine), x86's bzImage
 * (Documentation/arch/x86/boot.rst), the Image of arm64 and of riscv (Documentation/arch/arm64/
 * booting.rst, arch/riscv/boot-image-header.rst) and what else is a PE program (EFI's zboot).
 * Returns the architecture's name, that of one that pith does not know ("another processor") among
 * them; NULL where the bytes do not tell. Pure. */
const char *kernel_image_arch(const void *bytes, size_t size);

/* Whether the kernel PATH is for another architecture than WANTED, whose name is in *ARCH then. A
 * file that cannot be read, or does not tell, is not. */
bool kernel_image_is_foreign(const char *path, enum config_arch wanted, const char **arch);

#endif
