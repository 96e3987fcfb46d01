/* SPDX-License-Identifier: Apache-2.0 */
/* config_net.h: the net tables of a vm process. Internal to config*.c. */
#ifndef PITH_RUNNER_CONFIG_NET_H
#define PITH_RUNNER_CONFIG_NET_H

#include "config_read.h"

config_set config_net_read; /* "net"; the field is a struct config_vm */

config_set config_net_read_address; /* char *: ADDRESS/PREFIX, as init/cmdline.h takes it */

/* May NAME be that of a network interface, here and in a QEMU option? */
bool config_net_is_interface(const char *name);

/* Once all processes have names: interfaces that share a network need addresses of their own. */
void config_net_give_macs(struct config_reader *reader);

#endif
