/* SPDX-License-Identifier: Apache-2.0 */
/* network.c: the loopback interface, addresses, static or by DHCP, and the host name
 * (netdevice(7)). */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "dhcp.h"
#include "report.h"

#define RESOLVER_FOLDER "/run/pith"
#define RESOLVER_FILE RESOLVER_FOLDER "/resolv.conf"
#define SHORT_LEASE_S 3600 /* a run may well last longer, and the lease is not renewed */

static int set_up(int fd, struct ifreq *request)
{
	if (ioctl(fd, SIOCGIFFLAGS, request) != 0)
		return -1;
	request->ifr_flags = (short)(request->ifr_flags | IFF_UP);
	return ioctl(fd, SIOCSIFFLAGS, request);
}

void network_loopback_up(void)
{
	static bool is_up; /* a guest that waited for work has it up */
	struct ifreq request = {.ifr_name = "lo"};
	int fd = is_up ? -1 : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (is_up)
		return;
	if (fd < 0) {
		console_debug("network: %s", strerror(errno));
		return;
	}
	is_up = set_up(fd, &request) == 0;
	if (!is_up)
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

/* Returns NULL, or with errno what could not be set. */
static const char *set_addresses(int fd, const struct boot_network *network)
{
	struct ifreq request = {0};
	struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};

	memcpy(request.ifr_name, network->interface, sizeof(request.ifr_name));
	put_address(&request.ifr_addr, network->address);
	if (ioctl(fd, SIOCSIFADDR, &request) != 0)
		return "address";
	put_address(&request.ifr_netmask, network->netmask);
	if (ioctl(fd, SIOCSIFNETMASK, &request) != 0 || set_up(fd, &request) != 0)
		return "address";
	if (!network->has_gateway)
		return NULL;
	put_address(&route.rt_dst, NULL);
	put_address(&route.rt_genmask, NULL);
	put_address(&route.rt_gateway, network->gateway);
	return ioctl(fd, SIOCADDRT, &route) == 0 ? NULL : "gateway";
}

/* Where resolv.conf(5) looks, if nothing is there yet and the root can be written to. */
static void write_resolver(const struct dhcp_lease *lease)
{
	char text[INET_ADDRSTRLEN];
	int fd;

	(void)mkdir(RESOLVER_FOLDER, 0755); /* EEXIST; any other failure is open's too */
	/* Behind what another interface's server said. */
	fd = open(RESOLVER_FILE, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0) {
		report_warning(RESOLVER_FILE ": %s", strerror(errno));
		return;
	}
	for (size_t i = 0; i < lease->dns_count; i++)
		if (inet_ntop(AF_INET, lease->dns[i], text, sizeof(text)) != NULL &&
		    dprintf(fd, "nameserver %s\n", text) < 0)
			report_warning(RESOLVER_FILE ": %s", strerror(errno));
	close(fd);
	(void)mkdir("/etc", 0755); /* an initramfs may have none */
	if (symlink(RESOLVER_FILE, "/etc/resolv.conf") != 0 && errno != EEXIST)
		console_debug("/etc/resolv.conf: %s", strerror(errno));
}

/* Ask for NETWORK's addresses. Returns 0, or -1 with OUTCOME filled. */
static int ask_for_addresses(int fd, struct boot_network *network, uint32_t timeout_ms,
			     struct outcome *outcome)
{
	struct ifreq request = {0};
	struct dhcp_lease lease;
	char reason[128];
	int result;

	memcpy(request.ifr_name, network->interface, sizeof(request.ifr_name));
	result = set_up(fd, &request);
	if (result != 0)
		snprintf(reason, sizeof(reason), "%s", strerror(errno));
	else
		result = dhcp_ask(network->interface, timeout_ms, &lease, reason, sizeof(reason));
	if (result != 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "DHCP on interface %s: %s",
			    network->interface, reason);
		return -1;
	}
	memcpy(network->address, lease.address, sizeof(network->address));
	memcpy(network->netmask, lease.netmask, sizeof(network->netmask));
	memcpy(network->gateway, lease.gateway, sizeof(network->gateway));
	network->has_gateway = lease.has_gateway;
	if (lease.dns_count > 0)
		write_resolver(&lease);
	if (lease.seconds < SHORT_LEASE_S)
		report_warning("interface %s has its address for %u s, which is not renewed",
			       network->interface, (unsigned)lease.seconds);
	return 0;
}

int network_configure(const struct boot_network *given, uint32_t dhcp_timeout_ms,
		      struct outcome *outcome)
{
	struct boot_network network = *given;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const char *failed = "address";

	if (fd >= 0 && network.by_dhcp &&
	    ask_for_addresses(fd, &network, dhcp_timeout_ms, outcome) != 0) {
		close(fd);
		return -1;
	}
	if (fd >= 0)
		failed = set_addresses(fd, &network);
	if (failed != NULL)
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "%s of interface %s: %s", failed,
			    network.interface, strerror(errno));
	if (fd >= 0)
		close(fd);
	return failed == NULL ? 0 : -1;
}

void network_set_hostname(const char *name)
{
	if (name != NULL && sethostname(name, strlen(name)) != 0)
		report_warning("host name %s: %s", name, strerror(errno));
}
