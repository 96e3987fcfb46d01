/* SPDX-License-Identifier: Apache-2.0 */
/* config.h: reads what cmdline.h parses. */
#ifndef PITH_INIT_CONFIG_H
#define PITH_INIT_CONFIG_H

#include "cmdline.h"
#include "measure.h"
#include "outcome.h"

/* Fill CONFIG, which holds defaults, from /proc/cmdline and from CMDLINE_BULK_PATH where that
 * exists. The latter is removed: it holds the nonce, which is not for the app. Both are noted in
 * MEASURE, which is begun anew. Returns 0, or -1 with OUTCOME filled. */
int config_read(struct boot_config *config, struct measure *measure, struct outcome *outcome);

/* The same, once more: from the command line as it was read then, and from the SIZE bytes BULK in
 * the place of the file's, which stay as long as CONFIG, which points into them; NULL: none.
 * MEASURE begins anew. */
int config_take(struct boot_config *config, struct measure *measure, char *bulk, size_t size,
		struct outcome *outcome);

#endif
