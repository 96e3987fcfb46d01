/* SPDX-License-Identifier: Apache-2.0 */
/* config_net.h: the net tables of a vm process. Internal to config*.c. */
#ifndef PITH_RUNNER_CONFIG_NET_H
#define PITH_RUNNER_CONFIG_NET_H

#include "config_read.h"

config_set config_net_read; /* "net"; the field is a struct config_vm */

/* Once all processes have names: interfaces that share a network need addresses of their own. */
void config_net_give_macs(struct config_reader *reader);

#endif
