/* SPDX-License-Identifier: Apache-2.0 */
/* exec_plan.c: from the options of pith exec to a virtual machine.
 *
 * 1. Root, sysroot and working directory: what the guest's files are looked up in.
 * 2. exec_program.c: find BINARY as a shell would, and gather the files: what --add names, then the
 *    program, its loader and libraries (or its interpreter with theirs), each at the path it has
 *    here.
 * 3. exec_records.c: write the records for PID 1: argument vector, environment, working directory.
 * 4. exec_machine.c: describe the machine: architecture by the ELF header, memory by what the guest
 *    holds, kernel, devices. */
#include "exec_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "accel.h"
#include "exec_failure.h"
#include "exec_machine.h"
#include "exec_program.h"
#include "exec_records.h"
#include "kernel.h"
#include "kernel_config.h"
#include "message.h"
#include "path.h"
#include "terminal.h"
#include "text.h"
#include "vm_rings.h"
#include "vm_warm.h"

static int choose_root(struct exec_plan *plan, const struct exec_options *options,
		       struct outcome *failure)
{
	if (exec_root_open(&plan->root, options->rootfs, failure) != 0)
		return -1;
	plan->files.is_cover = true;
	if (plan->root.image == NULL)
		plan->files.root = plan->root.folder;
	return 0;
}

static int choose_sysroot(struct exec_plan *plan, const struct exec_options *options,
			  struct outcome *failure)
{
	struct stat status;

	if (options->rootfs != NULL)
		return exec_failure_setup(
		    failure, options->sysroot,
		    "--sysroot with --rootfs, which brings its own libraries");
	plan->sysroot = realpath(options->sysroot, NULL);
	if (plan->sysroot == NULL || stat(plan->sysroot, &status) != 0)
		return exec_failure_setup(failure, options->sysroot, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return exec_failure_setup(failure, options->sysroot, strerror(ENOTDIR));
	plan->files.root = plan->sysroot;
	return 0;
}

/* In a tree that is given the folders are what they are. */
static int choose_cwd_in_root(const struct exec_plan *plan, const struct exec_options *options,
			      char **cwd, struct outcome *failure)
{
	*cwd = plan->root.image != NULL && options->cwd == NULL
		   ? text_copy("/")
		   : path_clean(options->cwd != NULL ? options->cwd : ".");
	if (plan->root.image != NULL || exec_root_has_folder(plan->root.folder, *cwd))
		return 0;
	if (options->cwd != NULL)
		return exec_failure_setup(failure, options->cwd, "--rootfs has no such folder");
	strcpy(*cwd, "/");
	return 0;
}

/* The folder that --cwd names, or the one here; where that cannot be in the guest, its root. */
static int choose_cwd(struct exec_plan *plan, const struct exec_options *options, char **cwd,
		      struct outcome *failure)
{
	if (options->cwd != NULL && options->cwd[0] != '/')
		return exec_failure_setup(failure, options->cwd, "--cwd is not an absolute path");
	if (options->rootfs != NULL)
		return choose_cwd_in_root(plan, options, cwd, failure);
	*cwd = path_clean(options->cwd != NULL ? options->cwd : ".");
	if (exec_files_folder(&plan->files, *cwd) == 0)
		return 0;
	if (options->cwd != NULL)
		return exec_failure_files(&plan->files, failure);
	strcpy(*cwd, "/");
	return 0;
}

static int make(struct exec_plan *plan, const struct exec_options *options,
		const struct strv *environment, struct outcome *failure)
{
	char *cwd = NULL;
	int result;

	if ((options->rootfs != NULL && choose_root(plan, options, failure) != 0) ||
	    (options->sysroot != NULL && choose_sysroot(plan, options, failure) != 0))
		return -1;
	if (choose_cwd(plan, options, &cwd, failure) != 0) {
		free(cwd);
		return -1;
	}
	result = exec_program_find(plan, options->argv[0], cwd, failure);
	if (result == 0)
		result = exec_program_gather(plan, options, environment, failure);
	if (result == 0)
		result = exec_records_write(plan, options, environment, cwd, failure);
	if (result == 0)
		result = exec_machine_describe(plan, options, failure);
	free(cwd);
	return result;
}

/* A closed input, /dev/null and a terminal that others have in the foreground are no input. */
static bool has_stdin(void)
{
	struct stat status;
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || fstat(STDIN_FILENO, &status) != 0)
		return false;
	if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
		return false;
	return !S_ISDIR(status.st_mode) && (!terminal_is_there() || terminal_is_ours());
}

int exec_plan_make(struct exec_plan *plan, const struct exec_options *options,
		   struct outcome *failure)
{
	const char *slash = strrchr(options->argv[0], '/');
	struct strv environment = {0};
	int result;

	plan->files.root = "";
	plan->process.type = PROCESS_VM;
	plan->process.name = text_copy(options->name != NULL ? options->name
				       : slash == NULL       ? options->argv[0]
							     : slash + 1);
	plan->config =
	    (struct config){.mode = CONFIG_MANAGE, .processes = &plan->process, .process_count = 1};
	exec_records_environment(options, &environment);
	result = make(plan, options, &environment, failure);
	strv_free(&environment);
	plan->addition = (struct vm_addition){
	    .modules = plan->modules,
	    .module_names = &options->module_names,
	    .files = plan->files.items,
	    .file_count = plan->files.count,
	    .files_bytes = plan->files.size_bytes,
	    .records = plan->records.bytes,
	    .records_size = plan->records.size,
	    .qemu_args = &options->qemu_args,
	    .use_stdin = has_stdin(),
	    .ends_without_reader = true,
	    .use_outputs = plan->output_count > 0,
	    .files_over_root = options->rootfs != NULL,
	    .needs = options->rootfs != NULL ? ROOTFS_OVERLAY | plan->root.need : 0,
	    .warm = options->warm != EXEC_WARM_OFF,
	    .says_cold = options->warm == EXEC_WARM_ON,
	    .may_use_rings = options->transport == TRANSPORT_AUTO && !options->standalone,
	};
	return result;
}

void exec_plan_free(struct exec_plan *plan)
{
	exec_machine_free(&plan->process.vm);
	for (size_t i = 0; i < plan->output_count; i++) {
		free(plan->outputs[i].guest);
		free(plan->outputs[i].host);
	}
	free(plan->outputs);
	free(plan->process.name);
	free(plan->program);
	free(plan->modules);
	strv_free(&plan->added);
	strv_free(&plan->cached);
	exec_root_free(&plan->root);
	free(plan->sysroot);
	bulk_free(&plan->records);
	exec_files_free(&plan->files);
	*plan = (struct exec_plan){0};
}

/* --- For --dry-run -----------------------------------------------------------------------------
 */

static void print_file(const struct rootfs_file *file, FILE *out)
{
	struct strv words = {0};

	strv_add(&words, S_ISDIR(file->mode) ? "folder" : S_ISLNK(file->mode) ? "link" : "file");
	strv_addf(&words, "%04o", file->mode & 07777);
	strv_addf(&words, "/%s", file->path);
	if (file->source != NULL)
		strv_add(&words, file->source);
	strv_print_quoted(out, words.items);
	strv_free(&words);
}

/* As a run decides (vm_start.c): what is resumed has ports. */
static bool uses_rings(const struct exec_plan *plan, enum qemu_accel accel, const char *kernel)
{
	const struct config_vm *vm = &plan->process.vm;

	if (vm->transport == TRANSPORT_SHM)
		return true;
	if (plan->addition.warm && vm_warm_refusal(vm, &plan->addition, accel) == NULL)
		return false;
	return vm_rings_refusal(vm, &plan->addition, accel) == NULL &&
	       kernel_config_prefers_rings(kernel);
}

void exec_plan_print(const struct exec_plan *plan, FILE *out)
{
	const struct config_vm *vm = &plan->process.vm;
	struct kernel found = {0};
	const char *kernel = vm->kernel;
	enum qemu_accel accel;
	char reason[256];

	if (accel_choose(vm->kvm, vm->arch, &accel, reason, sizeof(reason)) != 0)
		accel = ACCEL_KVM; /* which was demanded, and will be missed */
	if (kernel == NULL)
		kernel = kernel_look_for_default(vm->arch, &found) == 0 ? found.image : "KERNEL";
	struct qemu_setting setting = {
	    .accel = accel,
	    .kernel = kernel,
	    .initrd = QEMU_INITRD_PATH,
	    .tsc_khz = "TSC_KHZ",
	    .verbose = message_verbose,
	    .use_report = true,
	    .use_stdin = plan->addition.use_stdin,
	    .use_output = plan->addition.use_outputs,
	    .app_on_console = plan->addition.app_on_console,
	    .use_rings = uses_rings(plan, accel, kernel),
	    .more_args = plan->addition.qemu_args->items,
	};
	struct strv argv = {0};

	qemu_argv(vm, &setting, &argv);
	strv_print_quoted(out, argv.items);
	strv_free(&argv);
	kernel_free(&found);
	for (size_t i = 0; i < plan->files.count; i++)
		print_file(&plan->files.items[i], out);
	for (size_t at = 0; at < plan->records.size; at += strlen(plan->records.bytes + at) + 1) {
		struct strv words = {0};
		strv_add(&words, "record");
		strv_add(&words, plan->records.bytes + at);
		strv_print_quoted(out, words.items);
		strv_free(&words);
	}
}
