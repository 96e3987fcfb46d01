/* SPDX-License-Identifier: Apache-2.0 */
/* power.h: the end of the machine. */
#ifndef PITH_INIT_POWER_H
#define PITH_INIT_POWER_H

#include "cmdline.h"

/* Power off or restart, as ACTION says. Never returns. */
_Noreturn void power_down(enum power_action action);

#endif
