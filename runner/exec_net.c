/* SPDX-License-Identifier: Apache-2.0 */
/* exec_net.c: the values of pith exec --net. Pure. */
#include "exec_net.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "../init/cmdline.h"
#include "message.h"
#include "text.h"

/* What QEMU's user network gives its first guest by DHCP (its own default, net/slirp.c). */
#define USER_ADDRESS "10.0.2.15/24"
#define USER_GATEWAY "10.0.2.2"
#define ADDRESS_BY_DHCP "dhcp" /* init/cmdline.h */

static bool take_port(const char *text, size_t size, uint16_t *port)
{
	unsigned long number = 0;

	if (size == 0 || size > 5)
		return false;
	for (size_t i = 0; i < size; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		number = number * 10 + (unsigned long)(text[i] - '0');
	}
	*port = (uint16_t)number;
	return number >= 1 && number <= UINT16_MAX;
}

/* [HOST:]PORT:PORT, outside and inside. */
static bool take_forward(struct config_net *net, enum config_protocol protocol, const char *value)
{
	const char *last = strrchr(value, ':');
	struct config_forward *grown, *forward;
	struct in_addr address;

	if ((net->mode != NET_USER && net->mode != NET_PASST) || last == NULL)
		return false;
	grown = reallocarray(net->forwards, net->forward_count + 1, sizeof(*grown));
	if (grown == NULL)
		die_out_of_memory();
	net->forwards = grown;
	forward = &grown[net->forward_count++];
	*forward = (struct config_forward){.protocol = protocol, .inner_host = text_copy("")};
	const char *outer = memrchr(value, ':', (size_t)(last - value));
	forward->outer_host = outer == NULL ? text_format("127.0.0.1")
					    : text_format("%.*s", (int)(outer - value), value);
	outer = outer == NULL ? value : outer + 1;
	return take_port(outer, (size_t)(last - outer), &forward->outer_port) &&
	       take_port(last + 1, strlen(last + 1), &forward->inner_port) &&
	       inet_pton(AF_INET, forward->outer_host, &address) == 1;
}

/* Six bytes, none of a group (the lowest bit of the first). */
static bool take_mac(struct config_net *net, const char *value)
{
	bool fits = strlen(value) == 17 && net->mac == NULL;

	for (size_t i = 0; fits && i < 17; i++)
		fits = i % 3 == 2 ? value[i] == ':' : isxdigit((unsigned char)value[i]) != 0;
	if (!fits || (strtoul((const char[]){value[1], '\0'}, NULL, 16) & 1) != 0)
		return false;
	net->mac = text_copy(value);
	return true;
}

static bool take_address(struct config_net *net, const char *value)
{
	struct boot_network network;

	if (net->address != NULL ||
	    (strcmp(value, ADDRESS_BY_DHCP) != 0 && !cmdline_parse_address(value, &network)))
		return false;
	net->address = text_copy(value);
	return true;
}

static bool take_gateway(struct config_net *net, const char *value)
{
	struct in_addr address;

	if (net->gateway != NULL || inet_pton(AF_INET, value, &address) != 1)
		return false;
	net->gateway = text_copy(value);
	return true;
}

/* A name that neither QEMU nor the kernel takes for something else. */
static bool take_interface(struct config_net *net, enum config_net_mode mode, const char *value)
{
	static const char accepted[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_.-";

	if (value[0] == '\0' || strlen(value) >= IFNAMSIZ ||
	    strspn(value, accepted) != strlen(value))
		return false;
	net->mode = mode;
	net->interface = text_copy(value);
	return true;
}

/* The first word is the kind of network. */
static bool take_kind(struct config_net *net, const char *word)
{
	if (strcmp(word, "user") == 0) {
		net->mode = NET_USER;
		return true;
	}
	if (strcmp(word, "passt") == 0) {
		net->mode = NET_PASST;
		net->name = text_format("passt");
		return true;
	}
	if (strncmp(word, "tap=", 4) == 0)
		return take_interface(net, NET_TAP, word + 4);
	return strncmp(word, "bridge=", 7) == 0 && take_interface(net, NET_BRIDGE, word + 7);
}

static bool take_word(struct config_net *net, const char *word)
{
	if (strncmp(word, "tcp=", 4) == 0)
		return take_forward(net, PROTOCOL_TCP, word + 4);
	if (strncmp(word, "udp=", 4) == 0)
		return take_forward(net, PROTOCOL_UDP, word + 4);
	if (strncmp(word, "address=", 8) == 0)
		return take_address(net, word + 8);
	if (strncmp(word, "gateway=", 8) == 0)
		return take_gateway(net, word + 8);
	return strncmp(word, "mac=", 4) == 0 && take_mac(net, word + 4);
}

int exec_net_parse(const char *text, struct config_net *net)
{
	char *words = text_copy(text), *rest = words;
	bool fits = take_kind(net, strsep(&rest, ","));

	while (fits && rest != NULL)
		fits = take_word(net, strsep(&rest, ","));
	free(words);
	/* A DHCP server names the gateway, too. */
	if (!fits || (net->gateway != NULL &&
		      (net->address == NULL || strcmp(net->address, ADDRESS_BY_DHCP) == 0)))
		return -EINVAL;
	if (net->mode == NET_USER && net->address == NULL) {
		net->address = text_format(USER_ADDRESS);
		net->gateway = text_format(USER_GATEWAY);
	}
	/* passt gives the guest the base system's own address, which only it knows. */
	if (net->mode == NET_PASST && net->address == NULL)
		net->address = text_format(ADDRESS_BY_DHCP);
	return 0;
}

void exec_net_free(struct config_net *net)
{
	for (size_t i = 0; i < net->forward_count; i++) {
		free(net->forwards[i].outer_host);
		free(net->forwards[i].inner_host);
	}
	free(net->forwards);
	free(net->name);
	free(net->interface);
	free(net->mac);
	free(net->address);
	free(net->gateway);
	*net = (struct config_net){0};
}

bool exec_net_is_valid(const char *text)
{
	struct config_net net = {0};
	int result = exec_net_parse(text, &net);

	exec_net_free(&net);
	return result == 0;
}
