/* SPDX-License-Identifier: Apache-2.0 */
/* command_show.c: pith show: the command lines that a configuration stands for. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "config.h"
#include "crosvm.h"
#include "helpers.h"
#include "message.h"
#include "qemu.h"

static const char help[] =
    "Usage: pith show [--accel tcg|kvm] CONFIG\n"
    "\n"
    "Prints the command line of each process, quoted for a shell, one a line, and runs nothing.\n"
    "Where kvm is \"auto\", --accel says which of the two to show (default: tcg). Descriptors 3 to "
    "9\n"
    "are sockets and files that pith run hands to QEMU. KERNEL stands for pith's default kernel,\n"
    "HASH for the SHA-256 of an app image that is not there yet, TSC_KHZ for the rate of this\n"
    "machine's time-stamp counter, and RUN for the folder of the sockets of helpers, which are\n"
    "shown before the VM that needs them.\n"
    "Exit codes: 0 shown, 2 configuration not valid, or wrong usage.\n";

/* Stands for the folder that pith run makes for the sockets of a VM's helpers. */
#define RUN_DIR "RUN"

static void show_helpers(const struct config *config, const struct config_vm *vm)
{
	const struct helpers_setting setting = {.run_dir = RUN_DIR, .cwd = "."};
	struct helpers helpers;

	helpers_list(&config->paths, vm, &setting, &helpers);
	for (size_t i = 0; i < helpers.count; i++)
		strv_print_quoted(stdout, helpers.items[i].argv.items);
	helpers_free(&helpers);
}

static void show_vm(const struct config_vm *vm, enum qemu_accel accel)
{
	struct app_image app;
	char why[128];
	struct qemu_setting setting = {
	    .accel = vm->kvm == KVM_AUTO ? accel
		     : vm->kvm == KVM_ON ? ACCEL_KVM
					 : ACCEL_TCG,
	    .kernel = vm->kernel != NULL ? vm->kernel : "KERNEL",
	    .initrd = vm->build_initrd ? QEMU_INITRD_PATH : vm->initrd,
	    .run_dir = RUN_DIR,
	    .tsc_khz = "TSC_KHZ",
	    .use_report = qemu_uses_report(vm),
	};
	struct strv argv = {0};

	if (vm->app != NULL) {
		if (app_image_read(vm, &app, why, sizeof(why)) != 0)
			app = (struct app_image){.hash = "HASH"};
		setting.app = &app;
	}
	if (vm->vmm == VMM_CROSVM)
		crosvm_argv(vm, &setting, &argv);
	else
		qemu_argv(vm, &setting, &argv);
	strv_print_quoted(stdout, argv.items);
	strv_free(&argv);
}

static void show_process(const struct config *config, const struct config_process *process,
			 enum qemu_accel accel)
{
	struct strv shell = {0};

	if (process->type == PROCESS_VM) {
		show_helpers(config, &process->vm);
		show_vm(&process->vm, accel);
		return;
	}
	if (process->command == NULL) {
		strv_print_quoted(stdout, process->argv.items);
		return;
	}
	strv_add(&shell, "/bin/sh");
	strv_add(&shell, "-c");
	strv_add(&shell, process->command);
	strv_print_quoted(stdout, shell.items);
	strv_free(&shell);
}

int command_show(int argc, char **argv)
{
	struct config *config = NULL;
	struct config_errors errors = {0};
	enum qemu_accel accel = ACCEL_TCG;
	bool usable = true;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	if (argc >= 4 && strcmp(argv[1], "--accel") == 0) {
		accel = strcmp(argv[2], "kvm") == 0 ? ACCEL_KVM : ACCEL_TCG;
		usable = accel == ACCEL_KVM || strcmp(argv[2], "tcg") == 0;
		argc -= 2;
		argv += 2;
	}
	bool is_operand = command_ends_options(&argc, &argv);
	if (!usable || argc != 2 || (argv[1][0] == '-' && !is_operand)) {
		say_error("show: usage: pith show [--accel tcg|kvm] CONFIG");
		return 2;
	}
	if (config_load(argv[1], &config, &errors) != 0) {
		for (size_t i = 0; i < errors.messages.count; i++)
			say_error("%s", errors.messages.items[i]);
		config_errors_free(&errors);
		return 2;
	}
	for (size_t i = 0; i < config->process_count; i++)
		show_process(config, &config->processes[i], accel);
	config_free(config);
	return 0;
}
