/* SPDX-License-Identifier: Apache-2.0 */
/* vm_start.c: from a VM's configuration to a running QEMU. */
#include "vm_start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accel.h"
#include "attest_key.h"
#include "bulk.h"
#include "events.h"
#include "input_file.h"
#include "kernel.h"
#include "kernel_config.h"
#include "kernel_image.h"
#include "message.h"
#include "public_key.h"
#include "qemu_version.h"
#include "ready.h"
#include "rootfs.h"
#include "spawn.h"
#include "terminal.h"
#include "tsc.h"
#include "vm_early.h"
#include "vm_memory.h"
#include "vm_prepare.h"
#include "vm_rings.h"
#include "vm_warm.h"

#define COMMAND_LINE_MAX 2047 /* COMMAND_LINE_SIZE of x86 and arm64, less the NUL */
#define BOOT_TIMEOUT_MS 60000
#define EMULATION_FACTOR 4

int *vm_prepare_end(struct vm_preparation *preparation, enum qemu_fd number)
{
	return &preparation->fds[number - SPAWN_FIRST_FD];
}

static int make_channel(struct vm_preparation *preparation, enum qemu_fd number, int *ours)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	*ours = ends[0];
	*vm_prepare_end(preparation, number) = ends[1];
	return 0;
}

/* Into one direction, which QEMU can open by its name in /proc. */
static int make_pipe(int *ours, int *theirs)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	*ours = ends[0];
	*theirs = ends[1];
	return 0;
}

static int make_console(const struct vm *vm, struct vm_preparation *preparation, int *ours)
{
	if (qemu_logs_console(&vm->process->vm))
		return make_pipe(ours, vm_prepare_end(preparation, QEMU_FD_CONSOLE));
	return make_channel(preparation, QEMU_FD_CONSOLE, ours);
}

int vm_prepare_channels(const struct vm *vm, const struct vm_addition *addition,
			struct vm_preparation *preparation, struct vm_start_fds *fds)
{
	const bool all = preparation->state != QEMU_STATE_NONE;
	const bool serial = vm->process->vm.transport == TRANSPORT_ISA; /* one for several */
	const bool ports = !serial && !vm->uses_rings;
	int result;

	if ((result = make_channel(preparation, QEMU_FD_QMP, &fds->qmp)) < 0 ||
	    (result = make_console(vm, preparation, &fds->console)) < 0)
		return result;
	if (vm->uses_report &&
	    (result = make_channel(preparation, QEMU_FD_REPORT, &fds->report)) < 0)
		return result;
	if (vm->uses_report && !vm->uses_rings &&
	    ((result = make_channel(preparation, QEMU_FD_STDOUT, &fds->out)) < 0 ||
	     (result = make_channel(preparation, QEMU_FD_STDERR, &fds->err)) < 0))
		return result;
	if (ports && (addition->use_stdin || all) &&
	    (result = make_channel(preparation, QEMU_FD_STDIN, &fds->in)) < 0)
		return result;
	if (ports && (addition->use_outputs || all) &&
	    (result = make_channel(preparation, QEMU_FD_OUTPUT, &fds->files)) < 0)
		return result;
	if ((result = make_pipe(&fds->vmm_stderr, &preparation->stderr_fd)) < 0)
		return result;
	preparation->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return preparation->null_fd < 0 ? -errno : 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void vm_prepare_close_ours(struct vm_start_fds *fds)
{
	close_fd(&fds->qmp);
	close_fd(&fds->report);
	close_fd(&fds->out);
	close_fd(&fds->err);
	close_fd(&fds->in);
	close_fd(&fds->files);
	close_fd(&fds->console);
	close_fd(&fds->vmm_stderr);
}

void vm_prepare_close_ends(struct vm_preparation *preparation)
{
	for (size_t i = 0; i < sizeof(preparation->fds) / sizeof(preparation->fds[0]); i++)
		close_fd(&preparation->fds[i]);
	close_fd(&preparation->null_fd);
	close_fd(&preparation->stderr_fd);
}

static void let_go(struct vm_preparation *preparation)
{
	vm_prepare_close_ends(preparation);
	kernel_free(&preparation->kernel);
}

/* A kernel that the configuration names brings its modules in the folder "modules" beside it, as
 * pith's own kernels do; without that folder, everything it needs must be built in. */
static void find_modules_beside(struct kernel *kernel, const char *image)
{
	const char *slash = strrchr(image, '/');
	char path[PATH_MAX];
	struct stat status;

	if (slash == NULL || snprintf(path, sizeof(path), "%.*s/modules", (int)(slash - image),
				      image) >= (int)sizeof(path))
		return;
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) /* /etc/modules is a file */
		kernel->modules = realpath(path, NULL);
}

/* What QEMU says of these is about its option, or about another file. Returns 0 or an errno. */
static int check_file(const char *path)
{
	struct stat status;

	if (access(path, R_OK) < 0 || stat(path, &status) < 0)
		return errno;
	if (S_ISREG(status.st_mode) && status.st_size > 0)
		return 0;
	return S_ISDIR(status.st_mode) ? EISDIR : S_ISREG(status.st_mode) ? ENOEXEC : EMEDIUMTYPE;
}

/* QEMU says of such a kernel that it is none, or runs it. */
static int refuse_foreign(const struct config_vm *config, const char *image,
			  struct outcome *failure)
{
	const char *arch;

	if (!kernel_image_is_foreign(image, config->arch, &arch))
		return 0;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0,
		    "kernel %s: it is for %s; the machine is %s", image, arch,
		    config_arch_name(config->arch));
	return -ENOEXEC;
}

static int find_kernel(struct vm *vm, const struct vm_addition *addition, struct kernel *kernel,
		       struct outcome *failure)
{
	const struct config_vm *config = &vm->process->vm;

	if (config->kernel == NULL) {
		int result = kernel_find_default(config->arch, kernel);
		if (result < 0)
			outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "no kernel for %s",
				    config_arch_name(config->arch));
		else
			snprintf(vm->kernel_release, sizeof(vm->kernel_release), "%s",
				 kernel->release);
		if (result == 0 && config->tpm)
			kernel_use_compressed(kernel);
		return result == 0 ? refuse_foreign(config, kernel->image, failure) : result;
	}
	int error = check_file(config->kernel);
	if (error != 0) {
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "kernel %s: %s", config->kernel,
			    input_file_error(error));
		return -error;
	}
	if (addition->modules == NULL)
		find_modules_beside(kernel, config->kernel);
	return refuse_foreign(config, config->kernel, failure);
}

static int refuse_fifo(const char *what, const char *path, struct outcome *failure)
{
	struct stat status;

	if (path == NULL || stat(path, &status) < 0 || !S_ISFIFO(status.st_mode))
		return 0;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "%s %s: %s", what, path,
		    input_file_error(EMEDIUMTYPE));
	return -EMEDIUMTYPE;
}

/* QEMU would wait for its other end, and listen to nobody meanwhile. */
static int refuse_fifos(const struct config_vm *config, struct outcome *failure)
{
	int result = refuse_fifo("initrd", config->initrd, failure);

	if (result == 0)
		result = refuse_fifo("firmware", config->firmware, failure);
	for (size_t i = 0; i < config->disk_count && result == 0; i++)
		result = refuse_fifo(config->disks[i].name, config->disks[i].path, failure);
	return result;
}

static int look_at_app(struct vm *vm, const struct kernel *kernel, struct outcome *failure)
{
	const struct config_vm *config = &vm->process->vm;
	char why[128];
	int result;

	if (config->app == NULL)
		return 0;
	result = app_image_read(config, &vm->app, why, sizeof(why));
	if (result == 0)
		result = app_image_check_size(config->app, why, sizeof(why));
	if (result < 0)
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "app image %s: %s", config->app,
			    why);
	else
		say_verbose("%s: app %s, %s %s", vm->process->name, config->app,
			    vm->app.is_verity ? "root hash" : "sha256", vm->app.hash);
	vm->app.goes_along = result == 0 && app_image_goes_along(config, kernel);
	return result;
}

unsigned vm_start_needs(const struct config_vm *config)
{
	unsigned all = 0;

	if (config->transport == TRANSPORT_ISA || config->transport == TRANSPORT_SHM)
		return ROOTFS_NO_VIRTIO; /* what has a console on a serial line has its driver */
	if (qemu_uses_report(config) || config->serial_count > 0 || config->port_count > 0)
		all |= ROOTFS_REPORT;
	if (config->disk_count > 0)
		all |= ROOTFS_DISK | ROOTFS_EXT4;
	if (config->app != NULL)
		all |= ROOTFS_DISK | rootfs_image_need(config->app);
	if (config->app_key != NULL)
		all |= ROOTFS_SIGNED | ROOTFS_VERITY;
	else if (app_image_has_tree(config))
		all |= ROOTFS_VERITY;
	if (config->net_count > 0)
		all |= ROOTFS_NET;
	for (size_t i = 0; i < config->share_count; i++)
		all |= config->shares[i].kind == SHARE_9P ? ROOTFS_9P : ROOTFS_VIRTIOFS;
	if (config->vsock_cid != 0)
		all |= ROOTFS_VSOCK;
	if (config->rng != NULL)
		all |= ROOTFS_RNG;
	if (config->nested)
		all |= ROOTFS_KVM;
	if (config->tpm)
		all |= ROOTFS_TPM;
	if (config->transport == TRANSPORT_MMIO ||
	    (config->machine != NULL && strncmp(config->machine, "microvm", 7) == 0))
		all |= ROOTFS_MMIO;
	return all;
}

/* The kernel numbers interfaces in the order of their slots, which is that of the file. */
static void add_networks(const struct config_vm *config, struct bulk *bulk)
{
	char text[64];

	for (size_t i = 0; i < config->net_count; i++) {
		const struct config_net *net = &config->nets[i];
		if (net->address == NULL)
			continue;
		snprintf(text, sizeof(text), "eth%zu,%s%s%s", i, net->address,
			 net->gateway != NULL ? "," : "", net->gateway != NULL ? net->gateway : "");
		bulk_add(bulk, "ip", text);
	}
}

void vm_start_records(const struct config_process *process, struct bulk *bulk)
{
	for (size_t i = 0; i < process->env.count; i++)
		bulk_add(bulk, "env", process->env.items[i]);
	if (process->stop_timeout_ms != 0) {
		char text[16];
		snprintf(text, sizeof(text), "%u", (unsigned)process->stop_timeout_ms);
		bulk_add(bulk, "stop_timeout_ms", text);
	}
	if (process->ready == READY_NOTIFY)
		bulk_add(bulk, "notify", "yes");
	if (process->vm.tpm)
		bulk_add(bulk, "tpm", "require");
	add_networks(&process->vm, bulk);
}

static int add_attest_key(const struct vm *vm, struct bulk *bulk, struct outcome *failure)
{
	const char *key_path = vm->process->vm.attest_key;
	char key[ATTEST_KEY_HEX_SIZE];

	if (key_path == NULL)
		return 0;
	int result = attest_key_read(key_path, key);
	if (result == 0)
		bulk_add(bulk, "attest_key", key);
	else
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "attest_key: %s",
			    strerror(-result));
	explicit_bzero(key, sizeof(key));
	return result;
}

/* What PID 1 is told of this run. */
static void add_records(const struct vm *vm, const struct vm_addition *addition,
			enum qemu_state state, struct bulk *bulk)
{
	/* Not on the command line, where the app could read it: PID 1 removes this file. */
	bulk_add(bulk, "nonce", vm->nonce);
	if (state == QEMU_STATE_SAVE) {
		bulk_add(bulk, "park", "yes");
		return;
	}
	vm_start_records(vm->process, bulk);
	if (vm_early_refusal(&vm->process->vm, addition) == NULL)
		bulk_add(bulk, "volatile", "yes");
	if (vm->terminal_rows != 0) {
		char text[32];
		snprintf(text, sizeof(text), "%ux%u", vm->terminal_rows, vm->terminal_columns);
		bulk_add(bulk, "terminal_size", text);
	}
	const bool serial = vm->process->vm.transport == TRANSPORT_ISA || vm->uses_rings;
	if (serial)
		bulk_add(bulk, "serial", "yes");
	if (vm->uses_rings)
		bulk_add(bulk, "rings", "yes");
	/* A machine that is resumed, or has serial lines, has all ports, wanted or not. */
	if ((state == QEMU_STATE_RESUME || serial) && !addition->use_stdin)
		bulk_add(bulk, "stdin", "no");
	bulk_add_records(bulk, addition->records, addition->records_size);
}

void vm_prepare_request(const struct vm *vm, const struct vm_addition *addition,
			const struct vm_preparation *preparation, struct bulk *bulk,
			struct rootfs_request *request)
{
	const struct config_vm *config = &vm->process->vm;
	const struct strv *names = addition->module_names;
	const bool has_work = preparation->state != QEMU_STATE_SAVE;

	add_records(vm, addition, preparation->state, bulk);
	*request = (struct rootfs_request){
	    .arch = config->arch,
	    .modules = addition->modules != NULL ? addition->modules : preparation->kernel.modules,
	    .needs = vm->uses_rings ? ROOTFS_NO_VIRTIO : vm_start_needs(config) | addition->needs,
	    .more_modules = names != NULL ? (const char *const *)names->items : NULL,
	    .more_modules_count = names != NULL ? names->count : 0,
	    .config = bulk->bytes,
	    .config_size = bulk->size,
	    .files = has_work ? addition->files : NULL,
	    .file_count = has_work ? addition->file_count : 0,
	    .over_root = addition->files_over_root,
	    .app = vm->app.goes_along ? config->app : NULL,
	    .app_name = config->app_name,
	    .app_root = config->app_root,
	    .min_version = config->app_min_version,
	};
}

void vm_prepare_fail(struct outcome *failure, const char *problem, int error)
{
	if (*problem != '\0')
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "%s", problem);
	else
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "building the initramfs: %s",
			    strerror(-error));
}

static int build_initramfs(const struct vm *vm, const struct vm_addition *addition,
			   struct vm_preparation *preparation, struct outcome *failure)
{
	const struct config_vm *config = &vm->process->vm;
	struct rootfs_request request;
	uint8_t key[ED25519_KEY_BYTES];
	char problem[ROOTFS_PROBLEM_MAX] = "";
	struct bulk bulk = {0};
	int result;

	if (config->app_key != NULL && (result = public_key_read(config->app_key, key)) < 0) {
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "app_key: %s", strerror(-result));
		return result;
	}
	vm_prepare_request(vm, addition, preparation, &bulk, &request);
	if ((result = add_attest_key(vm, &bulk, failure)) < 0) {
		bulk_free(&bulk);
		return result;
	}
	request.config = bulk.bytes;
	request.config_size = bulk.size;
	request.key = config->app_key != NULL ? key : NULL;
	request.problem = problem;
	result = rootfs_initramfs(&request, vm_prepare_end(preparation, QEMU_FD_INITRD));
	bulk_free(&bulk);
	if (result < 0)
		vm_prepare_fail(failure, problem, result);
	return result;
}

/* 128 random bits mark report lines on the console, for guests without a report port. */
static int make_nonce(struct vm *vm, struct outcome *failure)
{
	unsigned char bytes[(sizeof(vm->nonce) - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
		int error = errno;
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "getrandom: %s", strerror(error));
		return -error;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		sprintf(vm->nonce + 2 * i, "%02x", bytes[i]);
	return 0;
}

void vm_prepare_argv(const struct vm *vm, const struct vm_addition *addition,
		     const struct vm_preparation *preparation, const char *tsc_khz,
		     struct strv *argv)
{
	const struct config_vm *config = &vm->process->vm;
	const bool has_state = preparation->state != QEMU_STATE_NONE;
	char nonce[64];

	snprintf(nonce, sizeof(nonce), "pith.nonce=%s", vm->nonce);
	struct qemu_setting setting = {
	    .accel = vm->accel,
	    .kernel = config->kernel != NULL ? config->kernel : preparation->kernel.image,
	    .initrd = config->build_initrd ? QEMU_INITRD_PATH : config->initrd,
	    .app = config->app != NULL ? &vm->app : NULL,
	    .append_more = vm->uses_report && !config->build_initrd ? nonce : NULL,
	    .tsc_khz = tsc_khz,
	    .run_dir = vm->helpers.run_dir,
	    .verbose = message_verbose && !has_state, /* the boot is over when it is resumed */
	    .use_report = vm->uses_report,
	    .use_stdin = addition->use_stdin || has_state,
	    .use_output = addition->use_outputs || has_state,
	    .app_on_console = addition->app_on_console,
	    .use_rings = vm->uses_rings,
	    .state = preparation->state,
	    .more_args = addition->qemu_args != NULL ? addition->qemu_args->items : NULL,
	};
	qemu_argv(config, &setting, argv);
}

static void make_argv(struct vm *vm, const struct vm_addition *addition,
		      const struct vm_preparation *preparation)
{
	uint32_t khz = vm->accel == ACCEL_TCG ? tsc_khz(&preparation->begin) : 0;
	char rate[16];

	snprintf(rate, sizeof(rate), "%u", khz);
	vm_prepare_argv(vm, addition, preparation, khz != 0 ? rate : NULL, &vm->argv);
}

/* A device without its driver: the guest boots and does not find it. */
static void warn_of_missing_drivers(const struct vm *vm, const char *image)
{
	const struct config_vm *config = &vm->process->vm;
	const unsigned asked =
	    vm_start_needs(config) & (ROOTFS_9P | ROOTFS_VIRTIOFS | ROOTFS_VSOCK);
	struct strv missing = {0};
	char path[PATH_MAX];

	if ((asked != 0 || config->tpm) &&
	    kernel_config_missing(image, asked, config->tpm, path, &missing) == 0)
		for (size_t i = 0; i < missing.count; i++)
			say_warning("%s: %s: %s; the guest will not find that device",
				    vm->process->name, path, missing.items[i]);
	strv_free(&missing);
}

/* The kernel leaves the others alone, and says so only where nobody looks. */
static void warn_of_missing_cpus(const struct vm *vm, const char *image)
{
	const unsigned wanted = vm->process->vm.cpus;
	const unsigned most = wanted > 1 ? kernel_config_cpus(image) : 0;

	if (most != 0 && wanted > most)
		say_warning("%s: the guest will have %u of %u processors: its kernel is built for "
			    "so many (CONFIG_NR_CPUS)",
			    vm->process->name, most, wanted);
}

/* What a configuration can say and pith show can print, but nobody starts yet. */
static int refuse_crosvm(const struct vm *vm, struct outcome *failure)
{
	if (vm->process->vm.vmm != VMM_CROSVM)
		return 0;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0,
		    "this version prints crosvm's command line only (pith show)");
	return -ENOTSUP;
}

/* The base system's end of a vsock device. QEMU would say so too, but not what helps. */
static int check_vsock(const struct config_vm *config, struct outcome *failure)
{
	if (config->vsock_cid == 0 || access("/dev/vhost-vsock", R_OK | W_OK) == 0)
		return 0;
	int error = errno;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0,
		    "vsock: /dev/vhost-vsock: %s; the base system's kernel needs "
		    "CONFIG_VHOST_VSOCK (modprobe vhost_vsock), and pith the right to open it",
		    strerror(error));
	return -error;
}

/* QEMU does not replace a socket that an earlier run left behind. One that is listened on stays,
 * and QEMU will say that it is in use. */
static void remove_stale_sockets(const struct config_vm *config)
{
	struct strv paths = {0};
	struct stat status;

	qemu_own_sockets(config, &paths);
	for (size_t i = 0; i < paths.count; i++)
		if (lstat(paths.items[i], &status) == 0 && S_ISSOCK(status.st_mode) &&
		    !ready_socket_listens(paths.items[i]))
			unlink(paths.items[i]);
	strv_free(&paths);
}

/* Of a guest that is resumed, and of one that boots. Who names the root's file system (ramfs has no
 * limit) knows what it holds. */
static int check_memory(const struct vm *vm, const struct vm_addition *addition, unsigned times,
			struct outcome *failure)
{
	const struct config_vm *config = &vm->process->vm;
	char why[OUTCOME_MESSAGE_MAX];

	if (times == VM_MEMORY_BOOTED && strstr(config->append, "rootfstype=") != NULL)
		return 0;
	int result =
	    vm_memory_check(config->ram_mb, addition->files_bytes, times, why, sizeof(why));
	if (result < 0)
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "%s", why);
	else if (result > 0 && times == VM_MEMORY_BOOTED)
		say_warning("%s: %s", vm->process->name, why);
	return result < 0 ? result : 0;
}

static int prepare(struct vm *vm, const struct vm_options *options,
		   struct vm_preparation *preparation, struct outcome *failure)
{
	const struct config_vm *config = &vm->process->vm;
	const struct vm_addition *addition = options->addition;
	int result = refuse_crosvm(vm, failure);

	if (result < 0 || (result = check_vsock(config, failure)) < 0 ||
	    (result = check_memory(vm, addition, VM_MEMORY_RESUMED, failure)) < 0 ||
	    (result = qemu_version_check(config, options->paths, failure)) < 0)
		return result;
	result = accel_choose(config->kvm, config->arch, &vm->accel, vm->accel_reason,
			      sizeof(vm->accel_reason));

	if (result < 0) {
		outcome_set(failure, OUTCOME_VMM_FAILED, 0, 0, "%s", vm->accel_reason);
		return result;
	}
	say_progress("%s: %s", vm->process->name, vm->accel_reason);
	if ((result = find_kernel(vm, addition, &preparation->kernel, failure)) < 0 ||
	    (result = refuse_fifos(config, failure)) < 0 ||
	    (result = look_at_app(vm, &preparation->kernel, failure)) < 0)
		return result;
	const char *image = config->kernel != NULL ? config->kernel : preparation->kernel.image;
	if (config->build_initrd)
		warn_of_missing_drivers(vm, image);
	if (!config->boots_firmware)
		warn_of_missing_cpus(vm, image);
	if (options->foreground && !terminal_size(&vm->terminal_rows, &vm->terminal_columns))
		vm->terminal_rows = vm->terminal_columns = 0;
	return make_nonce(vm, failure);
}

/* The initramfs and the channels of a machine that boots. */
static int prepare_boot(struct vm *vm, const struct vm_addition *addition,
			struct vm_preparation *preparation, struct vm_start_fds *fds,
			struct outcome *failure)
{
	const struct config_vm *config = &vm->process->vm;
	int result;

	/* Only an ELF kernel is mapped. */
	if (config->arch == ARCH_X86_64 && !config->boots_firmware)
		kernel_read_ahead(config->kernel != NULL ? config->kernel
							 : preparation->kernel.image);
	if (config->build_initrd &&
	    (result = build_initramfs(vm, addition, preparation, failure)) < 0)
		return result;
	result = vm_prepare_channels(vm, addition, preparation, fds);
	if (result == 0 && vm->uses_rings)
		result = vm_rings_make(vm, vm_prepare_end(preparation, QEMU_FD_WORK));
	if (result < 0)
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "making channels to QEMU: %s",
			    strerror(-result));
	return result;
}

/* A kernel cuts a longer one, without a word, or dies of it. */
static int check_command_line(char *const *argv, struct outcome *failure)
{
	size_t size = 0;

	for (; argv[0] != NULL; argv++)
		if (strcmp(argv[0], "-append") == 0 && argv[1] != NULL)
			size = strlen(argv[1]);
	if (size <= COMMAND_LINE_MAX)
		return 0;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0,
		    "the kernel command line has %zu bytes; accepted are at most %d", size,
		    COMMAND_LINE_MAX);
	return -E2BIG;
}

int vm_prepare_run(struct vm *vm, const struct vm_preparation *preparation,
		   const struct vm_options *options, struct outcome *failure)
{
	bool stdio = qemu_uses_stdio(&vm->process->vm), foreground = options->foreground;
	struct spawn spawn = {
	    .argv = vm->argv.items,
	    .stdin_fd = stdio && !(terminal_is_there() && !foreground) ? SPAWN_INHERIT
								       : preparation->null_fd,
	    .stdout_fd = stdio ? SPAWN_INHERIT : preparation->stderr_fd,
	    .stderr_fd = preparation->stderr_fd,
	    .fds = preparation->fds,
	    .fd_count = QEMU_FD_END - SPAWN_FIRST_FD,
	    .foreground = foreground && stdio,
	    .cgroup = options->cgroup,
	};
	int result = check_command_line(vm->argv.items, failure);

	if (result == 0)
		result = spawn_start(&spawn, &vm->pid, failure);

	/* That the VMM does not exist is not the app's 127. */
	if (result < 0 && failure->kind == OUTCOME_EXEC_FAILED) {
		char message[OUTCOME_MESSAGE_MAX];
		memcpy(message, failure->message, sizeof(message));
		outcome_set(failure, OUTCOME_VMM_FAILED, 0, 0, "%s", message);
	}
	return result;
}

static void tell_start(const struct vm *vm)
{
	FILE *out = events_begin("vm-start", vm->process->name);

	fprintf(out, ",\"pid\":%d", (int)vm->pid);
	events_add_string(out, "accelerator", vm->accel == ACCEL_KVM ? "kvm" : "tcg");
	events_add_string(out, "kernel", vm->kernel_release);
	events_end();
	if (vm->kernel_release[0] != '\0')
		say_progress("%s: %s Linux %s", vm->process->name,
			     vm->is_resumed ? "resuming" : "booting", vm->kernel_release);
	else if (vm->process->vm.kernel != NULL)
		say_progress("%s: booting %s", vm->process->name, vm->process->vm.kernel);
}

/* What a helper that failed had to say, when QEMU has not even started. */
static void show_last_words(const struct vm *vm, int fd)
{
	char text[512];

	if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return;
	ssize_t size = read(fd, text, sizeof(text) - 1);
	if (size <= 0)
		return;
	text[size] = '\0';
	text[strcspn(text, "\n")] = '\0';
	say_error("%s: %s", vm->process->name, text);
}

/* A state that is resumed has ports. */
static void choose_rings(struct vm *vm, const struct vm_options *options,
			 const struct vm_preparation *preparation)
{
	const struct config_vm *config = &vm->process->vm;
	const char *kernel = config->kernel != NULL ? config->kernel : preparation->kernel.image;
	const char *reason = vm_rings_refusal(config, options->addition, vm->accel);

	if (reason == NULL &&
	    ((options->label != NULL && options->label[0] != '\0') || options->log_fd >= 0))
		reason = "its output is told apart by lines";
	if (reason == NULL && !kernel_config_prefers_rings(kernel))
		reason = "the kernel's virtio drivers are not modules, as far as is known";
	vm->uses_rings = config->transport == TRANSPORT_SHM || reason == NULL;
	if (vm->uses_rings)
		say_verbose("%s: no virtio: the streams are in shared memory", vm->process->name);
	else if (options->addition->may_use_rings)
		say_verbose("%s: the streams go by virtio: %s", vm->process->name, reason);
}

static int boot(struct vm *vm, const struct vm_options *options, struct vm_preparation *preparation,
		struct vm_start_fds *fds, struct outcome *failure)
{
	int result = check_memory(vm, options->addition, VM_MEMORY_BOOTED, failure);

	if (result < 0)
		return result;
	choose_rings(vm, options, preparation);
	result = prepare_boot(vm, options->addition, preparation, fds, failure);
	if (result == 0)
		result = vm_helpers_start(&vm->helpers, options->paths, &vm->process->vm,
					  preparation->stderr_fd, options->cgroup, failure);
	if (result == 0) {
		make_argv(vm, options->addition, preparation);
		vm_keep_start(&options->addition->keep,
			      *vm_prepare_end(preparation, QEMU_FD_INITRD), vm->argv.items);
		remove_stale_sockets(&vm->process->vm);
		result = vm_prepare_run(vm, preparation, options, failure);
	}
	return result;
}

/* From a saved state where that is wanted and possible, else by booting. */
static int start(struct vm *vm, const struct vm_options *options,
		 struct vm_preparation *preparation, struct vm_start_fds *fds,
		 struct outcome *failure)
{
	int result = vm_warm_start(vm, options, preparation, fds, failure);

	return result == -EAGAIN ? boot(vm, options, preparation, fds, failure) : result;
}

/* A guest's own runner cannot see whether its machine is emulated: that may be one more level. */
static uint64_t default_boot_timeout_ms(enum qemu_accel accel)
{
	uint64_t timeout_ms = BOOT_TIMEOUT_MS;

	if (accel != ACCEL_KVM)
		timeout_ms *= EMULATION_FACTOR;
	if (events_in_guest())
		timeout_ms *= EMULATION_FACTOR;
	return timeout_ms;
}

int vm_start_qemu(struct vm *vm, const struct vm_options *given, struct vm_start_fds *fds,
		  struct outcome *failure)
{
	static const struct vm_addition no_addition;
	static const struct config_paths standard;
	struct vm_options options = *given;
	struct vm_preparation preparation = {.null_fd = -1, .stderr_fd = -1};
	int result;

	if (options.addition == NULL)
		options.addition = &no_addition;
	if (options.paths == NULL)
		options.paths = &standard;
	for (size_t i = 0; i < sizeof(preparation.fds) / sizeof(preparation.fds[0]); i++)
		preparation.fds[i] = -1;
	*fds = (struct vm_start_fds){-1, -1, -1, -1, -1, -1, -1, -1};
	vm->uses_report = qemu_uses_report(&vm->process->vm);
	tsc_now(&preparation.begin);
	result = prepare(vm, &options, &preparation, failure);
	if (result == 0)
		result = start(vm, &options, &preparation, fds, failure);
	let_go(&preparation);
	if (result < 0) {
		vm_helpers_stop(&vm->helpers, SIGKILL);
		show_last_words(vm, fds->vmm_stderr);
		vm_prepare_close_ours(fds);
		return result;
	}
	if (vm->uses_report)
		vm->boot_timeout_ms = options.has_boot_timeout ? options.boot_timeout_ms
							       : default_boot_timeout_ms(vm->accel);
	tell_start(vm);
	return 0;
}
