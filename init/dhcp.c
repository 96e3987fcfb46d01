/* SPDX-License-Identifier: Apache-2.0 */
/* dhcp.c: an address from the network's DHCP server.
 *
 * 1. DISCOVER to all, again after half a second and then after twice the time each, up to 4 s.
 * 2. The first OFFER is taken: REQUEST for it, to all, so that other servers know.
 * 3. ACK ends it. A NAK, or no answer to the request within its time, begins anew.
 * A packet socket, because the interface has no address yet to which the kernel would accept an
 * answer (packet(7)). */
#include "dhcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

#define FIRST_WAIT_MS 500
#define LONGEST_WAIT_MS 4000
#define REQUEST_WAIT_MS 2000

struct exchange {
	int fd;
	struct sockaddr_ll to_all; /* on the interface */
	struct dhcp_client client;
	int64_t deadline_ms;
};

static int open_socket(struct exchange *exchange, const char *interface)
{
	struct ifreq request = {0};
	struct sockaddr_ll *address = &exchange->to_all;

	exchange->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (exchange->fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (ioctl(exchange->fd, SIOCGIFHWADDR, &request) != 0)
		return -errno;
	if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return -EPROTONOSUPPORT;
	memcpy(exchange->client.mac, request.ifr_hwaddr.sa_data, sizeof(exchange->client.mac));
	if (ioctl(exchange->fd, SIOCGIFINDEX, &request) != 0)
		return -errno;
	*address = (struct sockaddr_ll){.sll_family = AF_PACKET,
					.sll_protocol = htons(ETH_P_IP),
					.sll_ifindex = request.ifr_ifindex,
					.sll_halen = ETH_ALEN};
	if (bind(exchange->fd, (struct sockaddr *)address, sizeof(*address)) != 0)
		return -errno;
	memset(address->sll_addr, 0xff, ETH_ALEN);
	return 0;
}

/* Not for secrecy: it tells this exchange from others. Early in a boot there may be no random
 * bytes. */
static uint32_t choose_id(const struct dhcp_client *client)
{
	uint32_t id;

	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != (ssize_t)sizeof(id)) {
		memcpy(&id, client->mac + 2, sizeof(id));
		id ^= (uint32_t)clock_boot_us();
	}
	return id;
}

static int send_packet(const struct exchange *exchange, const struct dhcp_lease *offer)
{
	uint8_t packet[DHCP_PACKET_SIZE];

	dhcp_packet_write(packet, &exchange->client, offer);
	if (sendto(exchange->fd, packet, sizeof(packet), 0,
		   (const struct sockaddr *)&exchange->to_all,
		   sizeof(exchange->to_all)) == (ssize_t)sizeof(packet))
		return 0;
	return errno == EAGAIN || errno == ENOBUFS ? 0
						   : -errno; /* a lost packet: it is sent again */
}

/* The next answer until UNTIL_MS, or DHCP_NONE. */
static enum dhcp_kind await_answer(const struct exchange *exchange, int64_t until_ms,
				   struct dhcp_lease *lease)
{
	struct pollfd entry = {.fd = exchange->fd, .events = POLLIN};
	uint8_t packet[DHCP_PACKET_MAX];
	enum dhcp_kind kind = DHCP_NONE;
	int left_ms;

	if (until_ms > exchange->deadline_ms)
		until_ms = exchange->deadline_ms;
	while (kind == DHCP_NONE && (left_ms = clock_left_ms(until_ms)) > 0) {
		if (poll(&entry, 1, left_ms) <= 0)
			continue;
		ssize_t got = recv(exchange->fd, packet, sizeof(packet), MSG_TRUNC);
		if (got > 0 && got <= (ssize_t)sizeof(packet))
			kind = dhcp_packet_read(packet, (size_t)got, &exchange->client, lease);
	}
	return kind;
}

/* Returns 0, -ETIMEDOUT when the time has passed, or another -errno; *REASON says what came last.
 */
static int run(struct exchange *exchange, struct dhcp_lease *lease, const char **reason)
{
	int64_t wait_ms = FIRST_WAIT_MS;
	int result;

	*reason = "no server answered";
	while (clock_left_ms(exchange->deadline_ms) > 0) {
		enum dhcp_kind kind;

		exchange->client.id = choose_id(&exchange->client);
		if ((result = send_packet(exchange, NULL)) < 0)
			return result;
		kind = await_answer(exchange, clock_ms() + wait_ms, lease);
		wait_ms = 2 * wait_ms < LONGEST_WAIT_MS ? 2 * wait_ms : LONGEST_WAIT_MS;
		if (kind != DHCP_OFFER)
			continue;
		if ((result = send_packet(exchange, lease)) < 0)
			return result;
		kind = await_answer(exchange, clock_ms() + REQUEST_WAIT_MS, lease);
		if (kind == DHCP_ACK)
			return 0;
		*reason = kind == DHCP_NAK ? "the server refused what it had offered"
					   : "a server offered an address and confirmed none";
		if (kind == DHCP_NAK) /* at once it would refuse again */
			(void)poll(NULL, 0, FIRST_WAIT_MS);
	}
	return -ETIMEDOUT;
}

int dhcp_ask(const char *interface, uint32_t timeout_ms, struct dhcp_lease *lease, char *reason,
	     size_t reason_size)
{
	struct exchange exchange = {.deadline_ms = clock_ms() + timeout_ms};
	const char *said = "";
	int result = open_socket(&exchange, interface);

	if (result == 0)
		result = run(&exchange, lease, &said);
	if (result == -ETIMEDOUT)
		snprintf(reason, reason_size, "%s within %u ms", said, (unsigned)timeout_ms);
	else if (result < 0)
		snprintf(reason, reason_size, "%s", strerror(-result));
	if (exchange.fd >= 0)
		close(exchange.fd);
	return result;
}
