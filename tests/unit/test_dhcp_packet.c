/* SPDX-License-Identifier: Apache-2.0 */
/* DHCP packets: what is written, byte by byte, and answers whole, cut, and out of form. */
#include "../../init/dhcp_packet.h"
#include "../tap.h"

#define MESSAGE 28 /* behind the headers */
#define OPTIONS (MESSAGE + 240)

static const struct dhcp_client client = {.mac = {0x52, 0x54, 0, 0x12, 0x34, 0x56},
					  .id = 0x01020304};
static const uint8_t cookie[] = {99, 130, 83, 99};
static struct dhcp_lease lease;

/* An answer with OPTIONS of SIZE bytes; returns its size. */
static size_t answer(uint8_t packet[DHCP_PACKET_MAX], const void *options, size_t size)
{
	const size_t total = OPTIONS + size;

	memset(packet, 0, DHCP_PACKET_MAX);
	packet[0] = 0x45;
	packet[2] = (uint8_t)(total >> 8);
	packet[3] = (uint8_t)total;
	packet[9] = 17;
	packet[21] = 67;
	packet[23] = 68;
	packet[24] = (uint8_t)((total - 20) >> 8);
	packet[25] = (uint8_t)(total - 20);
	memcpy(packet + MESSAGE, "\2\1\6", 3);
	memcpy(packet + MESSAGE + 4, "\1\2\3\4", 4);
	memcpy(packet + MESSAGE + 16, (uint8_t[]){10, 0, 2, 15}, 4);
	memcpy(packet + MESSAGE + 28, client.mac, 6);
	memcpy(packet + MESSAGE + 236, cookie, 4);
	memcpy(packet + OPTIONS, options, size);
	return total;
}

#define OFFER                                                                                      \
	"\65\1\2"                                                                                  \
	"\66\4\12\0\2\2"                                                                           \
	"\1\4\377\377\377\0"
#define ACK                                                                                        \
	"\65\1\5"                                                                                  \
	"\66\4\12\0\2\2"                                                                           \
	"\1\4\377\377\377\0"

static enum dhcp_kind read_options(const char *options, size_t size)
{
	uint8_t packet[DHCP_PACKET_MAX];
	size_t total = answer(packet, options, size);

	return dhcp_packet_read(packet, total, &client, &lease);
}
#define READ(TEXT) read_options(TEXT, sizeof(TEXT) - 1)

static void test_options(void)
{
	is_int(READ(OFFER "\3\4\12\0\2\2\6\10\12\0\2\3\1\1\1\1\63\4\0\1\121\200\377"), DHCP_OFFER,
	       "an offer");
	ok(memcmp(lease.address, (uint8_t[]){10, 0, 2, 15}, 4) == 0 &&
	       memcmp(lease.netmask, (uint8_t[]){255, 255, 255, 0}, 4) == 0 &&
	       memcmp(lease.server, (uint8_t[]){10, 0, 2, 2}, 4) == 0,
	   "... with address, netmask and server");
	ok(lease.has_gateway && lease.gateway[3] == 2 && lease.dns_count == 2 &&
	       lease.dns[0][3] == 3 && lease.dns[1][3] == 1 && lease.seconds == 86400,
	   "... gateway, two name servers, and its time");
	is_int(READ(ACK "\0\0\377rest"), DHCP_ACK, "an acknowledgement with padding");
	ok(!lease.has_gateway && lease.dns_count == 0 && lease.seconds == DHCP_FOREVER,
	   "... that tells nothing else");
	is_int(READ("\65\1\6\377"), DHCP_NAK, "a refusal needs nothing else");
	is_int(READ(ACK "\6\24\1\1\1\1\2\2\2\2\3\3\3\3\4\4\4\4\5\5\5\5\377"), DHCP_ACK,
	       "five name servers");
	is_int((long)lease.dns_count, 3, "... of which three are kept");
	is_int(READ(ACK "\6\5\1\1\1\1\2\3\1\1\377"), DHCP_ACK, "options of another size");
	ok(lease.dns_count == 0 && !lease.has_gateway, "... are passed over");
	is_int(READ(ACK "\12\0\377"), DHCP_ACK, "an option of no bytes");

	is_int(READ(OFFER), DHCP_NONE, "no end");
	is_int(READ(OFFER "\3"), DHCP_NONE, "an option without a size");
	is_int(READ(OFFER "\3\4"), DHCP_NONE, "an option without its value");
	is_int(READ(OFFER "\3\4\1\1\1"), DHCP_NONE, "an option that is cut");
	is_int(READ(OFFER "\3\377\377"), DHCP_NONE, "an option longer than the packet");
	is_int(READ("\377"), DHCP_NONE, "no kind");
	is_int(READ("\65\1\4\66\4\12\0\2\2\1\4\377\377\377\0\377"), DHCP_NONE, "a DECLINE");
	is_int(READ("\65\1\1\66\4\12\0\2\2\1\4\377\377\377\0\377"), DHCP_NONE, "a DISCOVER");
	is_int(READ("\65\2\2\2\66\4\12\0\2\2\1\4\377\377\377\0\377"), DHCP_NONE,
	       "a kind of two bytes");
	is_int(READ("\65\1\2\1\4\377\377\377\0\377"), DHCP_NONE, "an offer without a server");
	is_int(READ("\65\1\2\66\4\12\0\2\2\377"), DHCP_NONE, "an offer without a netmask");
	is_int(READ("\65\1\2\66\4\12\0\2\2\1\4\377\0\377\0\377"), DHCP_NONE,
	       "a netmask with a hole");
	is_int(READ("\65\1\2\66\4\12\0\2\2\1\4\0\0\0\0\377"), DHCP_NONE, "an empty netmask");
	is_int(READ("\65\1\2\66\4\12\0\2\2\1\4\377\377\377\376\377"), DHCP_OFFER,
	       "a netmask of 31 bits");
}

static void test_fields(void)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *what;
	} bad[] = {
	    {0, 0x65, "IPv6"},
	    {0, 0x44, "a header of 16 bytes"},
	    {0, 0x4f, "a header with options that are the message"},
	    {2, 0x7f, "longer than what arrived"},
	    {6, 0x20, "the first of several fragments"},
	    {7, 1, "another fragment"},
	    {9, 6, "TCP"},
	    {21, 53, "from another port"},
	    {23, 67, "to another port"},
	    {24, 0x7f, "a UDP size beyond the packet"},
	    {25, 7, "a UDP size below its header's"},
	    {MESSAGE, 1, "a request"},
	    {MESSAGE + 1, 6, "no Ethernet"},
	    {MESSAGE + 2, 16, "a long hardware address"},
	    {MESSAGE + 4, 9, "another exchange's"},
	    {MESSAGE + 16, 0, "address 0.0.2.15"},
	    {MESSAGE + 16, 127, "a loopback address"},
	    {MESSAGE + 16, 224, "a group's address"},
	    {MESSAGE + 16, 255, "an address of all ones"},
	    {MESSAGE + 33, 1, "another machine's"},
	    {MESSAGE + 236, 1, "no magic cookie"},
	};
	uint8_t packet[DHCP_PACKET_MAX];
	size_t total = answer(packet, OFFER "\377", sizeof(OFFER));

	is_int(dhcp_packet_read(packet, total, &client, &lease), DHCP_OFFER,
	       "a packet as it should be");
	is_int(dhcp_packet_read(packet, sizeof(packet), &client, &lease), DHCP_OFFER,
	       "... with padding");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		answer(packet, OFFER "\377", sizeof(OFFER));
		packet[bad[i].at] = bad[i].value;
		is_int(dhcp_packet_read(packet, total, &client, &lease), DHCP_NONE, bad[i].what);
	}
	answer(packet, OFFER "\377", sizeof(OFFER));
	bool none = true;
	for (size_t size = 0; size < total; size++)
		none &= dhcp_packet_read(packet, size, &client, &lease) == DHCP_NONE;
	ok(none, "every beginning of a packet is none");
}

static void test_overload(void)
{
	uint8_t packet[DHCP_PACKET_MAX];
	size_t total = answer(packet, "\64\1\3\65\1\2\377", 7);

	memcpy(packet + MESSAGE + 108, "\66\4\12\0\2\2\377", 7);
	memcpy(packet + MESSAGE + 44, "\1\4\377\377\0\0", 6); /* and padding up to its end */
	is_int(dhcp_packet_read(packet, total, &client, &lease), DHCP_OFFER,
	       "options in file and sname");
	is_int(lease.netmask[1] + lease.netmask[2], 255, "... are read");
	packet[MESSAGE + 44 + 63] = 1;
	is_int(dhcp_packet_read(packet, total, &client, &lease), DHCP_NONE,
	       "one cut at the end of sname");
	packet[MESSAGE + 44 + 63] = 0;
	packet[OPTIONS + 2] = 1;
	is_int(dhcp_packet_read(packet, total, &client, &lease), DHCP_NONE,
	       "sname without the leave to read it");
}

static void test_writing(void)
{
	uint8_t packet[DHCP_PACKET_SIZE];
	uint32_t sum = 0;

	dhcp_packet_write(packet, &client, NULL);
	for (unsigned i = 0; i < 20; i += 2)
		sum += (uint32_t)packet[i] << 8 | packet[i + 1];
	is_int((sum & 0xffff) + (sum >> 16), 0xffff, "the header's checksum is right");
	ok(memcmp(packet, (uint8_t[]){0x45, 0, 1, 0x48}, 4) == 0 && packet[9] == 17 &&
	       memcmp(packet + 12,
		      (uint8_t[]){0, 0, 0, 0, 255, 255, 255, 255, 0, 68, 0, 67, 1, 0x34}, 14) == 0,
	   "from port 68 of nobody to port 67 of all");
	ok(memcmp(packet + MESSAGE, (uint8_t[]){1, 1, 6, 0, 1, 2, 3, 4}, 8) == 0 &&
	       memcmp(packet + MESSAGE + 28, client.mac, 6) == 0 &&
	       memcmp(packet + MESSAGE + 236, cookie, 4) == 0,
	   "a request with exchange, hardware address and cookie");
	ok(memcmp(packet + OPTIONS,
		  (uint8_t[]){53, 1, 1, 57, 2, 5, 220, 55, 4, 1, 3, 6, 51, 255, 0}, 15) == 0,
	   "a DISCOVER");
	is_int(READ(OFFER "\377"), DHCP_OFFER, "an offer");
	dhcp_packet_write(packet, &client, &lease);
	ok(memcmp(packet + OPTIONS,
		  (uint8_t[]){53, 1, 3, 50, 4, 10, 0, 2, 15, 54, 4, 10, 0, 2, 2, 57}, 16) == 0,
	   "... leads to a REQUEST for it");
	is_int(dhcp_packet_read(packet, sizeof(packet), &client, &lease), DHCP_NONE,
	       "one's own packet is no answer");
}

int main(void)
{
	test_options();
	test_fields();
	test_overload();
	test_writing();
	return done();
}
