/* SPDX-License-Identifier: Apache-2.0 */
/* config_net.c: the net tables of a vm process. */
#include "config_net.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "../init/cmdline.h"

#define ADDRESS_BY_DHCP "dhcp"

/* QEMU's user network takes dotted IPv4 addresses only, and reads them up to a ':' or '-'. */
static void read_ipv4(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	struct in_addr address;
	char *text = NULL;

	config_read_text(reader, place, value, &text);
	if (text == NULL)
		return;
	if (text[0] != '\0' && inet_pton(AF_INET, text, &address) != 1)
		config_read_refuse(reader, place, value, "a dotted IPv4 address, or \"\" for any");
	else
		*(char **)field = text;
}

/* --- port_forward ---------------------------------------------------------------------------- */

static const char *const protocols[] = {"tcp", "udp", NULL};

#define FORWARD(FIELD) offsetof(struct config_forward, FIELD)
static const struct config_key forward_keys[] = {
    {"proto", config_read_enum, FORWARD(protocol), protocols, KEY_OPTIONAL},
    {"outer_host", read_ipv4, FORWARD(outer_host), NULL, KEY_OPTIONAL},
    {"outer_port", config_read_port, FORWARD(outer_port), NULL, KEY_REQUIRED},
    {"inner_host", read_ipv4, FORWARD(inner_host), NULL, KEY_OPTIONAL},
    {"inner_port", config_read_port, FORWARD(inner_port), NULL, KEY_REQUIRED},
};
static const struct config_table forward_table = CONFIG_TABLE("port_forward", forward_keys);

static void check_forward(struct config_reader *reader, const struct toml_entry *entry,
			  const struct config_net *net, size_t index)
{
	const struct config_forward *forward = &net->forwards[index];

	for (size_t i = 0; i < index; i++)
		if (forward->outer_port != 0 &&
		    forward->outer_port == net->forwards[i].outer_port &&
		    forward->protocol == net->forwards[i].protocol &&
		    strcmp(forward->outer_host, net->forwards[i].outer_host) == 0)
			config_read_error(reader, entry->position,
					  "port_forward '%.60s' takes outer port %u, which another "
					  "port_forward takes already",
					  entry->key, forward->outer_port);
	if (net->mode == NET_PASST && forward->inner_host[0] != '\0')
		config_read_error(reader, entry->position,
				  "port_forward '%.60s' has an 'inner_host'; passt knows one guest "
				  "only",
				  entry->key);
}

static void read_forwards(struct config_reader *reader, const struct config_place *place,
			  const struct toml_value *value, void *field)
{
	struct config_net *net = field;

	if (!config_read_is_map(reader, place, value))
		return;
	net->forward_count = value->as.table.count;
	net->forwards = config_read_alloc(reader, net->forward_count, sizeof(*net->forwards));
	for (size_t i = 0; i < net->forward_count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		net->forwards[i].outer_host = config_read_format(reader, "127.0.0.1");
		net->forwards[i].inner_host = config_read_format(reader, "%s", "");
		config_read_table(reader, &forward_table, entry->value, &net->forwards[i]);
		check_forward(reader, entry, net, i);
	}
}

/* --- The modes ------------------------------------------------------------------------------- */

bool config_net_is_interface(const char *name)
{
	size_t size = strlen(name);

	if (size == 0 || size >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char)name[i]) && strchr("_.-", name[i]) == NULL)
			return false;
	return true;
}

/* The kernel's own rule (dev_valid_name), and no character that a QEMU option or /sys/class/net
 * gives another meaning. */
static void read_interface(struct config_reader *reader, const struct config_place *place,
			   const struct toml_value *value, void *field)
{
	char *text = NULL;

	config_read_name(reader, place, value, &text);
	if (text == NULL)
		return;
	if (strlen(text) >= IFNAMSIZ)
		config_read_refuse(reader, place, value, "a name of at most 15 characters");
	else
		*(char **)field = text;
}

/* Six bytes, none of a group (the lowest bit of the first). */
static void read_mac(struct config_reader *reader, const struct config_place *place,
		     const struct toml_value *value, void *field)
{
	const char *text = value->type == TOML_STRING ? value->as.string.bytes : "";
	bool fits = strlen(text) == 17;

	for (size_t i = 0; fits && i < 17; i++)
		fits = i % 3 == 2 ? text[i] == ':' : isxdigit((unsigned char)text[i]) != 0;
	if (!fits || (strtoul((const char[]){text[1], '\0'}, NULL, 16) & 1) != 0)
		config_read_refuse(reader, place, value,
				   "an address such as \"52:54:00:12:34:56\", not of a group");
	else
		*(char **)field = config_read_format(reader, "%s", text);
}

void config_net_read_address(struct config_reader *reader, const struct config_place *place,
			     const struct toml_value *value, void *field)
{
	const char *text = value->type == TOML_STRING ? value->as.string.bytes : "";
	struct boot_network network;

	if (!cmdline_parse_address(text, &network))
		config_read_refuse(reader, place, value,
				   "an IPv4 address and its prefix, such as \"10.0.2.15/24\"");
	else
		*(char **)field = config_read_format(reader, "%s", text);
}

static void read_guest_address(struct config_reader *reader, const struct config_place *place,
			       const struct toml_value *value, void *field)
{
	const char *text = value->type == TOML_STRING ? value->as.string.bytes : "";
	struct boot_network network;

	if (strcmp(text, ADDRESS_BY_DHCP) != 0 && !cmdline_parse_address(text, &network))
		config_read_refuse(reader, place, value,
				   "\"dhcp\", or an IPv4 address and its prefix, such as "
				   "\"10.0.2.15/24\"");
	else
		*(char **)field = config_read_format(reader, "%s", text);
}

#define NET(FIELD) offsetof(struct config_net, FIELD)
static const struct config_key net_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
    {"mac", read_mac, NET(mac), NULL, KEY_OPTIONAL},
    {"address", read_guest_address, NET(address), NULL, KEY_OPTIONAL},
    {"gateway", read_ipv4, NET(gateway), NULL, KEY_OPTIONAL},
};
static const struct config_table net_table = CONFIG_TABLE("net", net_keys);

static const struct config_key forwarding_keys[] = {
    {"port_forward", read_forwards, 0, NULL, KEY_OPTIONAL},
};
static const struct config_key bridge_keys[] = {
    {"bridge", read_interface, NET(interface), NULL, KEY_OPTIONAL},
};
static const struct config_key unix_keys[] = {
    {"listen", config_read_sockets, NET(listen), NULL, KEY_OPTIONAL},
    {"connect", config_read_sockets, NET(connect), NULL, KEY_OPTIONAL},
};
static const struct config_key tap_keys[] = {
    {"interface", read_interface, NET(interface), NULL, KEY_REQUIRED},
};
/* In the order of enum config_net_mode. */
static const char *const mode_names[] = {"user", "bridge", "unix", "tap", "passt", NULL};
static const struct config_table mode_tables[] = {
    CONFIG_TABLE_ON("user net", forwarding_keys, &net_table),
    CONFIG_TABLE_ON("bridge net", bridge_keys, &net_table),
    CONFIG_TABLE_ON("unix net", unix_keys, &net_table),
    CONFIG_TABLE_ON("tap net", tap_keys, &net_table),
    CONFIG_TABLE_ON("passt net", forwarding_keys, &net_table),
};

static void read_net(struct config_reader *reader, const struct toml_entry *entry,
		     struct config_net *net)
{
	net->name = config_read_format(reader, "%s", entry->key);
	if (!config_read_variant(reader, "net", "mode", mode_names, mode_tables, entry->value, net,
				 (unsigned *)&net->mode))
		return;
	if (net->mode == NET_BRIDGE && net->interface == NULL)
		net->interface = config_read_format(reader, "br0");
	if (net->gateway != NULL && (net->address == NULL || net->gateway[0] == '\0'))
		config_read_error(reader, toml_get(entry->value, "gateway")->position,
				  "'gateway' in net '%.60s' %s", net->name,
				  net->address == NULL ? "without 'address'" : "is empty");
	else if (net->gateway != NULL && strcmp(net->address, ADDRESS_BY_DHCP) == 0)
		config_read_error(reader, toml_get(entry->value, "gateway")->position,
				  "'gateway' in net '%.60s', whose address is \"dhcp\": the server "
				  "tells the gateway",
				  net->name);
	if (net->mode == NET_UNIX && toml_get(entry->value, "listen") == NULL &&
	    toml_get(entry->value, "connect") == NULL)
		config_read_error(reader, entry->value->position,
				  "'listen' or 'connect' is missing in unix net");
}

void config_net_read(struct config_reader *reader, const struct config_place *place,
		     const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;

	if (!config_read_is_map(reader, place, value))
		return;
	vm->net_count = value->as.table.count;
	vm->nets = config_read_alloc(reader, vm->net_count, sizeof(*vm->nets));
	for (size_t i = 0; i < vm->net_count; i++)
		read_net(reader, &value->as.table.entries[i], &vm->nets[i]);
}

/* FNV-1a (the 64-bit parameters of its authors, Fowler, Noll and Vo). */
static uint64_t hash(uint64_t state, const char *text)
{
	do
		state = (state ^ (unsigned char)*text) * 0x100000001b3;
	while (*text++ != '\0');
	return state;
}

/* QEMU gives the first interface of every VM the same address, which does where it is alone on its
 * network. In 52:54:00, QEMU's own range. */
void config_net_give_macs(struct config_reader *reader)
{
	struct config *config = reader->config;

	for (size_t i = 0; i < config->process_count; i++) {
		for (size_t j = 0; j < config->processes[i].vm.net_count; j++) {
			struct config_net *net = &config->processes[i].vm.nets[j];
			uint64_t state = hash(0xcbf29ce484222325, config->path);
			if (net->mac != NULL || net->mode == NET_USER)
				continue;
			state = hash(hash(state, config->processes[i].name), net->name);
			net->mac = config_read_format(
			    reader, "52:54:00:%02x:%02x:%02x", (unsigned)(state >> 16) & 0xff,
			    (unsigned)(state >> 8) & 0xff, (unsigned)state & 0xff);
		}
	}
}
