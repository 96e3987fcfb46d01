/* SPDX-License-Identifier: Apache-2.0 */
/* dhcp_packet.c: the packets of DHCP. Numbers are big-endian, as everywhere in IPv4 (RFC 791). */
#include "dhcp_packet.h"

#include <string.h>

#define IP_SIZE 20 /* without options */
#define UDP_SIZE 8
#define SERVER_PORT 67
#define CLIENT_PORT 68
#define PROTOCOL_UDP 17
#define FRAGMENT_BITS 0x3fff /* more fragments, or not the first */

/* Fields of a message (RFC 2131, figure 1), from its beginning. */
enum {
	AT_OP = 0,
	AT_HTYPE = 1,
	AT_HLEN = 2,
	AT_XID = 4,
	AT_YIADDR = 16,
	AT_CHADDR = 28,
	AT_SNAME = 44,
	AT_FILE = 108,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,
};
#define SNAME_SIZE (AT_FILE - AT_SNAME)
#define FILE_SIZE (AT_COOKIE - AT_FILE)
#define BOOTREQUEST 1
#define BOOTREPLY 2
#define ETHERNET 1

enum {
	OPTION_PAD = 0,
	OPTION_NETMASK = 1,
	OPTION_ROUTERS = 3,
	OPTION_DNS = 6,
	OPTION_ADDRESS = 50,
	OPTION_LEASE_TIME = 51,
	OPTION_OVERLOAD = 52,
	OPTION_KIND = 53,
	OPTION_SERVER = 54,
	OPTION_WANTED = 55,
	OPTION_MAX_SIZE = 57,
	OPTION_END = 255,
};
#define OVERLOAD_FILE 1
#define OVERLOAD_SNAME 2

static const uint8_t cookie[4] = {99, 130, 83, 99};

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

/* --- Writing -----------------------------------------------------------------------------------
 */

/* RFC 1071. */
static unsigned checksum(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += get16(bytes + i);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static uint8_t *put_option(uint8_t *at, uint8_t option, const uint8_t *value, uint8_t size)
{
	*at++ = option;
	*at++ = size;
	memcpy(at, value, size);
	return at + size;
}

static void write_headers(uint8_t packet[DHCP_PACKET_SIZE])
{
	static const uint8_t begin[] = {0x45, 0}, to_all[] = {255, 255, 255, 255};
	uint8_t *udp = packet + IP_SIZE;

	memcpy(packet, begin, sizeof(begin));
	put16(packet + 2, DHCP_PACKET_SIZE);
	packet[8] = 64; /* hops */
	packet[9] = PROTOCOL_UDP;
	memcpy(packet + 16, to_all, sizeof(to_all)); /* from 0.0.0.0 */
	put16(packet + 10, checksum(packet, IP_SIZE));
	put16(udp, CLIENT_PORT);
	put16(udp + 2, SERVER_PORT);
	put16(udp + 4, DHCP_PACKET_SIZE - IP_SIZE); /* and 0: no checksum (RFC 768) */
}

void dhcp_packet_write(uint8_t packet[DHCP_PACKET_SIZE], const struct dhcp_client *client,
		       const struct dhcp_lease *offer)
{
	static const uint8_t wanted[] = {OPTION_NETMASK, OPTION_ROUTERS, OPTION_DNS,
					 OPTION_LEASE_TIME};
	const uint8_t kind = offer == NULL ? DHCP_DISCOVER : DHCP_REQUEST;
	uint8_t *message = packet + IP_SIZE + UDP_SIZE, *option = message + AT_OPTIONS;
	uint8_t max_size[2];

	memset(packet, 0, DHCP_PACKET_SIZE);
	write_headers(packet);
	message[AT_OP] = BOOTREQUEST;
	message[AT_HTYPE] = ETHERNET;
	message[AT_HLEN] = sizeof(client->mac);
	put32(message + AT_XID, client->id);
	memcpy(message + AT_CHADDR, client->mac, sizeof(client->mac));
	memcpy(message + AT_COOKIE, cookie, sizeof(cookie));
	option = put_option(option, OPTION_KIND, &kind, 1);
	if (offer != NULL) {
		option = put_option(option, OPTION_ADDRESS, offer->address, 4);
		option = put_option(option, OPTION_SERVER, offer->server, 4);
	}
	put16(max_size, DHCP_PACKET_MAX);
	option = put_option(option, OPTION_MAX_SIZE, max_size, sizeof(max_size));
	option = put_option(option, OPTION_WANTED, wanted, sizeof(wanted));
	*option = OPTION_END;
}

/* --- Reading -----------------------------------------------------------------------------------
 */

/* What the options said. */
struct answer {
	unsigned kind, overload;
	bool has_netmask, has_server;
	struct dhcp_lease *lease;
};

static void take_option(struct answer *answer, uint8_t option, const uint8_t *value, size_t size)
{
	struct dhcp_lease *lease = answer->lease;

	if (option == OPTION_KIND && size == 1) {
		answer->kind = value[0];
	} else if (option == OPTION_OVERLOAD && size == 1) {
		answer->overload = value[0];
	} else if (option == OPTION_NETMASK && size == 4) {
		memcpy(lease->netmask, value, 4);
		answer->has_netmask = true;
	} else if (option == OPTION_SERVER && size == 4) {
		memcpy(lease->server, value, 4);
		answer->has_server = true;
	} else if (option == OPTION_ROUTERS && size >= 4) {
		memcpy(lease->gateway, value, 4);
		lease->has_gateway = get32(value) != 0;
	} else if (option == OPTION_DNS && size % 4 == 0) {
		lease->dns_count = size / 4 < DHCP_DNS_MAX ? size / 4 : DHCP_DNS_MAX;
		memcpy(lease->dns, value, 4 * lease->dns_count);
	} else if (option == OPTION_LEASE_TIME && size == 4) {
		lease->seconds = get32(value);
	}
}

/* Returns whether they are well-formed. The fields that hold options by overload need no end. */
static bool read_options(struct answer *answer, const uint8_t *at, size_t size, bool needs_end)
{
	size_t i = 0;

	while (i < size) {
		const uint8_t option = at[i++];

		if (option == OPTION_END)
			return true;
		if (option == OPTION_PAD)
			continue;
		if (i == size || at[i] > size - i - 1)
			return false;
		take_option(answer, option, at + i + 1, at[i]);
		i += 1u + at[i];
	}
	return !needs_end;
}

/* The message in a packet from a server to a client, and its size; NULL: it is another packet. */
static const uint8_t *find_message(const uint8_t *packet, size_t size, size_t *message_size)
{
	size_t ip_size, total, udp_size;

	if (size < IP_SIZE || packet[0] >> 4 != 4)
		return NULL;
	ip_size = 4u * (packet[0] & 15);
	total = get16(packet + 2); /* behind it may be padding */
	if (ip_size < IP_SIZE || total > size || total < ip_size + UDP_SIZE ||
	    packet[9] != PROTOCOL_UDP || (get16(packet + 6) & FRAGMENT_BITS) != 0)
		return NULL;
	packet += ip_size;
	udp_size = get16(packet + 4);
	if (get16(packet) != SERVER_PORT || get16(packet + 2) != CLIENT_PORT ||
	    udp_size > total - ip_size || udp_size < UDP_SIZE + AT_OPTIONS)
		return NULL;
	*message_size = udp_size - UDP_SIZE;
	return packet + UDP_SIZE;
}

/* An address that a host can have, and a netmask of ones and then zeros. */
static bool is_usable(const struct dhcp_lease *lease)
{
	const uint32_t rest = ~get32(lease->netmask);
	const unsigned first = lease->address[0];

	return first != 0 && first != 127 && first < 224 && (rest & (rest + 1)) == 0 &&
	       rest != UINT32_MAX;
}

enum dhcp_kind dhcp_packet_read(const uint8_t *packet, size_t size,
				const struct dhcp_client *client, struct dhcp_lease *lease)
{
	struct answer answer = {.lease = lease};
	size_t message_size;
	const uint8_t *message = find_message(packet, size, &message_size);

	*lease = (struct dhcp_lease){.seconds = DHCP_FOREVER};
	if (message == NULL || message[AT_OP] != BOOTREPLY || message[AT_HTYPE] != ETHERNET ||
	    message[AT_HLEN] != sizeof(client->mac) || get32(message + AT_XID) != client->id ||
	    memcmp(message + AT_CHADDR, client->mac, sizeof(client->mac)) != 0 ||
	    memcmp(message + AT_COOKIE, cookie, sizeof(cookie)) != 0)
		return DHCP_NONE;
	if (!read_options(&answer, message + AT_OPTIONS, message_size - AT_OPTIONS, true))
		return DHCP_NONE;
	const unsigned overload = answer.overload;
	if (((overload & OVERLOAD_FILE) != 0 &&
	     !read_options(&answer, message + AT_FILE, FILE_SIZE, false)) ||
	    ((overload & OVERLOAD_SNAME) != 0 &&
	     !read_options(&answer, message + AT_SNAME, SNAME_SIZE, false)))
		return DHCP_NONE;
	memcpy(lease->address, message + AT_YIADDR, 4);
	if (answer.kind == DHCP_NAK)
		return DHCP_NAK;
	if ((answer.kind != DHCP_OFFER && answer.kind != DHCP_ACK) || !answer.has_netmask ||
	    !answer.has_server || !is_usable(lease))
		return DHCP_NONE;
	return (enum dhcp_kind)answer.kind;
}
