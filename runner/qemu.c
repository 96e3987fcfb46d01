/* SPDX-License-Identifier: Apache-2.0 */
/* qemu.c: from a VM's configuration to QEMU's command line. Written for QEMU 7.2 and newer
 * (qemu(1), docs/system/invocation).
 *
 * There are two machines. A VM that comes with its own initramfs gets the line that OpenSUT's
 * vm_runner gives it, device for device. A VM that pith fits out gets a lean one. What the
 * configuration's keys add is the same for both.
 *
 * Order matters to the guest: PCI slots are given in the order of -device, and disks are named in
 * the order of their slots. Disks come last, the app image last of all. */
#include "qemu.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../init/cmdline.h"
#include "../init/report.h"
#include "message.h"

/* The processor where the configuration names none, without KVM.
 * x86_64: as many instructions as distributions of today ask for (x86-64-v2), rdrand so that the
 *   random pool is filled at once, and no more: under emulation libcrypto's AVX2 code is 2.5 times
 *   slower than its SSSE3 code. qemu64 is an AMD, which spares the guest page table isolation.
 * aarch64: pauth-impdef replaces the architected pointer authentication, whose emulation makes a
 *   boot four times slower. */
static const struct machine {
	const char *qemu, *machine, *tcg_cpu, *console;
} machines[ARCH_COUNT] = {
    [ARCH_X86_64] = {"qemu-system-x86_64", "q35", "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand",
		     "ttyS0"},
    [ARCH_AARCH64] = {"qemu-system-aarch64", "virt", "max,pauth-impdef=on", "ttyAMA0"},
    [ARCH_RISCV64] = {"qemu-system-riscv64", "virt", "rv64", "ttyS0"},
};

const char *qemu_console(enum config_arch arch)
{
	return machines[arch].console;
}

bool qemu_is_lean(const struct config_vm *vm)
{
	return vm->build_initrd || vm->app != NULL;
}

bool qemu_uses_report(const struct config_vm *vm)
{
	return vm->report == REPORT_REQUIRE || (vm->report == REPORT_AUTO && qemu_is_lean(vm));
}

void qemu_app_device(const struct config_vm *vm, char device[QEMU_APP_DEVICE_SIZE])
{
	snprintf(device, QEMU_APP_DEVICE_SIZE, "/dev/vd%c", (char)('a' + vm->disk_count));
}

/* Add "FLAG" and "BEFORE VALUE AFTER" (without the blanks), the commas in VALUE doubled: in a QEMU
 * option string a single one begins the next option. */
static void add_value(struct strv *argv, const char *flag, const char *before, const char *value,
		      const char *after)
{
	char *doubled = malloc(2 * strlen(value) + 1), *end = doubled;

	if (doubled == NULL)
		die_out_of_memory();
	for (const char *c = value; *c != '\0'; c++) {
		*end++ = *c;
		if (*c == ',')
			*end++ = ',';
	}
	*end = '\0';
	strv_add(argv, flag);
	strv_addf(argv, "%s%s%s", before, doubled, after);
	free(doubled);
}

/* Add "FLAG" and short formatted text: words of ours, numbers, names with a known limit. */
__attribute__((format(printf, 3, 4))) static void add(struct strv *argv, const char *flag,
						      const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	strv_add(argv, flag);
	strv_add(argv, text);
}

static void add_processor(const struct config_vm *vm, const struct qemu_setting *setting,
			  struct strv *argv)
{
	bool lean = qemu_is_lean(vm);
	const char *cpu = machines[vm->arch].tcg_cpu;

	strv_add(argv, "-machine");
	strv_add(argv, vm->machine != NULL ? vm->machine : machines[vm->arch].machine);
	if (!lean && vm->arch == ARCH_AARCH64 && setting->accel == ACCEL_TCG) {
		cpu = "cortex-a72";
		if (vm->machine == NULL)
			add(argv, "-machine", "virtualization=true,gic-version=3");
	}
	if (setting->accel == ACCEL_KVM)
		cpu = "host";
	add(argv, "-accel", "%s", setting->accel == ACCEL_KVM ? "kvm" : "tcg");
	strv_add(argv, "-cpu");
	strv_add(argv, vm->cpu != NULL ? vm->cpu : cpu);
	add(argv, "-smp", "%u", vm->cpus != 0 ? vm->cpus : lean ? 1 : 4);
	add(argv, "-m", "%u", vm->ram_mb);
}

/* --- Serial lines ---------------------------------------------------------------------------- */

/* One serial line's chardev; its id is "stdio", shared by all lines on stdio, or the line's name.
 */
static const char *add_chardev(const struct config_serial *serial, struct strv *argv)
{
	char before[64];

	switch (serial->mode) {
	case SERIAL_STDIO:
		return "stdio";
	case SERIAL_PASSTHROUGH:
		snprintf(before, sizeof(before), "serial,id=%s,path=", serial->name);
		add_value(argv, "-chardev", before, serial->path, "");
		break;
	case SERIAL_UNIX:
		snprintf(before, sizeof(before), "socket,id=%s,path=", serial->name);
		add_value(argv, "-chardev", before, serial->path, ",server=on,wait=off");
		break;
	case SERIAL_FILE:
		snprintf(before, sizeof(before), "file,id=%s,path=", serial->name);
		add_value(argv, "-chardev", before, serial->path, "");
		break;
	}
	return serial->name;
}

static bool uses_stdio(const struct config_vm *vm)
{
	bool console_placed = false;

	for (size_t i = 0; i < vm->serial_count; i++) {
		if (vm->serials[i].mode == SERIAL_STDIO)
			return true;
		console_placed |= !vm->serials[i].is_hvc;
	}
	return !console_placed && !qemu_is_lean(vm);
}

static void add_console(const struct config_vm *vm, struct strv *argv)
{
	if (uses_stdio(vm) || !qemu_is_lean(vm)) {
		add(argv, "-chardev", "stdio,id=stdio,mux=on,signal=off");
		add(argv, "-mon", "chardev=stdio,mode=readline");
	}
	for (size_t i = 0; i < vm->serial_count; i++) {
		if (!vm->serials[i].is_hvc) {
			add(argv, "-serial", "chardev:%s", add_chardev(&vm->serials[i], argv));
			return;
		}
	}
	if (!qemu_is_lean(vm)) {
		add(argv, "-serial", "chardev:stdio");
		return;
	}
	add(argv, "-chardev", "socket,id=console,fd=%d", QEMU_FD_CONSOLE);
	add(argv, "-serial", "chardev:console");
}

static void add_port(struct strv *argv, const char *id, int fd, const char *name)
{
	add(argv, "-chardev", "socket,id=%s,fd=%d", id, fd);
	add(argv, "-device", "virtserialport,chardev=%s,name=%s", id, name);
}

static void add_virtio_serial(const struct config_vm *vm, const struct qemu_setting *setting,
			      struct strv *argv)
{
	bool any_hvc = false;

	for (size_t i = 0; i < vm->serial_count; i++)
		any_hvc |= vm->serials[i].is_hvc;
	if (qemu_is_lean(vm) && !any_hvc && !setting->use_report)
		return;
	add(argv, "-device", "virtio-serial-pci");
	for (size_t i = 0; i < vm->serial_count; i++)
		if (vm->serials[i].is_hvc)
			add(argv, "-device", "virtconsole,chardev=%s",
			    add_chardev(&vm->serials[i], argv));
	if (setting->use_report) {
		add_port(argv, "report", QEMU_FD_REPORT, REPORT_PORT_NAME);
		add_port(argv, "stdout", QEMU_FD_STDOUT, REPORT_STDOUT_PORT_NAME);
		add_port(argv, "stderr", QEMU_FD_STDERR, REPORT_STDERR_PORT_NAME);
	}
	if (setting->use_report && setting->use_stdin)
		add_port(argv, "stdin", QEMU_FD_STDIN, REPORT_STDIN_PORT_NAME);
}

/* --- Network --------------------------------------------------------------------------------- */

static void add_nets(const struct config_vm *vm, struct strv *argv)
{
	for (size_t i = 0; i < vm->net_count; i++) {
		const struct config_net *net = &vm->nets[i];
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		if (out == NULL)
			die_out_of_memory();
		fprintf(out, "user,id=net%zu", i);
		for (size_t j = 0; j < net->forward_count; j++) {
			const struct config_forward *forward = &net->forwards[j];
			fprintf(out, ",hostfwd=%s:%s:%u-%s:%u",
				forward->protocol == PROTOCOL_UDP ? "udp" : "tcp",
				forward->outer_host, forward->outer_port, forward->inner_host,
				forward->inner_port);
		}
		if (fclose(out) != 0)
			die_out_of_memory();
		strv_add(argv, "-netdev");
		strv_add(argv, text);
		free(text);
		add(argv, "-device", "virtio-net-pci,netdev=net%zu", i);
	}
}

/* --- Disks ----------------------------------------------------------------------------------- */

static void add_disks(const struct config_vm *vm, struct strv *argv)
{
	static const char *const formats[] = {
	    [DISK_RAW] = "raw", [DISK_QCOW2] = "qcow2", [DISK_VMDK] = "vmdk"};
	char before[64];

	for (size_t i = 0; i < vm->disk_count; i++) {
		const struct config_disk *disk = &vm->disks[i];
		snprintf(before, sizeof(before),
			 "if=none,id=%s,format=%s,read-only=%s%s,file=", disk->name,
			 formats[disk->format], disk->read_only ? "on" : "off",
			 disk->snapshot ? ",snapshot=on" : "");
		add_value(argv, "-drive", before, disk->path, "");
		add(argv, "-device", "virtio-blk-pci,drive=%s", disk->name);
	}
	if (vm->app == NULL)
		return;
	add_value(argv, "-drive", "if=none,id=app,format=raw,read-only=on,file=", vm->app, "");
	add(argv, "-device", "virtio-blk-pci,drive=app,serial=pith-app");
}

/* --- Kernel ---------------------------------------------------------------------------------- */

/* panic=-1 makes a panic reboot at once, which under -no-reboot ends QEMU. */
static void add_command_line(const struct config_vm *vm, const struct qemu_setting *setting,
			     struct strv *argv)
{
	char text[512] = "", device[QEMU_APP_DEVICE_SIZE];
	int error = 0;

	if (qemu_is_lean(vm))
		snprintf(text, sizeof(text), "console=%s panic=-1%s", qemu_console(vm->arch),
			 setting->verbose ? "" : " quiet");
	if (vm->app != NULL) {
		qemu_app_device(vm, device);
		error |= cmdline_append(text, sizeof(text), "pith.app_device", device);
		if (setting->app_hash != NULL) {
			error |=
			    cmdline_append(text, sizeof(text), "pith.app_hash", setting->app_hash);
			error |= cmdline_append(text, sizeof(text), "pith.verify", "require");
		}
	}
	if (error != 0)
		abort(); /* the buffer holds twice what these fixed sizes come to */
	const char *more = setting->append_more != NULL ? setting->append_more : "";
	if (text[0] == '\0' && more[0] == '\0' && vm->append[0] == '\0')
		return;
	strv_add(argv, "-append");
	strv_addf(argv, "%s%s%s%s%s", text, text[0] != '\0' && more[0] != '\0' ? " " : "", more,
		  (text[0] != '\0' || more[0] != '\0') && vm->append[0] != '\0' ? " " : "",
		  vm->append);
}

static void add_kernel(const struct config_vm *vm, const struct qemu_setting *setting,
		       struct strv *argv)
{
	/* QEMU takes these words whole: no comma has a meaning here. */
	strv_add(argv, "-kernel");
	strv_add(argv, setting->kernel);
	if (setting->initrd != NULL) {
		strv_add(argv, "-initrd");
		strv_add(argv, setting->initrd);
	}
	add_command_line(vm, setting, argv);
}

void qemu_argv(const struct config_vm *vm, const struct qemu_setting *setting, struct strv *argv)
{
	strv_add(argv, setting->qemu != NULL ? setting->qemu
		       : vm->qemu != NULL    ? vm->qemu
					     : machines[vm->arch].qemu);
	if (qemu_is_lean(vm)) {
		strv_add(argv, "-nodefaults");
		strv_add(argv, "-no-user-config");
		strv_add(argv, "-no-reboot");
	}
	add(argv, "-display", "none");
	add_processor(vm, setting, argv);
	add(argv, "-chardev", "socket,id=qmp,fd=%d", QEMU_FD_QMP);
	add(argv, "-mon", "chardev=qmp,mode=control");
	if (!qemu_is_lean(vm)) {
		add(argv, "-device", "virtio-scsi-pci,id=scsi0");
		add(argv, "-object", "rng-random,filename=/dev/urandom,id=rng0");
		add(argv, "-device", "virtio-rng-pci,rng=rng0");
	}
	add_console(vm, argv);
	add_virtio_serial(vm, setting, argv);
	add_nets(vm, argv);
	add_disks(vm, argv);
	add_kernel(vm, setting, argv);
	for (char *const *word = setting->more_args; word != NULL && *word != NULL; word++)
		strv_add(argv, *word);
}
