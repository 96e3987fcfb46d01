/* SPDX-License-Identifier: Apache-2.0 */
/* modules.h: the kernel modules that the initramfs carries. */
#ifndef PITH_INIT_MODULES_H
#define PITH_INIT_MODULES_H

#include <stddef.h>

#define MODULES_LIST "/pith/modules"
#define MODULES_LIST_MAX (64 * 1024)

/* Load the modules that MODULES_LIST names, one path a line, in that order. No list: nothing to do.
 * One whose hardware is absent is passed over; any other failure is a warning, since only a later
 * stage knows whether the module was needed. */
void modules_load(void);

/* The first such failure in words, "" when there was none: for the message of that later stage. */
const char *modules_failure(void);

#endif
