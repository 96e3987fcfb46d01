/* SPDX-License-Identifier: Apache-2.0 */
/* crosvm.c: from a VM's configuration to crosvm's command line. */
#include "crosvm.h"

#include <stdlib.h>

static void add_serial(const struct config_serial *serial, bool is_console, unsigned number,
		       struct strv *argv)
{
	const char *hardware = serial->is_hvc ? "virtio-console" : "serial";
	const char *console = is_console ? ",console=true" : "";

	strv_add(argv, "--serial");
	if (serial->mode == SERIAL_STDIO)
		strv_addf(argv, "type=stdout,hardware=%s,num=%u%s,stdin=true", hardware, number,
			  console);
	else
		strv_addf(argv, "type=file,path=%s,hardware=%s,num=%u%s", serial->path, hardware,
			  number, console);
}

/* crosvm counts lines of each kind of hardware from 1. */
static void add_serials(const struct config_vm *vm, struct strv *argv)
{
	static const struct config_serial standard = {.mode = SERIAL_STDIO};
	bool console_placed = false, stdio_taken = false;
	unsigned hvcs = 0;

	for (size_t i = 0; i < vm->serial_count; i++) {
		const struct config_serial *serial = &vm->serials[i];
		console_placed |= !serial->is_hvc;
		stdio_taken |= serial->mode == SERIAL_STDIO;
		add_serial(serial, !serial->is_hvc, serial->is_hvc ? ++hvcs : 1, argv);
	}
	if (!console_placed && !stdio_taken)
		add_serial(&standard, true, 1, argv);
}

static void add_disks(const struct config_vm *vm, struct strv *argv)
{
	for (size_t i = 0; i < vm->disk_count; i++) {
		const struct config_disk *disk = &vm->disks[i];
		strv_add(argv, "--block");
		strv_addf(argv, "path=%s%s%s%s%s", disk->path, disk->read_only ? ",ro=true" : "",
			  disk->direct_io ? ",direct=true" : "", disk->serial != NULL ? ",id=" : "",
			  disk->serial != NULL ? disk->serial : "");
	}
	if (vm->app == NULL)
		return;
	strv_add(argv, "--block");
	strv_addf(argv, "path=%s,ro=true,id=pith-app", vm->app);
}

static void add_devices(const struct config_vm *vm, struct strv *argv)
{
	for (size_t i = 0; i < vm->net_count; i++) {
		strv_add(argv, "--net");
		strv_addf(argv, "tap-name=%s,mac=%s", vm->nets[i].interface, vm->nets[i].mac);
	}
	for (size_t i = 0; i < vm->share_count; i++) {
		strv_add(argv, "--shared-dir");
		strv_addf(argv, "%s:%s:type=%s", vm->shares[i].path, vm->shares[i].tag,
			  vm->shares[i].kind == SHARE_9P ? "p9" : "fs");
	}
	if (vm->vsock_cid != 0) {
		strv_add(argv, "--vsock");
		strv_addf(argv, "cid=%u", vm->vsock_cid);
	}
}

void crosvm_argv(const struct config_vm *vm, const struct qemu_setting *setting, struct strv *argv)
{
	char *command_line = qemu_command_line(vm, setting);

	strv_add(argv, vm->crosvm != NULL ? vm->crosvm : "crosvm");
	strv_add(argv, "run");
	strv_add(argv, "--mem");
	strv_addf(argv, "%u", vm->ram_mb);
	strv_add(argv, "--cpus");
	strv_addf(argv, "%u", vm->cpus != 0 ? vm->cpus : 1);
	add_serials(vm, argv);
	add_disks(vm, argv);
	add_devices(vm, argv);
	if (setting->initrd != NULL && !vm->boots_firmware) {
		strv_add(argv, "--initrd");
		strv_add(argv, setting->initrd);
	}
	if (command_line[0] != '\0' && !vm->boots_firmware) {
		strv_add(argv, "--params");
		strv_add(argv, command_line);
	}
	for (size_t i = 0; i < vm->extra_args.count; i++)
		strv_add(argv, vm->extra_args.items[i]);
	if (vm->firmware != NULL) {
		strv_add(argv, "--bios");
		strv_add(argv, vm->firmware);
	}
	if (!vm->boots_firmware)
		strv_add(argv, setting->kernel);
	free(command_line);
}
