/* SPDX-License-Identifier: Apache-2.0 */
/* bridge.c: makes and removes the bridges of a configuration. */
#include "bridge.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../init/cmdline.h"
#include "message.h"

static struct ifreq request_for(const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return request;
}

static void put_address(struct sockaddr *to, const uint8_t bytes[4])
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	memcpy(&address.sin_addr, bytes, sizeof(address.sin_addr));
	memcpy(to, &address, sizeof(*to));
}

static int change_up(int fd, const char *name, bool up)
{
	struct ifreq request = request_for(name);

	if (ioctl(fd, SIOCGIFFLAGS, &request) != 0)
		return -errno;
	request.ifr_flags = (short)(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
	return ioctl(fd, SIOCSIFFLAGS, &request) == 0 ? 0 : -errno;
}

static int give_address(int fd, const struct config_bridge *bridge)
{
	struct ifreq request = request_for(bridge->name);
	struct boot_network network;

	if (!cmdline_parse_address(bridge->address, &network))
		return -EINVAL; /* config_net.c has parsed it */
	put_address(&request.ifr_addr, network.address);
	if (ioctl(fd, SIOCSIFADDR, &request) != 0)
		return -errno;
	put_address(&request.ifr_netmask, network.netmask);
	return ioctl(fd, SIOCSIFNETMASK, &request) == 0 ? 0 : -errno;
}

static int add_port(int fd, const char *bridge, const char *port)
{
	struct ifreq request = request_for(bridge);

	request.ifr_ifindex = (int)if_nametoindex(port);
	if (request.ifr_ifindex == 0)
		return -errno;
	if (ioctl(fd, SIOCBRADDIF, &request) != 0 && errno != EBUSY) /* it is a port already */
		return -errno;
	return change_up(fd, port, true);
}

static int make_one(int fd, const struct config_bridge *bridge, struct strv *made)
{
	bool is_new = ioctl(fd, SIOCBRADDBR, bridge->name) == 0;
	int result = 0;

	if (is_new)
		strv_add(made, bridge->name);
	else if (errno != EEXIST) {
		result = -errno;
		say_error("bridge %s: %s", bridge->name,
			  errno == EPERM    ? "making it needs root (CAP_NET_ADMIN)"
			  : errno == ENOPKG ? "this kernel has no bridges (CONFIG_BRIDGE)"
					    : strerror(errno));
		return result;
	}
	if (bridge->address != NULL && (result = give_address(fd, bridge)) < 0)
		say_error("bridge %s: address %s: %s", bridge->name, bridge->address,
			  strerror(-result));
	for (size_t i = 0; result == 0 && i < bridge->ports.count; i++)
		if ((result = add_port(fd, bridge->name, bridge->ports.items[i])) < 0)
			say_error("bridge %s: port %s: %s", bridge->name, bridge->ports.items[i],
				  strerror(-result));
	if (result == 0 && (result = change_up(fd, bridge->name, true)) < 0)
		say_error("bridge %s: %s", bridge->name, strerror(-result));
	if (result == 0)
		say_verbose("bridge %s: %s%s%s", bridge->name, is_new ? "made" : "was there",
			    bridge->address != NULL ? ", " : "",
			    bridge->address != NULL ? bridge->address : "");
	return result;
}

int bridges_make(const struct config *config, struct strv *made)
{
	int result = 0;

	if (config->bridge_count == 0)
		return 0;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		result = -errno;
		say_error("bridges: %s", strerror(errno));
		return result;
	}
	for (size_t i = 0; result == 0 && i < config->bridge_count; i++)
		result = make_one(fd, &config->bridges[i], made);
	close(fd);
	if (result < 0)
		bridges_remove(made);
	return result;
}

void bridges_remove(struct strv *made)
{
	int fd = made->count == 0 ? -1 : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; fd >= 0 && i < made->count; i++)
		if (change_up(fd, made->items[i], false) < 0 ||
		    ioctl(fd, SIOCBRDELBR, made->items[i]) != 0)
			say_warning("bridge %s is left: %s", made->items[i], strerror(errno));
	if (fd >= 0)
		close(fd);
	strv_free(made);
}
