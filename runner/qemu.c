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

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../init/cmdline.h"
#include "../init/image.h"
#include "../init/report.h"
#include "../init/ring.h"
#include "../init/serial.h"
#include "../init/work.h"
#include "boot_words.h"
#include "helpers.h"
#include "message.h"

#define CHARDEV_ID_SIZE 80 /* names of serial lines and consoles have at most 63 bytes */

/* The processor where the configuration names none, without KVM.
 * x86_64: as many instructions as distributions of today ask for (x86-64-v2), rdrand so that the
 *   random pool is filled at once, and no more: under emulation libcrypto's AVX2 code is 2.5 times
 *   slower than its SSSE3 code. qemu64 is an AMD, which spares the guest page table isolation.
 * aarch64: pauth-impdef replaces the architected pointer authentication, whose emulation makes a
 *   boot four times slower. Without both that and SVE, a VM in a VM takes a sixth less CPU time. */
#define X86_CPU "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+rdrand"
#define NESTED_X86_CPU X86_CPU ",+svm,+npt"
#define NESTED_ARM_CPU "max,pauth=off,sve=off"

static const struct machine {
	const char *qemu, *machine, *tcg_cpu, *console;
} machines[ARCH_COUNT] = {
    [ARCH_X86_64] = {"qemu-system-x86_64", "q35", X86_CPU, "ttyS0"},
    [ARCH_AARCH64] = {"qemu-system-aarch64", "virt", "max,pauth-impdef=on", "ttyAMA0"},
    [ARCH_RISCV64] = {"qemu-system-riscv64", "virt", "rv64", "ttyS0"},
};

const char *qemu_console(enum config_arch arch)
{
	return machines[arch].console;
}

const char *qemu_program(const struct config_vm *vm)
{
	return vm->qemu != NULL ? vm->qemu : machines[vm->arch].qemu;
}

bool qemu_is_fitted_out(const struct config_vm *vm)
{
	return vm->build_initrd || vm->app != NULL;
}

bool qemu_is_lean(const struct config_vm *vm)
{
	return vm->lean || qemu_is_fitted_out(vm);
}

bool qemu_uses_report(const struct config_vm *vm)
{
	if (vm->vmm != VMM_QEMU)
		return false;
	return vm->report == REPORT_REQUIRE ||
	       (vm->report == REPORT_AUTO && qemu_is_fitted_out(vm));
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

/* Daemons that serve a device look into the guest's memory. */
static bool shares_memory(const struct config_vm *vm)
{
	bool shares = vm->gpio_count > 0;

	for (size_t i = 0; i < vm->share_count; i++)
		shares |= vm->shares[i].kind == SHARE_VIRTIOFS;
	return shares;
}

static void add_processor(const struct config_vm *vm, const struct qemu_setting *setting,
			  struct strv *argv)
{
	bool lean = qemu_is_lean(vm);
	bool tcg_arm = vm->arch == ARCH_AARCH64 && setting->accel == ACCEL_TCG;
	const char *cpu = machines[vm->arch].tcg_cpu;

	strv_add(argv, "-machine");
	/* q35's own disk and system management controllers have nothing to do, and a driver that
	 * looks into them. */
	strv_addf(argv, "%s%s", vm->machine != NULL ? vm->machine : machines[vm->arch].machine,
		  boot_words_without_acpi(vm, setting) ? ",sata=off,smbus=off" : "");
	if (tcg_arm && ((!lean && vm->machine == NULL) || vm->nested))
		add(argv, "-machine", "virtualization=true,gic-version=3");
	if (tcg_arm && !lean)
		cpu = "cortex-a72";
	else if (tcg_arm && vm->nested)
		cpu = NESTED_ARM_CPU;
	if (vm->arch == ARCH_X86_64 && vm->nested)
		cpu = NESTED_X86_CPU;
	if (setting->accel == ACCEL_KVM)
		cpu = "host";
	add(argv, "-accel", "%s", setting->accel == ACCEL_KVM ? "kvm" : "tcg");
	strv_add(argv, "-cpu");
	strv_add(argv, vm->cpu != NULL ? vm->cpu : cpu);
	add(argv, "-smp", "%u", vm->cpus != 0 ? vm->cpus : lean ? 1 : 4);
	add(argv, "-m", "%u", vm->ram_mb);
	/* The file is mapped privately when it is resumed from: what the guest changes is its own.
	 * QEMU takes a memory that is shared for one that needs no saving (migration capability
	 * x-ignore-shared), and a private one, whose pages do not come, for restored. */
	if (setting->state != QEMU_STATE_NONE) {
		add(argv, "-object",
		    "memory-backend-file,id=ram,mem-path=/proc/self/fd/%d,size=%uM,share=%s",
		    QEMU_FD_MEMORY, vm->ram_mb, setting->state == QEMU_STATE_SAVE ? "on" : "off");
		add(argv, "-machine", "memory-backend=ram");
	} else if (shares_memory(vm)) {
		add(argv, "-object", "memory-backend-memfd,id=ram,size=%uM,share=on", vm->ram_mb);
		add(argv, "-machine", "memory-backend=ram");
	}
}

/* --- Serial lines ---------------------------------------------------------------------------- */

/* The chardev of a serial line or console. Its id is "stdio", shared by all that are there, or
 * PREFIX and the name. */
static const char *add_chardev(const struct config_serial *serial, const char *prefix,
			       char id[CHARDEV_ID_SIZE], struct strv *argv)
{
	char before[CHARDEV_ID_SIZE + 32];

	if (serial->mode == SERIAL_STDIO)
		return "stdio";
	snprintf(id, CHARDEV_ID_SIZE, "%s%s", prefix, serial->name);
	snprintf(before, sizeof(before), "%s,id=%s,path=",
		 serial->mode == SERIAL_PASSTHROUGH ? "serial"
		 : serial->mode == SERIAL_UNIX      ? "socket"
						    : "file",
		 id);
	add_value(argv, "-chardev", before, serial->path,
		  serial->mode == SERIAL_UNIX ? ",server=on,wait=off" : "");
	return id;
}

const struct config_serial *qemu_placed_console(const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->serial_count; i++)
		if (!vm->serials[i].is_hvc)
			return &vm->serials[i];
	return NULL;
}

bool qemu_uses_stdio(const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->serial_count; i++)
		if (vm->serials[i].mode == SERIAL_STDIO)
			return true;
	for (size_t i = 0; i < vm->port_count; i++)
		if (vm->ports[i].mode == SERIAL_STDIO)
			return true;
	return !qemu_is_lean(vm); /* its monitor, and its console unless that is placed */
}

bool qemu_logs_console(const struct config_vm *vm)
{
	return !qemu_is_lean(vm) && qemu_placed_console(vm) == NULL;
}

static void add_console(const struct config_vm *vm, struct strv *argv)
{
	const struct config_serial *placed = qemu_placed_console(vm);
	char id[CHARDEV_ID_SIZE];

	if (qemu_uses_stdio(vm)) {
		if (placed != NULL && placed->log != NULL)
			add_value(argv, "-chardev",
				  "stdio,id=stdio,mux=on,signal=off,logfile=", placed->log,
				  ",logappend=on");
		else if (qemu_logs_console(vm))
			add(argv, "-chardev",
			    "stdio,id=stdio,mux=on,signal=off,logfile=/proc/self/fd/%d",
			    QEMU_FD_CONSOLE);
		else
			add(argv, "-chardev", "stdio,id=stdio,mux=on,signal=off");
		add(argv, "-mon", "chardev=stdio,mode=readline");
	}
	if (placed != NULL) {
		const char *chardev = add_chardev(placed, "", id, argv);
		add(argv, "-serial", "chardev:%s", chardev);
	} else if (!qemu_is_lean(vm)) {
		add(argv, "-serial", "chardev:stdio");
	} else {
		add(argv, "-chardev", "socket,id=console,fd=%d", QEMU_FD_CONSOLE);
		add(argv, "-serial", "chardev:console");
	}
}

static void add_port(struct strv *argv, const char *id, int fd, const char *name)
{
	add(argv, "-chardev", "socket,id=%s,fd=%d", id, fd);
	add(argv, "-device", "virtserialport,chardev=%s,name=%s", id, name);
}

static void add_line(struct strv *argv, const char *id, int fd, unsigned io, int irq)
{
	add(argv, "-chardev", "socket,id=%s,fd=%d", id, fd);
	add(argv, "-device", "isa-serial,chardev=%s,iobase=%#x,irq=%d", id, io, irq);
}

/* In the order of their names; ttyS0 is the console. */
static void add_lines(struct strv *argv)
{
	add_line(argv, "report", QEMU_FD_REPORT, SERIAL_REPORT_IO, SERIAL_REPORT_IRQ);
	add_line(argv, "stdout", QEMU_FD_STDOUT, SERIAL_STDOUT_IO, SERIAL_STDOUT_IRQ);
	add_line(argv, "stderr", QEMU_FD_STDERR, SERIAL_STDERR_IO, SERIAL_STDERR_IRQ);
}

/* The report's line, and the memory of the streams. */
static void add_rings(struct strv *argv)
{
	add_line(argv, "report", QEMU_FD_REPORT, SERIAL_REPORT_IO, SERIAL_REPORT_IRQ);
	add(argv, "-object",
	    "memory-backend-file,id=rings,mem-path=/proc/self/fd/%d,size=%uK,share=on",
	    QEMU_FD_WORK, RING_DEVICE_BYTES >> 10);
	add(argv, "-device", "ivshmem-plain,memdev=rings");
}

static void add_virtio_serial(const struct config_vm *vm, const struct qemu_setting *setting,
			      struct strv *argv)
{
	bool any_hvc = vm->serial_count > (qemu_placed_console(vm) != NULL ? 1 : 0);
	char id[CHARDEV_ID_SIZE];

	if (qemu_is_lean(vm) && !any_hvc && vm->port_count == 0 && !setting->use_report)
		return;
	/* A pair of queues a port, and the kernel sets up all that there could be, so no more than
	 * there are (port 0 is a console or nobody's). The guest awaits each write in a loop
	 * (drivers/char/virtio_console.c, __send_to_port): its own thread serves a queue sooner
	 * than another that has to be woken. */
	if (qemu_is_lean(vm))
		add(argv, "-device", "virtio-serial-pci,max_ports=%zu%s",
		    1 + vm->serial_count + vm->port_count +
			(setting->use_report ? (size_t)3 + setting->use_stdin + setting->use_output
					     : 0),
		    vm->transport == TRANSPORT_PCI ? ",ioeventfd=off" : "");
	else
		add(argv, "-device", "virtio-serial-pci");
	for (size_t i = 0; i < vm->serial_count; i++) {
		if (!vm->serials[i].is_hvc)
			continue;
		const char *chardev = add_chardev(&vm->serials[i], "", id, argv);
		add(argv, "-device", "virtconsole,chardev=%s", chardev);
	}
	for (size_t i = 0; i < vm->port_count; i++) {
		const char *chardev = add_chardev(&vm->ports[i], "console.", id, argv);
		add(argv, "-device", "virtserialport,chardev=%s,name=%s", chardev,
		    vm->ports[i].name);
	}
	if (setting->use_report && !setting->app_on_console) {
		add_port(argv, "stdout", QEMU_FD_STDOUT, REPORT_STDOUT_PORT_NAME);
		add_port(argv, "stderr", QEMU_FD_STDERR, REPORT_STDERR_PORT_NAME);
	}
	if (setting->use_report && setting->use_stdin)
		add_port(argv, "stdin", QEMU_FD_STDIN, REPORT_STDIN_PORT_NAME);
	if (setting->use_report && setting->use_output)
		add_port(argv, "output", QEMU_FD_OUTPUT, REPORT_OUTPUT_PORT_NAME);
	/* The last of them: when PID 1 has found it, the others are there (init/report.h). */
	if (setting->use_report)
		add_port(argv, "report", QEMU_FD_REPORT, REPORT_PORT_NAME);
}

/* --- Network --------------------------------------------------------------------------------- */

static void add_user_net(const struct config_net *net, size_t number, struct strv *argv)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		die_out_of_memory();
	fprintf(out, "user,id=net%zu", number);
	for (size_t i = 0; i < net->forward_count; i++) {
		const struct config_forward *forward = &net->forwards[i];
		fprintf(out, ",hostfwd=%s:%s:%u-%s:%u",
			forward->protocol == PROTOCOL_UDP ? "udp" : "tcp", forward->outer_host,
			forward->outer_port, forward->inner_host, forward->inner_port);
	}
	if (fclose(out) != 0)
		die_out_of_memory();
	strv_add(argv, "-netdev");
	strv_add(argv, text);
	free(text);
}

static void add_stream(struct strv *argv, const char *id, bool listens, const char *path)
{
	char before[128];

	snprintf(before, sizeof(before), "stream,id=%s,server=%s,addr.type=unix,addr.path=", id,
		 listens ? "on" : "off");
	add_value(argv, "-netdev", before, path, "");
}

/* One socket is the network; several are joined by a hub. */
static void add_unix_net(const struct config_net *net, size_t number, struct strv *argv)
{
	size_t count = net->listen.count + net->connect.count;
	char id[48];

	for (size_t i = 0; i < count; i++) {
		bool listens = i < net->listen.count;
		const char *path =
		    listens ? net->listen.items[i] : net->connect.items[i - net->listen.count];
		if (count == 1)
			snprintf(id, sizeof(id), "net%zu", number);
		else
			snprintf(id, sizeof(id), "net%zu.%zu", number, i);
		add_stream(argv, id, listens, path);
		if (count > 1)
			add(argv, "-netdev", "hubport,id=hub%s,hubid=%zu,netdev=%s", id, number,
			    id);
	}
	if (count > 1)
		add(argv, "-netdev", "hubport,id=net%zu,hubid=%zu", number, number);
}

static void add_nets(const struct config_vm *vm, const struct qemu_setting *setting,
		     struct strv *argv)
{
	char socket[HELPERS_SOCKET_SIZE], id[32];

	for (size_t i = 0; i < vm->net_count; i++) {
		const struct config_net *net = &vm->nets[i];
		switch (net->mode) {
		case NET_USER:
			add_user_net(net, i, argv);
			break;
		case NET_BRIDGE:
			add(argv, "-netdev", "bridge,id=net%zu,br=%s", i, net->interface);
			break;
		case NET_UNIX:
			add_unix_net(net, i, argv);
			break;
		case NET_TAP:
			add(argv, "-netdev", "tap,id=net%zu,ifname=%s,script=no,downscript=no", i,
			    net->interface);
			break;
		case NET_PASST:
			snprintf(id, sizeof(id), "net%zu", i);
			helpers_socket(setting->run_dir, "passt", i, socket);
			add_stream(argv, id, false, socket);
			break;
		}
		/* A kernel that is handed over needs no program to boot from the network: firmware
		 * runs it for nothing, and an inner system needs no such file. */
		add(argv, "-device", "virtio-net-pci,netdev=net%zu%s%s%s", i,
		    net->mac != NULL ? ",mac=" : "", net->mac != NULL ? net->mac : "",
		    vm->boots_firmware || vm->transport == TRANSPORT_MMIO ? "" : ",romfile=");
	}
}

/* --- Shares and other devices ---------------------------------------------------------------- */

static void add_socket(struct strv *argv, const char *id, const char *path)
{
	char before[64];

	snprintf(before, sizeof(before), "socket,id=%s,path=", id);
	add_value(argv, "-chardev", before, path, "");
}

static void add_shares(const struct config_vm *vm, const struct qemu_setting *setting,
		       struct strv *argv)
{
	char socket[HELPERS_SOCKET_SIZE], id[64], model[64];

	for (size_t i = 0; i < vm->share_count; i++) {
		const struct config_share *share = &vm->shares[i];
		if (share->kind == SHARE_9P) {
			snprintf(id, sizeof(id), "local,id=share%zu,path=", i);
			snprintf(model, sizeof(model), ",security_model=%s%s",
				 share->is_unmapped ? "none" : "mapped-xattr",
				 share->read_only ? ",readonly=on" : "");
			add_value(argv, "-fsdev", id, share->path, model);
			add(argv, "-device", "virtio-9p-pci,fsdev=share%zu,mount_tag=%s", i,
			    share->tag);
			continue;
		}
		snprintf(id, sizeof(id), "share%zu", i);
		helpers_socket(setting->run_dir, "virtiofs", i, socket);
		add_socket(argv, id, socket);
		add(argv, "-device", "vhost-user-fs-pci,chardev=%s,tag=%s", id, share->tag);
	}
}

static void add_gpios(const struct config_vm *vm, const struct qemu_setting *setting,
		      struct strv *argv)
{
	char socket[HELPERS_SOCKET_SIZE];

	for (size_t i = 0; i < vm->gpio_count; i++) {
		const struct config_gpio *gpio = &vm->gpios[i];
		helpers_socket(setting->run_dir, "gpio", i, socket);
		add_socket(argv, gpio->name, gpio->is_external ? gpio->path : socket);
		add(argv, "-device", "vhost-user-gpio-pci,chardev=%s", gpio->name);
	}
}

/* Keyboards and the like; what is no word of ours is a device of the base system. */
static void add_inputs(const struct config_vm *vm, struct strv *argv)
{
	for (size_t i = 0; i < vm->inputs.count; i++) {
		const char *input = vm->inputs.items[i];
		if (input[0] == '/')
			add_value(argv, "-device", "virtio-input-host-pci,evdev=", input, "");
		else
			add(argv, "-device", "virtio-%s-pci", input);
	}
}

static void add_devices(const struct config_vm *vm, const struct qemu_setting *setting,
			struct strv *argv)
{
	char socket[HELPERS_SOCKET_SIZE];

	if (vm->vsock_cid != 0)
		add(argv, "-device", "vhost-vsock-pci,guest-cid=%u", vm->vsock_cid);
	if (vm->tpm) {
		helpers_socket(setting->run_dir, "tpm", 0, socket);
		add_socket(argv, "tpm", socket);
		add(argv, "-tpmdev", "emulator,id=tpm0,chardev=tpm");
		add(argv, "-device", "%s,tpmdev=tpm0",
		    vm->arch == ARCH_X86_64 ? "tpm-crb" : "tpm-tis-device");
	}
	if (vm->gpu)
		add(argv, "-device", "virtio-gpu-pci");
	if (vm->sound != NULL) {
		strv_add(argv, "-audiodev");
		strv_addf(argv, "%s,id=audio", vm->sound);
		add(argv, "-device", "intel-hda");
		add(argv, "-device", "hda-duplex,audiodev=audio");
	}
	add_inputs(vm, argv);
	for (size_t i = 0; i < vm->smbios_oem_strings.count; i++)
		add_value(argv, "-smbios", "type=11,value=", vm->smbios_oem_strings.items[i], "");
}

static void add_rng(const struct config_vm *vm, struct strv *argv)
{
	if (vm->rng == NULL)
		return;
	add_value(argv, "-object", "rng-random,id=rng0,filename=", vm->rng, "");
	add(argv, "-device", "virtio-rng-pci,rng=rng0");
}

/* The device whose memory brings the work. */
static void add_work(const struct qemu_setting *setting, struct strv *argv)
{
	if (setting->state == QEMU_STATE_NONE)
		return;
	add(argv, "-object",
	    "memory-backend-file,id=work,mem-path=/proc/self/fd/%d,size=%lluM,share=%s",
	    QEMU_FD_WORK, WORK_DEVICE_BYTES >> 20,
	    setting->state == QEMU_STATE_SAVE ? "on" : "off");
	/* Not the master of its memory, a machine with this device could not be saved. */
	add(argv, "-device", "ivshmem-plain,memdev=work,master=on");
	if (setting->state == QEMU_STATE_RESUME)
		add(argv, "-incoming", "defer");
}

/* --- Disks ----------------------------------------------------------------------------------- */

static void add_disk(const struct config_disk *disk, struct strv *argv)
{
	static const char *const formats[] = {
	    [DISK_RAW] = "raw", [DISK_QCOW2] = "qcow2", [DISK_VMDK] = "vmdk"};
	char before[160];

	snprintf(before, sizeof(before),
		 "if=none,id=%s,format=%s,read-only=%s%s%s%s,file=", disk->name,
		 formats[disk->format], disk->read_only ? "on" : "off",
		 disk->snapshot ? ",snapshot=on" : "", disk->direct_io ? ",cache.direct=on" : "",
		 disk->sync == SYNC_NONE ? ",cache.no-flush=on" : "");
	add_value(argv, "-drive", before, disk->path, "");
	add(argv, "-device", "virtio-blk-pci,drive=%s%s%s%s", disk->name,
	    disk->serial != NULL ? ",serial=" : "", disk->serial != NULL ? disk->serial : "",
	    disk->sync == SYNC_FULL ? ",write-cache=off" : "");
}

static void add_disks(const struct config_vm *vm, const struct app_image *app, struct strv *argv)
{
	for (size_t i = 0; i < vm->disk_count; i++)
		add_disk(&vm->disks[i], argv);
	if (vm->app == NULL || (app != NULL && app->goes_along))
		return;
	add_value(argv, "-drive", "if=none,id=app,format=raw,read-only=on,file=", vm->app, "");
	add(argv, "-device", "virtio-blk-pci,drive=app,serial=pith-app");
}

/* --- Kernel ---------------------------------------------------------------------------------- */

/* What the guest is to find on the app image's disk. */
static int append_app(char *text, size_t text_size, const struct config_vm *vm,
		      const struct app_image *app)
{
	char offset[24];
	int error;

	snprintf(offset, sizeof(offset), "%" PRIu64, app->verity_offset);
	error = cmdline_append(text, text_size,
			       app->is_verity ? "pith.verity_root" : "pith.app_hash", app->hash);
	if (app->is_verity)
		error |= cmdline_append(text, text_size, "pith.verity_offset", offset);
	if (app->is_verity && vm->app_on_corruption == APP_CORRUPTION_EIO)
		error |= cmdline_append(text, text_size, "pith.verity_on_corruption", "eio");
	return error | cmdline_append(text, text_size, "pith.verify", "require");
}

char *qemu_command_line(const struct config_vm *vm, const struct qemu_setting *setting)
{
	char text[512] = "", device[QEMU_APP_DEVICE_SIZE];
	const char *more = setting->append_more != NULL ? setting->append_more : "";
	char *whole;
	int error = 0;

	if (qemu_is_fitted_out(vm)) {
		error = cmdline_append(text, sizeof(text), "console", qemu_console(vm->arch));
		error |= boot_words_append(text, sizeof(text), vm, setting);
	} else if (vm->on_reset == RESET_ENDS) {
		/* A kernel that panicked waits for ever, unless it is told to reset the machine,
		 * which ends QEMU. Before the words of the configuration: the last "panic=" counts.
		 */
		error = cmdline_append(text, sizeof(text), "panic", "-1");
	}
	if (vm->app != NULL) {
		qemu_app_device(vm, device);
		error |= cmdline_append(
		    text, sizeof(text), "pith.app_device",
		    setting->app != NULL && setting->app->goes_along ? IMAGE_ALONG : device);
		if (setting->app != NULL)
			error |= append_app(text, sizeof(text), vm, setting->app);
		/* With a key only the initramfs may say it (rootfs.c). */
		if (vm->app_root && vm->app_key == NULL)
			error |= cmdline_append(text, sizeof(text), "pith.app_root", "yes");
	}
	if (vm->hostname != NULL)
		error |= cmdline_append(text, sizeof(text), "pith.hostname", vm->hostname);
	if (error != 0)
		abort(); /* the buffer holds twice what these fixed sizes come to */
	if (asprintf(&whole, "%s%s%s%s%s", text, text[0] != '\0' && more[0] != '\0' ? " " : "",
		     more, (text[0] != '\0' || more[0] != '\0') && vm->append[0] != '\0' ? " " : "",
		     vm->append) < 0)
		die_out_of_memory();
	return whole;
}

static void add_kernel(const struct config_vm *vm, const struct qemu_setting *setting,
		       struct strv *argv)
{
	/* QEMU takes these words whole: no comma has a meaning here. */
	if (vm->firmware != NULL) {
		strv_add(argv, "-bios");
		strv_add(argv, vm->firmware);
	}
	if (vm->boots_firmware)
		return;
	strv_add(argv, "-kernel");
	strv_add(argv, setting->kernel);
	if (setting->initrd != NULL) {
		strv_add(argv, "-initrd");
		strv_add(argv, setting->initrd);
	}
	char *command_line = qemu_command_line(vm, setting);
	if (command_line[0] != '\0') {
		strv_add(argv, "-append");
		strv_add(argv, command_line);
	}
	free(command_line);
}

static bool is_device(const struct strv *argv, size_t at, const char *name)
{
	return strcmp(argv->items[at - 1], "-device") == 0 &&
	       strncmp(argv->items[at], name, strlen(name)) == 0;
}

/* The devices NAME from the last to the first. */
static void turn_round(struct strv *argv, const char *name)
{
	for (size_t low = 1, high = argv->count - 1; low < high; low++, high--) {
		char *first;
		while (low < high && !is_device(argv, low, name))
			low++;
		while (low < high && !is_device(argv, high, name))
			high--;
		first = argv->items[low];
		argv->items[low] = argv->items[high];
		argv->items[high] = first;
	}
}

/* QEMU calls what hangs on PCI "NAME-pci" and, on whatever else, "NAME-device". */
static void move_to_mmio(enum config_arch arch, struct strv *argv)
{
	static const char suffix[] = "-pci";

	for (size_t i = 0; i + 1 < argv->count; i++) {
		const char *device = argv->items[i + 1], *comma = strchrnul(device, ',');
		size_t name_size = (size_t)(comma - device), suffix_size = strlen(suffix);
		char *moved;
		if (strcmp(argv->items[i], "-device") != 0 || name_size <= suffix_size ||
		    memcmp(comma - suffix_size, suffix, suffix_size) != 0)
			continue;
		if (asprintf(&moved, "%.*s-device%s", (int)(name_size - suffix_size), device,
			     comma) < 0)
			die_out_of_memory();
		free(argv->items[i + 1]);
		argv->items[i + 1] = moved;
	}
	/* There the kernel finds first what was given last. */
	if (arch == ARCH_AARCH64) {
		turn_round(argv, "virtio-blk-device");
		turn_round(argv, "virtio-net-device");
	}
	/* As the standard has it since 1.0; virtiofs knows no other. */
	strv_add(argv, "-global");
	strv_add(argv, "virtio-mmio.force-legacy=false");
}

void qemu_argv(const struct config_vm *vm, const struct qemu_setting *setting, struct strv *argv)
{
	strv_add(argv, setting->qemu != NULL ? setting->qemu : qemu_program(vm));
	if (qemu_is_lean(vm)) {
		strv_add(argv, "-nodefaults");
		strv_add(argv, "-no-user-config");
	}
	if (vm->on_reset == RESET_ENDS)
		strv_add(argv, "-no-reboot");
	if (qemu_is_lean(vm) && setting->state != QEMU_STATE_SAVE)
		strv_add(argv, "-no-shutdown");
	strv_add(argv, "-display");
	strv_add(argv, vm->display != NULL ? vm->display : "none");
	add_processor(vm, setting, argv);
	add(argv, "-chardev", "socket,id=qmp,fd=%d", QEMU_FD_QMP);
	add(argv, "-mon", "chardev=qmp,mode=control");
	if (!qemu_is_lean(vm))
		add(argv, "-device", "virtio-scsi-pci,id=scsi0");
	add_rng(vm, argv);
	add_console(vm, argv);
	if (vm->transport == TRANSPORT_ISA)
		add_lines(argv);
	else if (setting->use_rings)
		add_rings(argv);
	else
		add_virtio_serial(vm, setting, argv);
	add_nets(vm, setting, argv);
	add_shares(vm, setting, argv);
	add_gpios(vm, setting, argv);
	add_devices(vm, setting, argv);
	add_disks(vm, setting->app, argv);
	if (vm->transport == TRANSPORT_MMIO)
		move_to_mmio(vm->arch, argv);
	add_work(setting, argv);
	/* A state that is resumed has its kernel in it. */
	if (setting->state != QEMU_STATE_RESUME)
		add_kernel(vm, setting, argv);
	for (char *const *word = setting->more_args; word != NULL && *word != NULL; word++)
		strv_add(argv, *word);
	for (size_t i = 0; i < vm->extra_args.count; i++)
		strv_add(argv, vm->extra_args.items[i]);
}

/* --- Sockets --------------------------------------------------------------------------------- */

void qemu_own_sockets(const struct config_vm *vm, struct strv *paths)
{
	for (size_t i = 0; i < vm->net_count; i++)
		for (size_t j = 0; j < vm->nets[i].listen.count; j++)
			strv_add(paths, vm->nets[i].listen.items[j]);
	for (size_t i = 0; i < vm->serial_count; i++)
		if (vm->serials[i].mode == SERIAL_UNIX)
			strv_add(paths, vm->serials[i].path);
	for (size_t i = 0; i < vm->port_count; i++)
		if (vm->ports[i].mode == SERIAL_UNIX)
			strv_add(paths, vm->ports[i].path);
}

void qemu_awaited_sockets(const struct config_vm *vm, const char *run_dir, struct strv *paths)
{
	const struct config_paths standard = {0};
	const struct helpers_setting setting = {.run_dir = run_dir, .cwd = "."};
	struct helpers helpers;

	helpers_list(&standard, vm, &setting, &helpers);
	for (size_t i = 0; i < helpers.count; i++)
		strv_add(paths, helpers.items[i].socket);
	helpers_free(&helpers);
	for (size_t i = 0; i < vm->net_count; i++)
		for (size_t j = 0; j < vm->nets[i].connect.count; j++)
			strv_add(paths, vm->nets[i].connect.items[j]);
	for (size_t i = 0; i < vm->gpio_count; i++)
		if (vm->gpios[i].is_external)
			strv_add(paths, vm->gpios[i].path);
}
