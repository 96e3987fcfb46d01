/* SPDX-License-Identifier: Apache-2.0 */
/* bridge.h: the bridges of a configuration: software switches of the kernel that VMs' network
 * devices are plugged into (the ioctls of linux/if_bridge.h and netdevice(7)). Needs CAP_NET_ADMIN.
 */
#ifndef PITH_RUNNER_BRIDGE_H
#define PITH_RUNNER_BRIDGE_H

#include "config.h"

/* Make the bridges that CONFIG has and the kernel has not, with their addresses and ports, and set
 * them up. One that is there already is set up too and gets what it lacks. The names of those that
 * are new go to MADE. Returns 0, or -errno after saying why; then none of them is left. */
int bridges_make(const struct config *config, struct strv *made);

/* Remove the bridges in MADE, and empty it. */
void bridges_remove(struct strv *made);

#endif
