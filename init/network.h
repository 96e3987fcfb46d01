/* SPDX-License-Identifier: Apache-2.0 */
/* network.h: the loopback interface, addresses, static or by DHCP, and the host name. */
#ifndef PITH_INIT_NETWORK_H
#define PITH_INIT_NETWORK_H

#include "cmdline.h"
#include "outcome.h"

/* Bring "lo" up. A kernel without IPv4 is fine; any other failure is a warning. */
void network_loopback_up(void);

/* Give NETWORK's interface its address, or the one that a DHCP server gives within DHCP_TIMEOUT_MS,
 * bring it up, and set the default route where there is a gateway. The name servers that DHCP tells
 * are in /run/pith/resolv.conf, to which /etc/resolv.conf leads where it did not exist. Returns 0,
 * or -1 with OUTCOME filled. */
int network_configure(const struct boot_network *network, uint32_t dhcp_timeout_ms,
		      struct outcome *outcome);

/* Set the host name unless NAME is NULL. A failure is a warning. */
void network_set_hostname(const char *name);

#endif
