/* SPDX-License-Identifier: Apache-2.0 */
/* config_vm.c: the keys of a vm process, and what depends on several of them. */
#include "config_vm.h"

#include <stdlib.h>
#include <string.h>

#include "../init/cmdline.h"
#include "../init/manifest.h"
#include "config_crosvm.h"
#include "config_devices.h"
#include "config_net.h"
#include "config_process.h"
#include "qemu.h"

#define RAM_MB_DEFAULT 1024
#define RAM_MB_MAX (16u << 20) /* 16 TiB, more than any QEMU machine takes */
#define CPUS_MAX 512           /* the virt machines' limit in QEMU 7.2 */
/* What pith may add to a guest's kernel command line (qemu.c); the rest is for append. */
#define APPEND_RESERVE 512

static const char *const arch_names[] = {"x86_64", "aarch64", "riscv64", NULL};

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

static void read_manifest_name(struct config_reader *reader, const struct config_place *place,
			       const struct toml_value *value, void *field)
{
	if (value->type != TOML_STRING || !manifest_name_is_valid(value->as.string.bytes))
		config_read_refuse(reader, place, value,
				   "a string of 1 to 63 letters, digits and _.-");
	else
		*(char **)field = config_read_format(reader, "%s", value->as.string.bytes);
}

static const struct config_range version_range = {1, UINT32_MAX};
static const struct config_range ram_mb_range = {1, RAM_MB_MAX};
static const struct config_range cpus_range = {1, CPUS_MAX};
/* In the order of enum config_report. */
static const char *const report_names[] = {"auto", "require", "off", NULL};

/* In the order of enum config_reset. */
static const char *const reset_names[] = {"end", "restart", NULL};

/* In the order of enum config_corruption. */
static const char *const corruption_names[] = {"fail", "eio", NULL};

/* In the order of enum config_vmm. */
static const char *const vmm_names[] = {"qemu", "crosvm", NULL};

#define VM(FIELD) offsetof(struct config_process, vm.FIELD)
#define WHOLE_VM offsetof(struct config_process, vm)
static const struct config_key vm_keys[] = {
    {"vmm", config_read_enum, VM(vmm), vmm_names, KEY_OPTIONAL},
    {"arch", config_read_tag, 0, NULL, KEY_OPTIONAL}, /* config_vm_begin has read it */
    {"machine", config_read_words, VM(machine), NULL, KEY_OPTIONAL},
    {"cpu", config_read_words, VM(cpu), NULL, KEY_OPTIONAL},
    {"cpus", config_read_number, VM(cpus), &cpus_range, KEY_OPTIONAL},
    {"ram_mb", config_read_number, VM(ram_mb), &ram_mb_range, KEY_OPTIONAL},
    {"memory", read_memory, VM(ram_mb), NULL, KEY_OPTIONAL},
    {"kvm", read_kvm, VM(kvm), NULL, KEY_OPTIONAL},
    {"nested", config_read_bool, VM(nested), NULL, KEY_OPTIONAL},
    {"firmware", config_read_path, VM(firmware), NULL, KEY_OPTIONAL},
    {"kernel", config_read_path, VM(kernel), NULL, KEY_OPTIONAL},
    {"initrd", config_read_path, VM(initrd), NULL, KEY_OPTIONAL},
    {"append", config_read_text, VM(append), NULL, KEY_OPTIONAL},
    {"app", config_read_path, VM(app), NULL, KEY_OPTIONAL},
    {"app_sha256", read_sha256, VM(app_sha256), NULL, KEY_OPTIONAL},
    {"app_root_hash", read_sha256, VM(app_root_hash), NULL, KEY_OPTIONAL},
    {"app_root", config_read_bool, VM(app_root), NULL, KEY_OPTIONAL},
    {"app_on_corruption", config_read_enum, VM(app_on_corruption), corruption_names, KEY_OPTIONAL},
    {"app_key", config_read_path, VM(app_key), NULL, KEY_OPTIONAL},
    {"app_name", read_manifest_name, VM(app_name), NULL, KEY_OPTIONAL},
    {"app_min_version", config_read_number, VM(app_min_version), &version_range, KEY_OPTIONAL},
    {"attest_key", config_read_path, VM(attest_key), NULL, KEY_OPTIONAL},
    {"report", config_read_enum, VM(report), report_names, KEY_OPTIONAL},
    {"on_reset", config_read_enum, VM(on_reset), reset_names, KEY_OPTIONAL},
    {"hostname", config_read_name, VM(hostname), NULL, KEY_OPTIONAL},
    {"disk", config_devices_disks, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"net", config_net_read, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"serial", config_devices_serials, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"console", config_devices_ports, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"9p", config_devices_9p, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"virtiofs", config_devices_virtiofs, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"gpio", config_devices_gpios, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"vsock", config_devices_vsock, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"tpm", config_devices_tpm, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"rng", config_devices_rng, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"gpu", config_read_bool, VM(gpu), NULL, KEY_OPTIONAL},
    {"display", config_read_words, VM(display), NULL, KEY_OPTIONAL},
    {"sound", config_read_words, VM(sound), NULL, KEY_OPTIONAL},
    {"input", config_devices_inputs, WHOLE_VM, NULL, KEY_OPTIONAL},
    {"smbios_oem_strings", config_read_strings, VM(smbios_oem_strings), NULL, KEY_OPTIONAL},
    {"extra_args", config_read_strings, VM(extra_args), NULL, KEY_OPTIONAL},
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
	size_t max =
	    command_line_size(vm->arch) - 1 - (qemu_is_fitted_out(vm) ? APPEND_RESERVE : 0);

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
	for (size_t i = 0; i < vm->port_count; i++)
		users += vm->ports[i].mode == SERIAL_STDIO;
	if (!console_placed && !qemu_is_lean(vm))
		users++;
	if (users > 3)
		config_read_error(reader, value->position,
				  "%u serial lines and consoles on stdio; accepted are 3, the "
				  "machine's own console included",
				  users);
}

static void check_nested(struct config_reader *reader, const struct toml_value *value,
			 struct config_vm *vm)
{
	if (!vm->nested)
		return;
	if (vm->arch == ARCH_RISCV64)
		config_read_error(reader, toml_get(value, "nested")->position,
				  "'nested' in vm process is for x86_64 and aarch64");
	if (vm->arch == ARCH_AARCH64 && vm->kvm == KVM_ON)
		config_read_error(reader, toml_get(value, "nested")->position,
				  "'nested' with kvm = true: on aarch64, QEMU gives a guest "
				  "virtualization only under emulation");
	if (vm->arch == ARCH_AARCH64)
		vm->kvm = KVM_OFF;
}

static void check_firmware(struct config_reader *reader, const struct toml_value *value,
			   struct config_vm *vm)
{
	static const char *const need_kernel[] = {"initrd", "append"};

	vm->boots_firmware = vm->firmware != NULL && vm->kernel == NULL && vm->app == NULL;
	for (size_t i = 0; vm->boots_firmware && i < 2; i++)
		if (toml_get(value, need_kernel[i]) != NULL)
			config_read_error(reader, toml_get(value, need_kernel[i])->position,
					  "'%s' in vm process without 'kernel': the firmware finds "
					  "its own",
					  need_kernel[i]);
}

/* They go to pith-init in the initramfs. */
static void check_guest_keys(struct config_reader *reader, const struct toml_value *value,
			     const struct config_vm *vm)
{
	static const char *const keys[] = {"hostname", "env", "attest_key"};

	if (vm->build_initrd)
		return;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (toml_get(value, keys[i]) != NULL)
			config_read_error(
			    reader, toml_get(value, keys[i])->position,
			    "'%s' in vm process is for guests whose initramfs pith "
			    "builds: leave 'initrd' out, and 'kernel' too or give 'app'",
			    keys[i]);
}

/* They go to pith-init in the initramfs, by the names that the kernel gives interfaces. */
static void check_addresses(struct config_reader *reader, const struct toml_value *value,
			    const struct config_vm *vm)
{
	size_t count = 0;

	for (size_t i = 0; i < vm->net_count; i++)
		count += vm->nets[i].address != NULL;
	if (count > 0 && !vm->build_initrd)
		config_read_error(reader, toml_get(value, "net")->position,
				  "'address' of a net is for guests whose initramfs pith builds: "
				  "leave 'initrd' out, and 'kernel' too or give 'app'");
	if (count > CMDLINE_NETWORKS_MAX)
		config_read_error(reader, toml_get(value, "net")->position,
				  "%zu nets with an 'address'; accepted are %d", count,
				  CMDLINE_NETWORKS_MAX);
}

static void check_app(struct config_reader *reader, const struct toml_value *value,
		      const struct config_vm *vm)
{
	static const char *const need_app[] = {"app_root", "app_sha256", "app_root_hash",
					       "app_on_corruption", "app_key"};
	static const char *const need_key[] = {"app_name", "app_min_version"};

	for (size_t i = 0; vm->app == NULL && i < sizeof(need_app) / sizeof(need_app[0]); i++)
		if (toml_get(value, need_app[i]) != NULL)
			config_read_error(reader, toml_get(value, need_app[i])->position,
					  "'%s' in vm process without 'app'", need_app[i]);
	for (size_t i = 0; vm->app_key == NULL && i < sizeof(need_key) / sizeof(need_key[0]); i++)
		if (toml_get(value, need_key[i]) != NULL)
			config_read_error(reader, toml_get(value, need_key[i])->position,
					  "'%s' in vm process without 'app_key'", need_key[i]);
	if (vm->app_key != NULL && vm->initrd != NULL)
		config_read_error(reader, toml_get(value, "app_key")->position,
				  "'app_key' in vm process beside 'initrd': pith puts the key into "
				  "the initramfs that it builds");
	if (vm->app_key != NULL && vm->app_on_corruption == APP_CORRUPTION_EIO)
		config_read_error(reader, toml_get(value, "app_on_corruption")->position,
				  "'app_on_corruption' in vm process is \"eio\"; accepted beside "
				  "'app_key' is \"fail\"");
	if (vm->app_sha256 != NULL && vm->app_root_hash != NULL)
		config_read_error(reader, toml_get(value, "app_root_hash")->position,
				  "'app_root_hash' and 'app_sha256' in vm process; accepted is one "
				  "of them");
	if (vm->app != NULL && vm->disk_count == CONFIG_DISKS_MAX)
		config_read_error(reader, toml_get(value, "app")->position,
				  "'app' in vm process beside 26 disks; accepted are 25");
}

void config_vm_end(struct config_reader *reader, const struct toml_value *value,
		   struct config_vm *vm)
{
	const struct toml_value *memory = toml_get(value, "memory");

	if (memory != NULL && toml_get(value, "ram_mb") != NULL)
		config_read_error(reader, memory->position,
				  "'memory' and 'ram_mb' in vm process; accepted is one of them");
	check_app(reader, value, vm);
	check_firmware(reader, value, vm);
	vm->build_initrd =
	    vm->initrd == NULL && !vm->boots_firmware && (vm->kernel == NULL || vm->app != NULL);
	if (toml_get(value, "rng") == NULL && !qemu_is_lean(vm))
		vm->rng = config_read_format(reader, "/dev/urandom");
	if (vm->smbios_oem_strings.count > 0 && vm->arch == ARCH_RISCV64)
		config_read_error(reader, toml_get(value, "smbios_oem_strings")->position,
				  "'smbios_oem_strings' in vm process is for x86_64 and aarch64");
	check_append(reader, value, vm);
	check_stdio(reader, value, vm);
	check_nested(reader, value, vm);
	/* pith-init itself resets a machine that cannot power off. */
	if (vm->on_reset == RESET_RESTARTS && qemu_is_fitted_out(vm))
		config_read_error(reader, toml_get(value, "on_reset")->position,
				  "on_reset = \"restart\" in vm process is for guests without "
				  "pith-init: 'kernel' and 'initrd', or 'firmware', and no 'app'");
	check_guest_keys(reader, value, vm);
	check_addresses(reader, value, vm);
	if (vm->vmm == VMM_CROSVM)
		config_crosvm_check(reader, value, vm);
}
