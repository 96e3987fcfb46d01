/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_config.h: what a kernel lacks of what a VM needs, by the file "config" beside its image.
 */
#ifndef PITH_RUNNER_KERNEL_CONFIG_H
#define PITH_RUNNER_KERNEL_CONFIG_H

#include <stdbool.h>

#include "strv.h"

/* Add to MISSING a line for each option that neither is built in nor a module and that NEEDS (of
 * rootfs.h) or a TPM ask for. PATH (of PATH_MAX bytes) gets the file's name. Returns 0, or -errno
 * when it cannot be opened. */
int kernel_config_missing(const char *image, unsigned needs, bool needs_tpm, char *path,
			  struct strv *missing);

/* How many processors the kernel can have by that file; 0 where it is not known. */
unsigned kernel_config_cpus(const char *image);

/* Whether by that file the kernel has a second serial line and PCI built in, and virtio's drivers
 * are modules: streams in shared memory (vm_rings.h) then save it loading them. */
bool kernel_config_prefers_rings(const char *image);

#endif
