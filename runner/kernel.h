/* SPDX-License-Identifier: Apache-2.0 */
/* kernel.h: pith's default kernel for an architecture, and where cached things live. */
#ifndef PITH_RUNNER_KERNEL_H
#define PITH_RUNNER_KERNEL_H

#include "config.h"

struct kernel {
	char *image;   /* file for QEMU's -kernel */
	char *modules; /* its lib/modules/RELEASE folder; NULL: none (everything is built in) */
	char *release; /* "6.1.0-..-cloud-amd64", or "" when unknown */
};

/* The cache folder: $PITH_CACHE, $XDG_CACHE_HOME/pith or $HOME/.cache/pith. Malloced. */
char *kernel_cache_dir(void);

/* Find the default kernel, in the first of these folders that exists:
 *   $PITH_KERNEL_DIR                        the user's choice (of this architecture, by his word)
 *   CACHE/kernels/ARCH-pith/                built by scripts/build-kernel from kconfig/
 *   CACHE/kernels/ARCH/                     fetched by scripts/fetch-kernel
 *   PREFIX/share/pith/kernels/ARCH/         installed
 * Such a folder holds vmlinux or vmlinuz (vmlinux is taken where both are: QEMU's PVH entry saves
 * the decompression), release (one line) and, unless everything is built in, modules/. Symbolic
 * links are resolved first, so that an update meanwhile cannot mix two kernels. Returns 0, or
 * -ENOENT with the message said. */
int kernel_find_default(enum config_arch arch, struct kernel *kernel);
/* The same, without a word. */
int kernel_look_for_default(enum config_arch arch, struct kernel *kernel);
/* Where KERNEL is a vmlinux with a vmlinuz beside it, take that: for a machine with a TPM. QEMU
 * (7.2) lets the initramfs of a kernel that begins by its PVH entry reach up to 160 KiB below the
 * end of memory (of that below 4 GiB), where the firmware keeps the ACPI tables if a TPM's log of
 * 64 KiB is among them: the guest then has no ACPI, and without that no TPM. */
void kernel_use_compressed(struct kernel *kernel);
void kernel_free(struct kernel *kernel);

/* Have the file IMAGE read into memory, unless its beginning is there already. QEMU maps it, and
 * would have it read in pages of 4 KiB, which stay: each costs at every start and end from then on.
 * What is read in order comes in large folios, where the file system has them (ext4 since Linux
 * 6.16, XFS since 5.18). A file that cannot be read is left to QEMU. */
void kernel_read_ahead(const char *image);

/* The program NAME ("pith-init", "pith") for ARCH: in $PITH_LIB/ARCH/ where that is set, else
 * beside this program where ARCH is its own, else in ../ARCH/ from there (a build folder), else in
 * PREFIX/lib/pith/ARCH/. Malloced path; NULL with a message said when there is none. */
char *kernel_find_program(enum config_arch arch, const char *name);

#endif
