/* SPDX-License-Identifier: Apache-2.0 */
/* dhcp.h: an address from the network's DHCP server (RFC 2131). */
#ifndef PITH_INIT_DHCP_H
#define PITH_INIT_DHCP_H

#include <stddef.h>
#include <stdint.h>

#include "dhcp_packet.h"

/* Ask on INTERFACE, an Ethernet one that is up, until an address is acknowledged, at most
 * TIMEOUT_MS. Returns 0 with LEASE filled; or -errno with REASON, one line: -ETIMEDOUT when no
 * server answered, or none kept its offer. */
int dhcp_ask(const char *interface, uint32_t timeout_ms, struct dhcp_lease *lease, char *reason,
	     size_t reason_size);

#endif
