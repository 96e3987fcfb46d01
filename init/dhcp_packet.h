/* SPDX-License-Identifier: Apache-2.0 */
/* dhcp_packet.h: the packets of DHCP (RFC 2131, options of RFC 2132) with their IPv4 and UDP
 * headers, as a packet socket carries them. Pure: bytes in, struct out; fuzzed
 * (tests/fuzz/fuzz_dhcp.c). */
#ifndef PITH_INIT_DHCP_PACKET_H
#define PITH_INIT_DHCP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP_PACKET_MAX 1500 /* of an Ethernet frame; what is longer was not asked for */
#define DHCP_PACKET_SIZE 328 /* of those that are written: 300 bytes for BOOTP (RFC 1542, 2.1) */
#define DHCP_DNS_MAX 3       /* as many as a resolver asks (MAXNS, resolv.conf(5)) */
#define DHCP_FOREVER UINT32_MAX

enum dhcp_kind { /* the values of option 53 */
		 DHCP_NONE = 0,
		 DHCP_DISCOVER = 1,
		 DHCP_OFFER = 2,
		 DHCP_REQUEST = 3,
		 DHCP_ACK = 5,
		 DHCP_NAK = 6,
};

/* Who asks, and for what exchange. */
struct dhcp_client {
	uint8_t mac[6];
	uint32_t id; /* of the transaction */
};

struct dhcp_lease {
	uint8_t server[4]; /* its identifier */
	uint8_t address[4], netmask[4];
	bool has_gateway;
	uint8_t gateway[4];
	uint8_t dns[DHCP_DNS_MAX][4];
	size_t dns_count;
	uint32_t seconds; /* how long it lasts; DHCP_FOREVER */
};

/* Write a DISCOVER, with OFFER NULL, or the REQUEST for OFFER, to be sent to all on the network. */
void dhcp_packet_write(uint8_t packet[DHCP_PACKET_SIZE], const struct dhcp_client *client,
		       const struct dhcp_lease *offer);

/* Read PACKET, which begins with its IPv4 header. Returns DHCP_OFFER or DHCP_ACK with LEASE, whose
 * address a host can have and whose netmask is one; DHCP_NAK; or DHCP_NONE for all that is no whole
 * answer to CLIENT. The UDP checksum is not looked at: between a VM and its host it is left to a
 * network card that is not there. */
enum dhcp_kind dhcp_packet_read(const uint8_t *packet, size_t size,
				const struct dhcp_client *client, struct dhcp_lease *lease);

#endif
