/* SPDX-License-Identifier: Apache-2.0 */
/* config_vm.c: the keys of a vm process and of the tables below it: disk, net, serial. */
#include "config_vm.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "../init/cmdline.h"
#include "config_process.h"
#include "qemu.h"

#define RAM_MB_DEFAULT 1024
#define RAM_MB_MAX (16u << 20) /* 16 TiB, more than any QEMU machine takes */
#define CPUS_MAX 512           /* the virt machines' limit in QEMU 7.2 */
#define DISKS_MAX 26           /* vda to vdz */
#define HVC_MAX 8
#define SERIES_MAX 26
/* What pith may add to a guest's kernel command line (qemu.c); the rest is for append. */
#define APPEND_RESERVE 512

static const char *const arch_names[] = {"x86_64", "aarch64", "riscv64", NULL};

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

static bool is_table(struct config_reader *reader, const struct config_place *place,
		     const struct toml_value *value)
{
	if (value->type != TOML_TABLE)
		config_read_refuse(reader, place, value, "a table of tables");
	return value->type == TOML_TABLE;
}

/* --- disk ------------------------------------------------------------------------------------ */

static const char *const disk_formats[] = {"raw", "qcow2", NULL};

static const struct config_key disk_keys[] = {
    {"format", config_read_enum, offsetof(struct config_disk, format), disk_formats, KEY_REQUIRED},
    {"path", config_read_path, offsetof(struct config_disk, path), NULL, KEY_REQUIRED},
    {"read_only", config_read_bool, offsetof(struct config_disk, read_only), NULL, KEY_OPTIONAL},
    {"snapshot", config_read_bool, offsetof(struct config_disk, snapshot), NULL, KEY_OPTIONAL},
};
static const struct config_table disk_table = CONFIG_TABLE("disk", disk_keys);
static const struct series disk_series = {"disk", "vd", 'a', DISKS_MAX, "vda to vdz"};

static void read_disks(struct config_reader *reader, const struct config_place *place,
		       const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;
	const struct toml_entry *found[SERIES_MAX];

	if (!is_table(reader, place, value))
		return;
	vm->disks = config_read_alloc(reader, read_series(reader, &disk_series, value, NULL, found),
				      sizeof(*vm->disks));
	for (unsigned i = 0; i < DISKS_MAX; i++) {
		if (found[i] == NULL)
			continue;
		struct config_disk *disk = &vm->disks[vm->disk_count++];
		disk->name = config_read_format(reader, "%s", found[i]->key);
		disk->position = found[i]->position;
		config_read_table(reader, &disk_table, found[i]->value, disk);
	}
}

/* --- net ------------------------------------------------------------------------------------- */

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

static const char *const protocols[] = {"tcp", "udp", NULL};

static const struct config_key forward_keys[] = {
    {"proto", config_read_enum, offsetof(struct config_forward, protocol), protocols, KEY_OPTIONAL},
    {"outer_host", read_ipv4, offsetof(struct config_forward, outer_host), NULL, KEY_OPTIONAL},
    {"outer_port", config_read_port, offsetof(struct config_forward, outer_port), NULL,
     KEY_REQUIRED},
    {"inner_host", read_ipv4, offsetof(struct config_forward, inner_host), NULL, KEY_OPTIONAL},
    {"inner_port", config_read_port, offsetof(struct config_forward, inner_port), NULL,
     KEY_REQUIRED},
};
static const struct config_table forward_table = CONFIG_TABLE("port_forward", forward_keys);

static void read_forwards(struct config_reader *reader, const struct config_place *place,
			  const struct toml_value *value, void *field)
{
	struct config_net *net = field;

	if (!is_table(reader, place, value))
		return;
	net->forward_count = value->as.table.count;
	net->forwards = config_read_alloc(reader, net->forward_count, sizeof(*net->forwards));
	for (size_t i = 0; i < net->forward_count; i++) {
		struct config_forward *forward = &net->forwards[i];
		const struct toml_entry *entry = &value->as.table.entries[i];
		forward->outer_host = config_read_format(reader, "127.0.0.1");
		forward->inner_host = config_read_format(reader, "%s", "");
		config_read_table(reader, &forward_table, entry->value, forward);
		for (size_t j = 0; j < i; j++)
			if (forward->outer_port != 0 &&
			    forward->outer_port == net->forwards[j].outer_port &&
			    forward->protocol == net->forwards[j].protocol &&
			    strcmp(forward->outer_host, net->forwards[j].outer_host) == 0)
				config_read_error(reader, entry->position,
						  "port_forward '%.60s' takes outer port %u, which "
						  "another port_forward takes already",
						  entry->key, forward->outer_port);
	}
}

static const char *const net_modes[] = {"user", NULL};

static const struct config_key net_user_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
    {"port_forward", read_forwards, 0, NULL, KEY_OPTIONAL},
};
static const struct config_table net_tables[] = {CONFIG_TABLE("user net", net_user_keys)};

static void read_nets(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;

	if (!is_table(reader, place, value))
		return;
	vm->net_count = value->as.table.count;
	vm->nets = config_read_alloc(reader, vm->net_count, sizeof(*vm->nets));
	for (size_t i = 0; i < vm->net_count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		unsigned mode;
		vm->nets[i].name = config_read_format(reader, "%s", entry->key);
		config_read_variant(reader, "net", "mode", net_modes, net_tables, entry->value,
				    &vm->nets[i], &mode);
	}
}

/* --- serial ---------------------------------------------------------------------------------- */

/* In the order of enum config_serial_mode. */
static const char *const serial_modes[] = {"stdio", "passthrough", "unix", "file", NULL};

static const struct config_key serial_stdio_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
};
static const struct config_key serial_passthrough_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
    {"device", config_read_path, offsetof(struct config_serial, path), NULL, KEY_REQUIRED},
};
static const struct config_key serial_unix_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
    {"path", config_read_socket, offsetof(struct config_serial, path), NULL, KEY_REQUIRED},
};
static const struct config_key serial_file_keys[] = {
    {"mode", config_read_tag, 0, NULL, KEY_OPTIONAL},
    {"path", config_read_path, offsetof(struct config_serial, path), NULL, KEY_REQUIRED},
};
static const struct config_table serial_tables[] = {
    CONFIG_TABLE("stdio serial", serial_stdio_keys),
    CONFIG_TABLE("passthrough serial", serial_passthrough_keys),
    CONFIG_TABLE("unix serial", serial_unix_keys),
    CONFIG_TABLE("file serial", serial_file_keys),
};

static void read_serial(struct config_reader *reader, const struct toml_entry *entry, bool is_hvc,
			struct config_vm *vm)
{
	struct config_serial *serial = &vm->serials[vm->serial_count];
	unsigned mode;

	serial->name = config_read_format(reader, "%s", entry->key);
	serial->is_hvc = is_hvc;
	if (!config_read_variant(reader, "serial", "mode", serial_modes, serial_tables,
				 entry->value, serial, &mode))
		return;
	serial->mode = (enum config_serial_mode)mode;
	vm->serial_count++;
}

static void read_serials(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, void *field)
{
	struct config_vm *vm = field;
	const char *console = qemu_console(vm->arch);
	const struct series series = {"serial", "hvc", '0', HVC_MAX,
				      config_read_format(reader, "hvc0 to hvc7, and %s on %s",
							 console, config_arch_name(vm->arch))};
	const struct toml_entry *found[SERIES_MAX];

	if (!is_table(reader, place, value))
		return;
	vm->serials = config_read_alloc(reader, HVC_MAX + 1, sizeof(*vm->serials));
	read_series(reader, &series, value, console, found);
	for (unsigned i = 0; i < HVC_MAX; i++)
		if (found[i] != NULL)
			read_serial(reader, found[i], true, vm);
	for (size_t i = 0; i < value->as.table.count; i++)
		if (strcmp(value->as.table.entries[i].key, console) == 0)
			read_serial(reader, &value->as.table.entries[i], false, vm);
}

/* --- vm -------------------------------------------------------------------------------------- */

static void read_kvm(struct config_reader *reader, const struct config_place *place,
		     const struct toml_value *value, void *field)
{
	enum config_kvm *kvm = field;

	if (value->type == TOML_BOOL)
		*kvm = value->as.boolean ? KVM_ON : KVM_OFF;
	else if (value->type == TOML_STRING && strcmp(value->as.string.bytes, "auto") == 0)
		*kvm = KVM_AUTO;
	else
		config_read_refuse(reader, place, value, "true, false or \"auto\"");
}

/* "256M", "1G": whole mebibytes. */
static void read_memory(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	const char *text = value->type == TOML_STRING ? value->as.string.bytes : "";
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	unsigned long mebibytes = digits > 0 && digits < 10 ? strtoul(text, NULL, 10) : 0;

	if (strcmp(unit, "G") == 0)
		mebibytes *= 1024;
	else if (strcmp(unit, "M") != 0)
		mebibytes = 0;
	if (mebibytes == 0 || mebibytes > RAM_MB_MAX)
		config_read_refuse(reader, place, value,
				   "a string such as \"256M\" or \"4G\", at most 16384G");
	else
		*(uint32_t *)field = (uint32_t)mebibytes;
}

static void read_sha256(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	uint8_t hash[CMDLINE_HASH_BYTES];

	if (value->type != TOML_STRING || value->as.string.size != 2 * sizeof(hash) ||
	    cmdline_parse_hex(value->as.string.bytes, hash, sizeof(hash)) < 0)
		config_read_refuse(reader, place, value, "a string of 64 hexadecimal digits");
	else
		*(char **)field = config_read_format(reader, "%s", value->as.string.bytes);
}

/* What pith cannot do yet is refused by name, never passed over. */
static void refuse_for_now(struct config_reader *reader, const struct config_place *place,
			   const struct toml_value *value, void *field)
{
	(void)field;
	config_read_error(reader, value->position, "'%s' in %s is not supported by this version",
			  place->key->name, place->table);
}

static const struct config_range ram_mb_range = {1, RAM_MB_MAX};
static const struct config_range cpus_range = {1, CPUS_MAX};
/* In the order of enum config_report. */
static const char *const report_names[] = {"auto", "require", "off", NULL};

#define VM(FIELD) offsetof(struct config_process, vm.FIELD)
static const struct config_key vm_keys[] = {
    {"arch", config_read_tag, 0, NULL, KEY_OPTIONAL}, /* config_vm_begin has read it */
    {"machine", config_read_words, VM(machine), NULL, KEY_OPTIONAL},
    {"cpu", config_read_words, VM(cpu), NULL, KEY_OPTIONAL},
    {"cpus", config_read_number, VM(cpus), &cpus_range, KEY_OPTIONAL},
    {"ram_mb", config_read_number, VM(ram_mb), &ram_mb_range, KEY_OPTIONAL},
    {"memory", read_memory, VM(ram_mb), NULL, KEY_OPTIONAL},
    {"kvm", read_kvm, VM(kvm), NULL, KEY_OPTIONAL},
    {"kernel", config_read_path, VM(kernel), NULL, KEY_OPTIONAL},
    {"initrd", config_read_path, VM(initrd), NULL, KEY_OPTIONAL},
    {"append", config_read_text, VM(append), NULL, KEY_OPTIONAL},
    {"app", config_read_path, VM(app), NULL, KEY_OPTIONAL},
    {"app_sha256", read_sha256, VM(app_sha256), NULL, KEY_OPTIONAL},
    {"report", config_read_enum, VM(report), report_names, KEY_OPTIONAL},
    {"disk", read_disks, offsetof(struct config_process, vm), NULL, KEY_OPTIONAL},
    {"net", read_nets, offsetof(struct config_process, vm), NULL, KEY_OPTIONAL},
    {"serial", read_serials, offsetof(struct config_process, vm), NULL, KEY_OPTIONAL},
    {"9p", refuse_for_now, 0, NULL, KEY_OPTIONAL},
    {"gpio", refuse_for_now, 0, NULL, KEY_OPTIONAL},
};
const struct config_table config_vm_table =
    CONFIG_TABLE_ON("vm process", vm_keys, &config_process_table);

void config_vm_begin(struct config_reader *reader, const struct toml_value *value,
		     enum config_arch arch, struct config_vm *vm)
{
	static const struct config_key key = {.name = "arch", .detail = arch_names};
	const struct config_place place = {"vm process", &key};
	const struct toml_value *wanted = toml_get(value, "arch");
	unsigned index = arch;

	if (wanted != NULL)
		config_read_enum(reader, &place, wanted, &index);
	*vm = (struct config_vm){
	    .arch = (enum config_arch)index,
	    .ram_mb = RAM_MB_DEFAULT,
	    .append = config_read_format(reader, "%s", ""),
	};
}

/* Bytes of kernel command line that the architecture's kernel keeps, its NUL included
 * (COMMAND_LINE_SIZE of arch/ARCH/include/.../setup.h, Linux 6.1). The rest is cut off unsaid. */
static size_t command_line_size(enum config_arch arch)
{
	return arch == ARCH_RISCV64 ? 1024 : 2048;
}

static void check_append(struct config_reader *reader, const struct toml_value *value,
			 const struct config_vm *vm)
{
	bool ours = vm->build_initrd || vm->app != NULL;
	size_t max = command_line_size(vm->arch) - 1 - (ours ? APPEND_RESERVE : 0);

	if (strlen(vm->append) > max)
		config_read_error(reader, toml_get(value, "append")->position,
				  "'append' in vm process has %zu bytes; accepted are %zu",
				  strlen(vm->append), max);
}

/* A QEMU chardev has at most four users (MAX_MUX), and its monitor is one of them. */
static void check_stdio(struct config_reader *reader, const struct toml_value *value,
			const struct config_vm *vm)
{
	bool console_placed = false;
	unsigned users = 0;

	for (size_t i = 0; i < vm->serial_count; i++) {
		console_placed |= !vm->serials[i].is_hvc;
		users += vm->serials[i].mode == SERIAL_STDIO;
	}
	if (!console_placed && !qemu_is_lean(vm))
		users++;
	if (users > 3)
		config_read_error(reader, toml_get(value, "serial")->position,
				  "%u serial lines on stdio; accepted are 3, the console included",
				  users);
}

void config_vm_end(struct config_reader *reader, const struct toml_value *value,
		   struct config_vm *vm)
{
	const struct toml_value *memory = toml_get(value, "memory");

	if (memory != NULL && toml_get(value, "ram_mb") != NULL)
		config_read_error(reader, memory->position,
				  "'memory' and 'ram_mb' in vm process; accepted is one of them");
	if (vm->app_sha256 != NULL && vm->app == NULL)
		config_read_error(reader, toml_get(value, "app_sha256")->position,
				  "'app_sha256' in vm process without 'app'");
	vm->build_initrd = vm->initrd == NULL && (vm->kernel == NULL || vm->app != NULL);
	if (vm->app != NULL && vm->disk_count == DISKS_MAX)
		config_read_error(reader, toml_get(value, "app")->position,
				  "'app' in vm process beside 26 disks; accepted are 25");
	check_append(reader, value, vm);
	check_stdio(reader, value, vm);
}
