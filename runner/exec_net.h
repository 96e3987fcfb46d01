/* SPDX-License-Identifier: Apache-2.0 */
/* exec_net.h: the values of pith exec --net, into networks of a VM. */
#ifndef PITH_RUNNER_EXEC_NET_H
#define PITH_RUNNER_EXEC_NET_H

#include <stdbool.h>

#include "config.h"

/* What --net takes, for messages and --help. */
#define EXEC_NET_ACCEPTED                                                                          \
	"user or passt[,tcp=[HOST:]PORT:PORT][,udp=...], tap=NAME or bridge=NAME, each with "      \
	"[,address=A.B.C.D/N[,gateway=A.B.C.D]], [,address=dhcp] and [,mac=MAC]"
#define EXEC_NET_MAX 8 /* CMDLINE_NETWORKS_MAX of pith-init */

/* Parse TEXT into NET (all zero before; exec_net_free in any case). A user network without an
 * address has the one that QEMU's user network expects (10.0.2.15/24, gateway 10.0.2.2), one of
 * passt asks for it. Returns 0, or -EINVAL for what EXEC_NET_ACCEPTED does not describe. */
int exec_net_parse(const char *text, struct config_net *net);
void exec_net_free(struct config_net *net);

/* Whether exec_net_parse takes TEXT. */
bool exec_net_is_valid(const char *text);

#endif
