/* SPDX-License-Identifier: Apache-2.0 */
/* config_crosvm.c: what crosvm lacks of a vm process, refused by name. */
#include "config_crosvm.h"

#include <string.h>

static void check_path(struct config_reader *reader, struct toml_position position,
		       const char *path)
{
	/* They separate and quote in crosvm's options, which differ in how they escape. */
	if (path != NULL && strpbrk(path, ",:\"[]\\") != NULL)
		config_read_error(
		    reader, position,
		    "path '%.100s' holds one of , : \" [ ] \\; crosvm's options cannot "
		    "carry it",
		    path);
}

static void check_disks(struct config_reader *reader, const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->disk_count; i++) {
		const struct config_disk *disk = &vm->disks[i];
		const char *lacks = disk->format == DISK_VMDK    ? "format \"vmdk\""
				    : disk->snapshot             ? "'snapshot'"
				    : disk->sync != SYNC_RELAXED ? "'sync'"
								 : NULL;
		if (lacks != NULL)
			config_read_error(reader, disk->position, "crosvm has no %s for disk '%s'",
					  lacks, disk->name);
		check_path(reader, disk->position, disk->path);
	}
}

static void check_nets(struct config_reader *reader, struct toml_position position,
		       const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->net_count; i++)
		if (vm->nets[i].mode != NET_TAP)
			config_read_error(reader, position,
					  "crosvm has only \"tap\" for net '%.60s'",
					  vm->nets[i].name);
}

static void check_serials(struct config_reader *reader, struct toml_position position,
			  const struct config_vm *vm)
{
	unsigned stdio = 0;

	for (size_t i = 0; i < vm->serial_count; i++) {
		const struct config_serial *serial = &vm->serials[i];
		stdio += serial->mode == SERIAL_STDIO;
		if (serial->mode == SERIAL_PASSTHROUGH || serial->mode == SERIAL_UNIX)
			config_read_error(reader, position,
					  "crosvm has only \"stdio\" and \"file\" for serial '%s'",
					  serial->name);
		check_path(reader, position, serial->path);
	}
	if (stdio > 1)
		config_read_error(reader, position,
				  "crosvm reads standard input for one serial line only");
}

static void check_shares(struct config_reader *reader, struct toml_position position,
			 const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->share_count; i++) {
		if (vm->shares[i].read_only)
			config_read_error(reader, position,
					  "crosvm has no 'read_only' for share '%s'",
					  vm->shares[i].tag);
		check_path(reader, position, vm->shares[i].path);
	}
}

void config_crosvm_check(struct config_reader *reader, const struct toml_value *value,
			 const struct config_vm *vm)
{
	static const char *const lacking[] = {"machine", "cpu",   "nested", "console",
					      "gpio",    "tpm",   "rng",    "gpu",
					      "display", "sound", "input",  "smbios_oem_strings",
					      "on_reset"};

	for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++) {
		const struct toml_value *found = toml_get(value, lacking[i]);
		if (found != NULL)
			config_read_error(reader, found->position,
					  "'%s' in vm process is not there with vmm = \"crosvm\"",
					  lacking[i]);
	}
	if (vm->kvm == KVM_OFF && toml_get(value, "kvm") != NULL)
		config_read_error(reader, toml_get(value, "kvm")->position,
				  "kvm = false: crosvm does not emulate processors");
	if (vm->report == REPORT_REQUIRE)
		config_read_error(reader, toml_get(value, "report")->position,
				  "report = \"require\": crosvm has no port for it");
	check_path(reader, value->position, vm->app);
	check_disks(reader, vm);
	check_nets(reader, value->position, vm);
	check_serials(reader, value->position, vm);
	check_shares(reader, value->position, vm);
}
