/* SPDX-License-Identifier: Apache-2.0 */
/* modules.h: which kernel modules a VM needs and in which order, from modules.dep and
 * modules.builtin (depmod(8), modules.dep(5)). libkmod has no static build in Debian, and the
 * format is a line a module, so it is read here. */
#ifndef PITH_RUNNER_MODULES_H
#define PITH_RUNNER_MODULES_H

#include <stddef.h>

#include "strv.h"

/* Add to FILES the files (full paths below DIR) to load for the COUNT module NAMES, dependencies
 * first, each file once. DIR is a lib/modules/RELEASE folder. '-' and '_' in names are equal. A
 * name that is built in adds nothing. Names ending in "?" are optional: unknown ones are passed
 * over. Reads two index files, each module's own file is not looked at. Returns 0; -ENOENT when a
 * module or one that it needs has no line, -ELOOP when it needs itself, both with the name in
 * *MISSING (points into NAMES); -errno with *MISSING unset when the index files cannot be read. */
int modules_resolve(const char *dir, const char *const *names, size_t count, struct strv *files,
		    const char **missing);

#endif
