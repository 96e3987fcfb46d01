/* SPDX-License-Identifier: Apache-2.0 */
/* qemu_version.h: which QEMU it is, asked of the program itself. */
#ifndef PITH_RUNNER_QEMU_VERSION_H
#define PITH_RUNNER_QEMU_VERSION_H

#include <stdbool.h>

#include "../init/outcome.h"
#include "config.h"

/* From the first line of --version, "QEMU emulator version 8.2.1 (Debian ...)". Returns 0, or
 * -EINVAL for a line of another form. Pure. */
int qemu_version_parse(const char *text, unsigned version[3]);

/* VERSION is at least MAJOR.MINOR. Pure. */
bool qemu_version_is_at_least(const unsigned version[3], unsigned major, unsigned minor);

/* Refuse a VM that asks for what its QEMU is too old for. Only then is QEMU run to ask for its
 * version, for at most 5 s; PATHS may spare that. Returns 0, or -errno with FAILURE filled. */
int qemu_version_check(const struct config_vm *vm, const struct config_paths *paths,
		       struct outcome *failure);

#endif
