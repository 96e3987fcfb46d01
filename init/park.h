/* SPDX-License-Identifier: Apache-2.0 */
/* park.h: a guest that is booted in advance: it waits where its state can be saved, and goes on
 * when it is resumed with work to do. */
#ifndef PITH_INIT_PARK_H
#define PITH_INIT_PARK_H

#include <stddef.h>

#include "outcome.h"

/* Make ready for work, tell the base system (stage "park"), and wait for it (report.h): the machine
 * is saved and ended meanwhile. Then, in the resumed machine: set the clock, reseed the
 * kernel's random generator, take the work from the device (work.h) and put its files into the root
 * directory. The configuration in it is *CONFIG, *CONFIG_SIZE bytes that stay (config_take).
 * Returns 0, or -1 with OUTCOME filled. */
int park(char **config, size_t *config_size, struct outcome *outcome);

#endif
