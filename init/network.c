/* SPDX-License-Identifier: Apache-2.0 */
/* network.c: the loopback interface, static addresses and the host name (netdevice(7)). */
#include "network.h"

#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console.h"
#include "report.h"

static int set_up(int fd, struct ifreq *request)
{
	if (ioctl(fd, SIOCGIFFLAGS, request) != 0)
		return -1;
	request->ifr_flags = (short)(request->ifr_flags | IFF_UP);
	return ioctl(fd, SIOCSIFFLAGS, request);
}

void network_loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		console_debug("network: %s", strerror(errno));
		return;
	}
	if (set_up(fd, &request) != 0)
		report_warning("interface lo: %s", strerror(errno));
	close(fd);
}

/* BYTES as an address; NULL: 0.0.0.0. */
static void put_address(struct sockaddr *to, const uint8_t bytes[4])
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	if (bytes != NULL)
		memcpy(&address.sin_addr, bytes, sizeof(address.sin_addr));
	memcpy(to, &address, sizeof(*to));
}

static int set_addresses(int fd, const struct boot_network *network)
{
	struct ifreq request = {0};
	struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};

	memcpy(request.ifr_name, network->interface, sizeof(request.ifr_name));
	put_address(&request.ifr_addr, network->address);
	if (ioctl(fd, SIOCSIFADDR, &request) != 0)
		return -1;
	put_address(&request.ifr_netmask, network->netmask);
	if (ioctl(fd, SIOCSIFNETMASK, &request) != 0 || set_up(fd, &request) != 0)
		return -1;
	if (!network->has_gateway)
		return 0;
	put_address(&route.rt_dst, NULL);
	put_address(&route.rt_genmask, NULL);
	put_address(&route.rt_gateway, network->gateway);
	return ioctl(fd, SIOCADDRT, &route);
}

int network_configure(const struct boot_network *network, struct outcome *outcome)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int result = fd < 0 ? -1 : set_addresses(fd, network);

	if (result != 0)
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "address of interface %s: %s",
			    network->interface, strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}

void network_set_hostname(const char *name)
{
	if (name != NULL && sethostname(name, strlen(name)) != 0)
		report_warning("host name %s: %s", name, strerror(errno));
}
