/* SPDX-License-Identifier: Apache-2.0 */
/* test_exec_net.c: the values of pith exec --net. */
#include "../../runner/exec_net.h"

#include <stddef.h>

#include "../tap.h"

static struct config_net net;

static void accepted(void)
{
	is_int(exec_net_parse("user", &net), 0, "a user network");
	is_int(net.mode, NET_USER, "its mode");
	is_str(net.address, "10.0.2.15/24", "its address");
	is_str(net.gateway, "10.0.2.2", "its gateway");
	exec_net_free(&net);

	is_int(exec_net_parse("user,tcp=8080:80,udp=0.0.0.0:53:5353,address=10.0.2.77/24", &net), 0,
	       "ports and an address");
	is_int((long long)net.forward_count, 2, "two ports");
	is_int(net.forwards[0].protocol, PROTOCOL_TCP, "TCP");
	is_str(net.forwards[0].outer_host, "127.0.0.1", "only for this system by default");
	is_int(net.forwards[0].outer_port, 8080, "outside");
	is_int(net.forwards[0].inner_port, 80, "inside");
	is_int(net.forwards[1].protocol, PROTOCOL_UDP, "UDP");
	is_str(net.forwards[1].outer_host, "0.0.0.0", "for all");
	is_str(net.address, "10.0.2.77/24", "an address of one's own");
	ok(net.gateway == NULL, "brings no gateway");
	exec_net_free(&net);

	is_int(exec_net_parse("tap=tap0,mac=52:54:00:00:00:01", &net), 0, "a tap device");
	is_int(net.mode, NET_TAP, "its mode");
	is_str(net.interface, "tap0", "its name");
	is_str(net.mac, "52:54:00:00:00:01", "the guest's hardware address");
	ok(net.address == NULL, "no address");
	exec_net_free(&net);

	is_int(exec_net_parse("passt,tcp=8080:80", &net), 0, "passt");
	is_int(net.mode, NET_PASST, "its mode");
	is_str(net.address, "dhcp", "it knows the address");
	is_int(net.forwards[0].inner_port, 80, "and takes ports");
	exec_net_free(&net);
	is_int(exec_net_parse("passt,address=192.168.0.9/16", &net), 0, "passt, another address");
	is_str(net.address, "192.168.0.9/16", "it is taken");
	exec_net_free(&net);

	is_int(exec_net_parse("bridge=br0,address=192.168.0.9/16,gateway=192.168.0.1", &net), 0,
	       "a bridge");
	is_int(net.mode, NET_BRIDGE, "its mode");
	exec_net_free(&net);
}

static void dhcp(void)
{
	is_int(exec_net_parse("tap=tap0,address=dhcp", &net), 0, "an address by DHCP");
	is_str(net.address, "dhcp", "as pith-init takes it");
	ok(net.gateway == NULL, "and no gateway");
	exec_net_free(&net);
	ok(!exec_net_is_valid("tap=tap0,address=dhcp,gateway=10.0.0.1"),
	   "which has its own gateway");
}

static void refused(void)
{
	static const char *const cases[] = {"",
					    "none",
					    "user,",
					    "user,tcp",
					    "user,tcp=80",
					    "user,tcp=0:80",
					    "user,tcp=65536:80",
					    "user,tcp=080000:80",
					    "user,tcp=1:+2",
					    "user,tcp=host:1:2",
					    "user,udp=::1:1:2",
					    "user,address=10.0.2.15",
					    "user,address=10.0.2.15/24,address=10.0.2.15/24",
					    "user,gateway=10.0.2.2",
					    "user,mac=53:54:00:00:00:01",
					    "user,mac=52:54:00:00:00",
					    "user,user",
					    "tap",
					    "tap=",
					    "tap=a,b",
					    "tap=a/b",
					    "tap=sixteen-letters-",
					    "tap=tap0,tcp=1:2",
					    "passt=1",
					    "passt,tcp=80",
					    "bridge=br0,what=1"};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(!exec_net_is_valid(cases[i]), "'%s' is refused", cases[i]);
}

int main(void)
{
	accepted();
	dhcp();
	refused();
	return done();
}
