/* SPDX-License-Identifier: Apache-2.0 */
/* config_bridge.c: the bridge tables: what joins the network devices of VMs. */
#include "config_bridge.h"

#include <string.h>

#include "config_net.h"

#define BRIDGE(FIELD) offsetof(struct config_bridge, FIELD)
static const struct config_key bridge_keys[] = {
    {"address", config_net_read_address, BRIDGE(address), NULL, KEY_OPTIONAL},
    {"ports", config_read_strings, BRIDGE(ports), NULL, KEY_OPTIONAL},
};
static const struct config_table bridge_table = CONFIG_TABLE("bridge", bridge_keys);

static void check_interface(struct config_reader *reader, struct toml_position position,
			    const char *what, const char *name)
{
	if (!config_net_is_interface(name))
		config_read_error(
		    reader, position,
		    "%s '%.60s'; accepted is an interface's name: at most 15 letters, "
		    "digits and _.-",
		    what, name);
}

void config_bridge_read(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	struct config *config = field;

	if (!config_read_is_map(reader, place, value))
		return;
	config->bridge_count = value->as.table.count;
	config->bridges = config_read_alloc(reader, config->bridge_count, sizeof(*config->bridges));
	for (size_t i = 0; i < config->bridge_count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		struct config_bridge *bridge = &config->bridges[i];

		bridge->name = config_read_format(reader, "%s", entry->key);
		check_interface(reader, entry->position, "bridge", bridge->name);
		config_read_table(reader, &bridge_table, entry->value, bridge);
		for (size_t j = 0; j < bridge->ports.count; j++)
			check_interface(reader, toml_get(entry->value, "ports")->position, "port",
					bridge->ports.items[j]);
	}
}
