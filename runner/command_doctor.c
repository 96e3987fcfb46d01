/* SPDX-License-Identifier: Apache-2.0 */
/* command_doctor.c: pith doctor: what this machine has of what virtual machines need. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accel.h"
#include "command.h"
#include "config.h"
#include "helpers.h"
#include "interrupt.h"
#include "kernel.h"
#include "kernel_config.h"
#include "kernel_image.h"
#include "message.h"
#include "modules.h"
#include "rootfs.h"
#include "tool.h"
#include "vm_start.h"

static const char help[] =
    "Usage: pith doctor [CONFIG]\n"
    "\n"
    "Looks at this machine: QEMU, KVM, kernel and modules, tools; with a configuration, at what "
    "its\n"
    "virtual machines need. One line each: ok, note (missing, but nothing here needs it) or FAIL,\n"
    "with the remedy.\n"
    "Exit codes: 0 nothing failed, 1 something did, 2 configuration not valid, or wrong usage.\n";

enum finding { OK, NOTE, FAIL };
static bool failed;

__attribute__((format(printf, 2, 3))) static void tell(enum finding finding, const char *format,
						       ...)
{
	static const char *const words[] = {"ok  ", "note", "FAIL"};
	va_list args;

	failed |= finding == FAIL;
	printf("%s  ", words[finding]);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* --- Programs ----------------------------------------------------------------------------------
 */

static bool is_in_path(const char *name)
{
	const char *path = getenv("PATH");
	char all[PATH_MAX], file[PATH_MAX];

	if (strchr(name, '/') != NULL)
		return access(name, X_OK) == 0;
	snprintf(all, sizeof(all), "%s:" HELPERS_MORE_PATH, path == NULL ? "/usr/bin:/bin" : path);
	char *rest = all;
	for (char *folder; (folder = strsep(&rest, ":")) != NULL;) {
		int size = snprintf(file, sizeof(file), "%s/%s", folder, name);
		if (size < (int)sizeof(file) && access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static void look_at_qemu(const struct config_vm *vm)
{
	static const char *const packages[ARCH_COUNT] = {"qemu-system-x86", "qemu-system-arm",
							 "qemu-system-misc"};
	char name[64], version[512], *words[3];
	char option[] = "--version";
	ssize_t size;

	snprintf(name, sizeof(name), "qemu-system-%s", config_arch_name(vm->arch));
	words[0] = vm->qemu != NULL ? vm->qemu : name;
	words[1] = option;
	words[2] = NULL;
	if (!is_in_path(words[0])) {
		tell(FAIL, "%s: not there; apt-get install %s", words[0], packages[vm->arch]);
		return;
	}
	size = tool_read(words, -1, packages[vm->arch], version, sizeof(version) - 1);
	if (size < 0) {
		tell(FAIL, "%s: it does not run", words[0]);
		return;
	}
	version[size] = '\0';
	version[strcspn(version, "\n")] = '\0';
	tell(OK, "%s: %s", words[0], version);
}

static bool has_share(const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->share_count; i++)
		if (vm->shares[i].kind == SHARE_VIRTIOFS)
			return true;
	return false;
}

static bool has_passt(const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->net_count; i++)
		if (vm->nets[i].mode == NET_PASST)
			return true;
	return false;
}

static bool has_tpm(const struct config_vm *vm)
{
	return vm->tpm;
}

static const struct {
	const char *name, *package, *purpose;
	bool (*is_needed)(const struct config_vm *vm); /* NULL: never by a configuration */
} tools[] = {
    {"mksquashfs", "squashfs-tools", "pith image build", NULL},
    {"virtiofsd", "virtiofsd (or qemu-system-common)", "virtiofs shares", has_share},
    {"passt", "passt", "networks of mode \"passt\"", has_passt},
    {"swtpm", "swtpm", "tpm = true", has_tpm},
};

static void look_at_tools(const struct config *config)
{
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		bool needed = false;
		for (size_t j = 0; config != NULL && j < config->process_count; j++)
			needed |= config->processes[j].type == PROCESS_VM &&
				  tools[i].is_needed != NULL &&
				  tools[i].is_needed(&config->processes[j].vm);
		if (is_in_path(tools[i].name))
			tell(OK, "%s, for %s", tools[i].name, tools[i].purpose);
		else
			tell(needed ? FAIL : NOTE, "%s: not there; for %s: apt-get install %s",
			     tools[i].name, tools[i].purpose, tools[i].package);
	}
}

/* --- Accelerator, kernel -----------------------------------------------------------------------
 */

static void look_at_kvm(const struct config_vm *vm)
{
	enum qemu_accel accel;
	char reason[256];

	if (accel_choose(vm->kvm, vm->arch, &accel, reason, sizeof(reason)) < 0)
		tell(FAIL, "kvm = true: %s; kvm = \"auto\" would emulate", reason);
	else
		tell(accel == ACCEL_KVM ? OK : NOTE, "accelerator: %s", reason);
}

static void look_at_kernel_config(const char *image, const struct config_vm *vm, unsigned needs)
{
	struct strv missing = {0};
	char path[PATH_MAX];
	int result = kernel_config_missing(image, needs, vm->tpm, path, &missing);
	unsigned cpus = kernel_config_cpus(image);

	if (cpus != 0 && vm->cpus > cpus)
		strv_addf(&missing, "CONFIG_NR_CPUS is %u, for cpus = %u", cpus, vm->cpus);

	if (result < 0)
		tell(NOTE, "kernel configuration %s: %s; what it has built in is not known", path,
		     strerror(-result));
	else if (missing.count == 0)
		tell(OK, "kernel configuration %s has what is needed", path);
	for (size_t i = 0; i < missing.count; i++)
		tell(FAIL, "%s: %s; build a kernel from kconfig/, or take a generic one", path,
		     missing.items[i]);
	strv_free(&missing);
}

static void look_at_modules(const char *folder, unsigned needs)
{
	struct strv names = {0}, files = {0};
	const char *missing = NULL;

	rootfs_module_names(needs, &names);
	int result = modules_resolve(folder, (const char *const *)names.items, names.count, &files,
				     &missing);
	if (result < 0)
		tell(FAIL, "modules in %s: %s%s%s", folder, strerror(-result),
		     missing == NULL ? "" : ": ", missing == NULL ? "" : missing);
	else
		tell(OK, "%zu modules to load, from %s", files.count, folder);
	strv_free(&names);
	strv_free(&files);
}

static void look_at_kernel_arch(const char *image, enum config_arch wanted)
{
	const char *arch;

	if (kernel_image_is_foreign(image, wanted, &arch))
		tell(FAIL, "kernel %s: it is for %s; the machine is %s", image, arch,
		     config_arch_name(wanted));
}

static void look_at_kernel(const struct config_vm *vm, unsigned needs)
{
	struct kernel kernel;

	if (vm->kernel != NULL) {
		if (access(vm->kernel, R_OK) < 0)
			tell(FAIL, "kernel %s: %s", vm->kernel, strerror(errno));
		else
			look_at_kernel_config(vm->kernel, vm, needs);
		look_at_kernel_arch(vm->kernel, vm->arch);
		return;
	}
	if (kernel_find_default(vm->arch, &kernel) < 0) {
		tell(FAIL, "kernel for %s: scripts/fetch-kernel %s fetches one",
		     config_arch_name(vm->arch), config_arch_name(vm->arch));
		return;
	}
	if (kernel.release[0] != '\0')
		tell(OK, "kernel %s, %s", kernel.release, kernel.image);
	else
		tell(OK, "kernel %s; its release is not known: no file 'release' beside it",
		     kernel.image);
	look_at_kernel_arch(kernel.image, vm->arch);
	look_at_kernel_config(kernel.image, vm, needs);
	if (kernel.modules != NULL)
		look_at_modules(kernel.modules, needs);
	kernel_free(&kernel);
}

static void look_at_vm(const struct config_vm *vm, unsigned needs)
{
	look_at_qemu(vm);
	look_at_kvm(vm);
	if (!vm->boots_firmware)
		look_at_kernel(vm, needs);
	if (!vm->build_initrd)
		return;
	char *init = kernel_find_program(vm->arch, "pith-init");
	if (init == NULL)
		tell(FAIL, "pith-init for %s: make ARCH=%s builds it", config_arch_name(vm->arch),
		     config_arch_name(vm->arch));
	else
		tell(OK, "%s", init);
	free(init);
}

static void look_at_config(const struct config *config)
{
	for (size_t i = 0; i < config->process_count; i++) {
		const struct config_vm *vm = &config->processes[i].vm;
		if (config->processes[i].type != PROCESS_VM)
			continue;
		printf("%s:\n", config->processes[i].name);
		if (vm->app != NULL && access(vm->app, R_OK) < 0)
			tell(FAIL, "app image %s: %s", vm->app, strerror(errno));
		look_at_vm(vm, vm_start_needs(vm));
	}
}

int command_doctor(int argc, char **argv)
{
	/* What a VM with an app image needs: the most common one. */
	const struct config_vm standard = {.arch = config_host_arch(), .build_initrd = true};
	struct config *config = NULL;
	struct config_errors errors = {0};

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	bool is_operand = command_ends_options(&argc, &argv);
	if (argc > 2 || (argc == 2 && argv[1][0] == '-' && !is_operand)) {
		say_error("doctor: usage: pith doctor [CONFIG]");
		return 2;
	}
	if (argc == 2 && config_load(argv[1], &config, &errors) != 0) {
		for (size_t i = 0; i < errors.messages.count; i++)
			say_error("%s", errors.messages.items[i]);
		config_errors_free(&errors);
		return 2;
	}
	interrupt_catch();
	if (config != NULL)
		look_at_config(config);
	else
		look_at_vm(&standard, ROOTFS_REPORT | ROOTFS_DISK | ROOTFS_SQUASHFS);
	look_at_tools(config);
	if (config != NULL)
		config_free(config);
	interrupt_end();
	return failed ? 1 : 0;
}
