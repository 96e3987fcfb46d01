/* SPDX-License-Identifier: Apache-2.0 */
/* command_vm.c: pith vm: a virtual machine from the command line alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "events.h"
#include "exec_plan.h"
#include "guard.h"
#include "message.h"
#include "qemu.h"
#include "summary.h"
#include "supervise.h"
#include "terminal.h"
#include "vm_line.h"

static const char help[] =
    "Usage: pith vm [OPTIONS]\n"
    "\n"
    "Runs one virtual machine, its console on this terminal. Without --kernel, pith's default\n"
    "kernel runs a shell. Ctrl-A x ends it, Ctrl-A c is QEMU's monitor.\n"
    "\n"
    "  --kernel path=FILE[,cmdline=WORDS]  kernel, and its whole command line (default: the\n"
    "                                      console, and an end at a panic); kernel_load_addr=N is\n"
    "                                      taken for the reference VMM's sake, and not used\n"
    "  --initrd path=FILE                  initramfs\n"
    "  --memory size_mib=N                 memory (default: 256)\n"
    "  --vcpu num=N, --vcpus num=N         processors (default: 1)\n"
    "  --mem N, --cpus N                   the same in crosvm's words\n"
    "  --log FILE                          append what the console says to FILE, too\n"
    "  --block path=FILE[,read_only=yes]   raw disk: /dev/vda, ... *\n"
    "  --net tap=NAME                      network interface on a tap device *\n"
    "  -v, --verbose                       say more\n"
    "  --dry-run                           print the command line, run nothing\n"
    "  -h, --help                          this text\n"
    "\n"
    "  * may be repeated\n"
    "\n"
    "A value with commas stands in double quotes: 'cmdline=\"console=ttyS0,115200 quiet\"'.\n"
    "Exit codes: of pith run; 2 wrong usage.\n";

/* What the shell's VM and a given kernel's have in common. */
static void add_machine(const struct vm_line *line, struct config_serial *console,
			struct config_vm *vm)
{
	static char names[][4] = {"vda", "vdb", "vdc", "vdd", "vde", "vdf", "vdg", "vdh", "vdi",
				  "vdj", "vdk", "vdl", "vdm", "vdn", "vdo", "vdp", "vdq", "vdr",
				  "vds", "vdt", "vdu", "vdv", "vdw", "vdx", "vdy", "vdz"};

	*console = (struct config_serial){.mode = SERIAL_STDIO, .log = line->log};
	vm->serials = console;
	vm->serial_count = 1;
	vm->ram_mb = line->memory_mib;
	vm->cpus = line->vcpus;
	vm->disks = line->disks;
	vm->disk_count = line->disk_count;
	for (size_t i = 0; i < line->disk_count; i++)
		vm->disks[i].name = names[i];
	vm->nets = line->nets;
	vm->net_count = line->net_count;
}

static int run(const struct config *config, const struct vm_addition *addition)
{
	const struct supervise_options options = {.addition = addition};
	struct supervise_result result;
	int exit_code;

	terminal_save();
	events_init();
	guard_start();
	exit_code = supervise_run(config, &options, &result);
	summary_run(&result);
	supervise_free(&result);
	return exit_code;
}

static int run_kernel(const struct vm_line *line)
{
	struct config_serial console;
	struct config_process process = {.type = PROCESS_VM, .name = (char[]){"vm"}};
	struct config config = {.mode = CONFIG_MANAGE, .processes = &process, .process_count = 1};
	struct config_vm *vm = &process.vm;
	char append[64];

	vm->arch = config_host_arch();
	vm->lean = true;
	vm->kernel = line->kernel;
	vm->initrd = line->initrd;
	snprintf(append, sizeof(append), "console=%s panic=-1", qemu_console(vm->arch));
	vm->append = line->cmdline != NULL ? line->cmdline : append;
	add_machine(line, &console, vm);
	if (line->dry_run) {
		const struct qemu_setting setting = {.kernel = vm->kernel, .initrd = vm->initrd};
		struct strv argv = {0};
		qemu_argv(vm, &setting, &argv);
		strv_print_quoted(stdout, argv.items);
		strv_free(&argv);
		return 0;
	}
	return run(&config, NULL);
}

/* busybox brings the commands that a shell alone has not. */
static int run_shell(const struct vm_line *line)
{
	static char busybox[] = "/bin/busybox", shell[] = "/bin/sh", sh[] = "sh";
	char *busybox_words[] = {busybox, sh, NULL}, *shell_words[] = {shell, NULL};
	bool has_busybox = access(busybox, X_OK) == 0;
	struct exec_plan plan = {0};
	struct exec_options options;
	struct config_serial console;
	struct outcome failure;
	int exit_code = 0;

	exec_options_defaults(&options);
	options.cwd = strdup("/");
	if (options.cwd == NULL)
		die_out_of_memory();
	options.argv = has_busybox ? busybox_words : shell_words;
	options.argc = has_busybox ? 2 : 1;
	if (exec_plan_make(&plan, &options, &failure) != 0) {
		say_error("vm: %s", failure.message);
		exit_code = outcome_exit_code(&failure);
	} else {
		add_machine(line, &console, &plan.process.vm);
		plan.addition.use_stdin = false;
		plan.addition.app_on_console = true;
		if (line->dry_run)
			exec_plan_print(&plan, stdout);
		else
			exit_code = run(&plan.config, &plan.addition);
		plan.process.vm.disks = NULL; /* of LINE */
		plan.process.vm.disk_count = 0;
	}
	exec_plan_free(&plan);
	exec_options_free(&options);
	return exit_code;
}

int command_vm(int argc, char **argv)
{
	struct vm_line line;
	struct vm_line_error error;
	int exit_code = 2;

	if (vm_line_parse(argv + 1, (size_t)argc - 1, &line, &error) != 0) {
		say_error("vm: %s; see pith vm --help", error.message);
	} else if (line.kernel == NULL && line.initrd != NULL) {
		say_error("vm: --initrd without --kernel; see pith vm --help");
	} else if (line.help) {
		fputs(help, stdout);
		exit_code = 0;
	} else {
		message_verbose = line.verbose;
		exit_code = line.kernel != NULL ? run_kernel(&line) : run_shell(&line);
	}
	vm_line_free(&line);
	return exit_code;
}
