/* SPDX-License-Identifier: Apache-2.0 */
/* config_bridge.h: the bridge tables of a configuration. Internal to config*.c. */
#ifndef PITH_RUNNER_CONFIG_BRIDGE_H
#define PITH_RUNNER_CONFIG_BRIDGE_H

#include "config_read.h"

config_set config_bridge_read; /* "bridge"; the field is a struct config */

#endif
