/* SPDX-License-Identifier: Apache-2.0 */
/* DHCP answers from hostile bytes, as a packet socket hands them over; the headers are also put
 * right, so that the mutator gets at the options. */
#include "../../init/dhcp_packet.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dhcp_client client = {.mac = {2, 0, 0, 0, 0, 1}, .id = 0x70697468};

static void look(const uint8_t *bytes, size_t size)
{
	struct dhcp_lease lease;
	uint8_t *packet = malloc(size == 0 ? 1 : size); /* so that a byte too many is found */
	enum dhcp_kind kind;

	if (packet == NULL)
		return;
	memcpy(packet, bytes, size);
	kind = dhcp_packet_read(packet, size, &client, &lease);
	free(packet);
	if ((kind != DHCP_NONE && kind != DHCP_OFFER && kind != DHCP_ACK && kind != DHCP_NAK) ||
	    lease.dns_count > DHCP_DNS_MAX)
		abort();
	if ((kind == DHCP_OFFER || kind == DHCP_ACK) &&
	    (lease.address[0] == 0 || lease.address[0] == 127 || lease.address[0] > 223))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t packet[DHCP_PACKET_MAX] = {0};
	const size_t room = sizeof(packet), used = size < room ? size : room;

	look(data, size);
	if (used < 28 + 240)
		return 0;
	memcpy(packet, data, used);
	packet[0] = 0x45;
	packet[2] = packet[24] = (uint8_t)(used >> 8);
	packet[3] = (uint8_t)used;
	packet[24] = (uint8_t)((used - 20) >> 8);
	packet[25] = (uint8_t)(used - 20);
	packet[6] = packet[7] = packet[20] = packet[22] = 0;
	packet[9] = 17;
	packet[21] = 67;
	packet[23] = 68;
	memcpy(packet + 28, "\2\1\6", 3);
	memcpy(packet + 28 + 4, "pith", 4);
	memcpy(packet + 28 + 28, client.mac, sizeof(client.mac));
	memcpy(packet + 28 + 236, (uint8_t[]){99, 130, 83, 99}, 4);
	look(packet, used);
	return 0;
}
