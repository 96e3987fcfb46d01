/* SPDX-License-Identifier: Apache-2.0 */
/* config_devices.c: the tables of devices of a vm process. */
#include "config_devices.h"

#include <string.h>

#include "qemu.h"

#define HVC_MAX 8
#define GPIO_MAX 9
#define SERIES_MAX 26
#define DISK_SERIAL_MAX 20  /* VIRTIO_BLK_ID_BYTES */
#define TAG_9P_MAX 31       /* QEMU's MAX_TAG_LEN, less the NUL */
#define TAG_VIRTIOFS_MAX 36 /* the tag's field in struct virtio_fs_config */

/* A family of tables whose names differ in their last character only and leave no gap, so that a
 * table's name is the device's name in the guest. */
struct series {
	const char *what;
	const char *prefix;
	char first;
	unsigned max;
	const char *accepted;
};

/* Sort the entries of VALUE into FOUND by their place in the series; report names outside it and
 * gaps. The entry named ALSO (may be NULL) is passed over. Returns how many there are. */
static size_t read_series(struct config_reader *reader, const struct series *series,
			  const struct toml_value *value, const char *also,
			  const struct toml_entry *found[SERIES_MAX])
{
	size_t prefix_size = strlen(series->prefix), count = 0;

	memset(found, 0, SERIES_MAX * sizeof(*found));
	for (size_t i = 0; i < value->as.table.count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		unsigned place = entry->key_size == prefix_size + 1 &&
					 memcmp(entry->key, series->prefix, prefix_size) == 0
				     ? (unsigned)(entry->key[prefix_size] - series->first)
				     : series->max;
		if (also != NULL && strcmp(entry->key, also) == 0)
			continue;
		if (place < series->max) {
			found[place] = entry;
			count++;
		} else {
			config_read_error(reader, entry->position,
					  "unknown %s '%.60s'; accepted names are %s", series->what,
					  entry->key, series->accepted);
		}
	}
	for (unsigned i = 1; i < series->max; i++)
		if (found[i] != NULL && found[i - 1] == NULL)
			config_read_error(
			    reader, found[i]->position,
			    "%s '%s' without '%s%c'; names leave no gap, from %s%c on",
			    series->what, found[i]->key, series->prefix,
			    series->first + (char)i - 1, series->prefix, series->first);
	return count;
}

/* --- disk ------------------------------------------------------------------------------------ */

static void read_disk_serial(struct config_reader *reader, const struct config_place *place,
			     const struct toml_value *value, void *field)
{
	char *text = NULL;

	config_read_name(reader, place, value, &text);
	if (text == NULL)
		return;
	if (strlen(text) > DISK_SERIAL_MAX)
		config_read_refuse(reader, place, value, "a name of at most 20 characters");
	else
		*(char **)field = text;
}

/* In the order of enum config_disk_format and enum config_sync. */
static const char *const disk_formats[] = {"raw", "qcow2", "vmdk", NULL};
static const char *const sync_names[] = {"relaxed", "full", "none", NULL};

#define DISK(FIELD) offsetof(struct config_disk, FIELD)
static const struct config_key disk_keys[] = {
    {"format", config_read_enum, DISK(format), disk_formats, KEY_REQUIRED},
    {"path", config_read_path, DISK(path), NULL, KEY_REQUIRED},
    {"read_only", config_read_bool, DISK(read_only), NULL, KEY_OPTIONAL},
    {"snapshot", config_read_bool, DISK(snapshot), NULL, KEY_OPTIONAL},
    {"direct_io", config_read_bool, DISK(direct_io), NULL, KEY_OPTIONAL},
    {"sync", config_read_enum, DISK(sync), sync_names, KEY_OPTIONAL},
    {"serial", read_disk_serial, DISK(serial), NULL, KEY_OPTIONAL},
};
static const struct config_table disk_table = CONFIG_TABLE("disk", disk_keys);
static const struct series disk_series = {"disk", "vd", 'a', CONFIG_DISKS_MAX, "vda to vdz"};

void config_devices_disks(struct config_reader *reader, const struct config_place *place,
			  const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;
	const struct toml_entry *found[SERIES_MAX];

	if (!config_read_is_map(reader, place, value))
		return;
	vm->disks = config_read_alloc(reader, read_series(reader, &disk_series, value, NULL, found),
				      sizeof(*vm->disks));
	for (unsigned i = 0; i < CONFIG_DISKS_MAX; i++) {
		if (found[i] == NULL)
			continue;
		struct config_disk *disk = &vm->disks[vm->disk_count++];
		disk->name = config_read_format(reader, "%s", found[i]->key);
		disk->position = found[i]->position;
		config_read_table(reader, &disk_table, found[i]->value, disk);
	}
}

/* --- serial and console ---------------------------------------------------------------------- */

/* In the order of enum config_serial_mode. */
static const char *const serial_modes[] = {"stdio", "passthrough", "unix", "file", NULL};

static const struct config_key serial_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
};
static const struct config_table serial_table = CONFIG_TABLE("serial", serial_keys);

#define SERIAL(FIELD) offsetof(struct config_serial, FIELD)
static const struct config_key serial_passthrough_keys[] = {
    {"device", config_read_path, SERIAL(path), NULL, KEY_REQUIRED},
};
static const struct config_key serial_unix_keys[] = {
    {"path", config_read_socket, SERIAL(path), NULL, KEY_REQUIRED},
};
static const struct config_key serial_file_keys[] = {
    {"path", config_read_path, SERIAL(path), NULL, KEY_REQUIRED},
};
static const struct config_table serial_tables[] = {
    CONFIG_TABLE("stdio serial", serial_keys),
    CONFIG_TABLE_ON("passthrough serial", serial_passthrough_keys, &serial_table),
    CONFIG_TABLE_ON("unix serial", serial_unix_keys, &serial_table),
    CONFIG_TABLE_ON("file serial", serial_file_keys, &serial_table),
};

static void read_serial(struct config_reader *reader, const char *what,
			const struct toml_entry *entry, bool is_hvc, struct config_serial *serial)
{
	serial->name = config_read_format(reader, "%s", entry->key);
	serial->is_hvc = is_hvc;
	config_read_variant(reader, what, "mode", serial_modes, serial_tables, entry->value, serial,
			    (unsigned *)&serial->mode);
}

void config_devices_serials(struct config_reader *reader, const struct config_place *place,
			    const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;
	const char *console = qemu_console(vm->arch);
	const struct series series = {"serial", "hvc", '0', HVC_MAX,
				      config_read_format(reader, "hvc0 to hvc7, and %s on %s",
							 console, config_arch_name(vm->arch))};
	const struct toml_entry *found[SERIES_MAX];

	if (!config_read_is_map(reader, place, value))
		return;
	vm->serials = config_read_alloc(reader, HVC_MAX + 1, sizeof(*vm->serials));
	read_series(reader, &series, value, console, found);
	for (unsigned i = 0; i < HVC_MAX; i++)
		if (found[i] != NULL)
			read_serial(reader, "serial", found[i], true,
				    &vm->serials[vm->serial_count++]);
	for (size_t i = 0; i < value->as.table.count; i++)
		if (strcmp(value->as.table.entries[i].key, console) == 0)
			read_serial(reader, "serial", &value->as.table.entries[i], false,
				    &vm->serials[vm->serial_count++]);
}

/* The key that names a port or share reaches a QEMU option and the guest. */
static bool is_name(struct config_reader *reader, const char *what, const struct toml_entry *entry,
		    size_t max)
{
	static const char accepted[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_.-";

	if (entry->key_size >= 1 && entry->key_size <= max &&
	    strspn(entry->key, accepted) == entry->key_size)
		return true;
	config_read_error(reader, entry->position,
			  "%s '%.60s'; accepted are up to %zu letters, digits and _.-", what,
			  entry->key, max);
	return false;
}

void config_devices_ports(struct config_reader *reader, const struct config_place *place,
			  const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;

	if (!config_read_is_map(reader, place, value))
		return;
	vm->ports = config_read_alloc(reader, value->as.table.count, sizeof(*vm->ports));
	for (size_t i = 0; i < value->as.table.count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		if (strncmp(entry->key, "pith.", 5) == 0)
			config_read_error(reader, entry->position,
					  "console '%.60s'; names that begin with \"pith.\" are "
					  "pith's own",
					  entry->key);
		else if (is_name(reader, "console", entry, 63))
			read_serial(reader, "console", entry, false, &vm->ports[vm->port_count++]);
	}
}

/* --- 9p and virtiofs ------------------------------------------------------------------------- */

#define SHARE(FIELD) offsetof(struct config_share, FIELD)
static const struct config_key share_keys[] = {
    {"path", config_read_path, SHARE(path), NULL, KEY_REQUIRED},
    {"read_only", config_read_bool, SHARE(read_only), NULL, KEY_OPTIONAL},
};
static const struct config_table share_tables[] = {
    [SHARE_9P] = CONFIG_TABLE("9p", share_keys),
    [SHARE_VIRTIOFS] = CONFIG_TABLE("virtiofs", share_keys),
};

static void read_shares(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, struct config_vm *vm,
			enum config_share_kind kind)
{
	const struct config_share *before = vm->shares;

	if (!config_read_is_map(reader, place, value))
		return;
	vm->shares =
	    config_read_alloc(reader, vm->share_count + value->as.table.count, sizeof(*vm->shares));
	if (vm->share_count > 0)
		memcpy(vm->shares, before, vm->share_count * sizeof(*vm->shares));
	for (size_t i = 0; i < value->as.table.count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		if (!is_name(reader, place->key->name, entry,
			     kind == SHARE_9P ? TAG_9P_MAX : TAG_VIRTIOFS_MAX))
			continue;
		struct config_share *share = &vm->shares[vm->share_count++];
		share->kind = kind;
		share->tag = config_read_format(reader, "%s", entry->key);
		config_read_table(reader, &share_tables[kind], entry->value, share);
		/* Its own options are separated by commas, and it knows no escape. */
		if (kind == SHARE_VIRTIOFS && share->path != NULL &&
		    strchr(share->path, ',') != NULL)
			config_read_error(
			    reader, entry->value->position,
			    "the path of virtiofs '%s' holds a comma, which virtiofsd "
			    "cannot take",
			    share->tag);
	}
}

void config_devices_9p(struct config_reader *reader, const struct config_place *place,
		       const struct toml_value *value, void *field)
{
	read_shares(reader, place, value, field, SHARE_9P);
}

void config_devices_virtiofs(struct config_reader *reader, const struct config_place *place,
			     const struct toml_value *value, void *field)
{
	read_shares(reader, place, value, field, SHARE_VIRTIOFS);
}

/* --- gpio ------------------------------------------------------------------------------------ */

/* vhost-device-gpio takes chips by number. */
static void read_chip(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	static const char prefix[] = "/dev/gpiochip";
	struct config_gpio *gpio = field;
	const char *text = value->type == TOML_STRING ? value->as.string.bytes : "";
	const char *digits = text + sizeof(prefix) - 1;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0 || *digits == '\0' ||
	    digits[strspn(digits, "0123456789")] != '\0' || strlen(digits) > 4) {
		config_read_refuse(reader, place, value, "\"/dev/gpiochipN\"");
		return;
	}
	gpio->path = config_read_format(reader, "%s", text);
	for (const char *digit = digits; *digit != '\0'; digit++)
		gpio->chip = gpio->chip * 10 + (unsigned)(*digit - '0');
}

static const char *const gpio_modes[] = {"passthrough", "external", NULL};
static const struct config_key gpio_passthrough_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
    {"device", read_chip, 0, NULL, KEY_REQUIRED},
};
static const struct config_key gpio_external_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
    {"path", config_read_socket, offsetof(struct config_gpio, path), NULL, KEY_REQUIRED},
};
static const struct config_table gpio_tables[] = {
    CONFIG_TABLE("passthrough gpio", gpio_passthrough_keys),
    CONFIG_TABLE("external gpio", gpio_external_keys),
};
static const struct series gpio_series = {"gpio", "gpiochip", '1', GPIO_MAX,
					  "gpiochip1 to gpiochip9"};

void config_devices_gpios(struct config_reader *reader, const struct config_place *place,
			  const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;
	const struct toml_entry *found[SERIES_MAX];

	if (!config_read_is_map(reader, place, value))
		return;
	vm->gpios = config_read_alloc(reader, read_series(reader, &gpio_series, value, NULL, found),
				      sizeof(*vm->gpios));
	for (unsigned i = 0; i < GPIO_MAX; i++) {
		unsigned mode = 0;
		if (found[i] == NULL)
			continue;
		struct config_gpio *gpio = &vm->gpios[vm->gpio_count++];
		gpio->name = config_read_format(reader, "%s", found[i]->key);
		config_read_variant(reader, "gpio", "mode", gpio_modes, gpio_tables,
				    found[i]->value, gpio, &mode);
		gpio->is_external = mode == 1;
	}
}

/* --- Devices without a name ------------------------------------------------------------------ */

/* 0 to 2 are the hypervisor, the loopback and the host; the highest means any (vsock(7)). */
static const struct config_range cid_range = {3, UINT32_MAX - 1};
static const struct config_key vsock_keys[] = {
    {"cid", config_read_number, offsetof(struct config_vm, vsock_cid), &cid_range, KEY_REQUIRED},
};
static const struct config_table vsock_table = CONFIG_TABLE("vsock", vsock_keys);

void config_devices_vsock(struct config_reader *reader, const struct config_place *place,
			  const struct toml_value *value, void *field)
{
	(void)place;
	config_read_table(reader, &vsock_table, value, field);
}

static const struct config_key tpm_keys[] = {
    {"state", config_read_path, offsetof(struct config_vm, tpm_state), NULL, KEY_REQUIRED},
};
static const struct config_table tpm_table = CONFIG_TABLE("tpm", tpm_keys);

/* true, or { state = "folder" } */
void config_devices_tpm(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;

	if (value->type == TOML_BOOL) {
		vm->tpm = value->as.boolean;
	} else if (value->type == TOML_TABLE) {
		vm->tpm = true;
		config_read_table(reader, &tpm_table, value, vm);
	} else {
		config_read_refuse(reader, place, value, "true, false or { state = \"folder\" }");
	}
	if (vm->tpm_state != NULL && strchr(vm->tpm_state, ',') != NULL)
		config_read_error(reader, value->position,
				  "the path 'state' of tpm holds a comma, which swtpm cannot take");
	if (vm->tpm && vm->arch == ARCH_RISCV64)
		config_read_error(reader, value->position,
				  "'tpm' in vm process: QEMU's riscv64 machine has none");
}

/* true (the default source), false, or a file of the base system. */
void config_devices_rng(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;

	if (value->type == TOML_BOOL)
		vm->rng = value->as.boolean ? config_read_format(reader, "/dev/urandom") : NULL;
	else if (value->type == TOML_STRING)
		config_read_path(reader, place, value, &vm->rng);
	else
		config_read_refuse(reader, place, value, "true, false or a file's path");
}

void config_devices_inputs(struct config_reader *reader, const struct config_place *place,
			   const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;

	config_read_strings(reader, place, value, &vm->inputs);
	for (size_t i = 0; i < vm->inputs.count; i++)
		if (strcmp(vm->inputs.items[i], "keyboard") != 0 &&
		    strcmp(vm->inputs.items[i], "mouse") != 0 &&
		    strcmp(vm->inputs.items[i], "tablet") != 0 && vm->inputs.items[i][0] != '/')
			config_read_error(
			    reader, value->position,
			    "'input' in vm process holds \"%.60s\"; accepted are "
			    "\"keyboard\", \"mouse\", \"tablet\" and paths in /dev/input",
			    vm->inputs.items[i]);
}
