/* SPDX-License-Identifier: Apache-2.0 */
/* vm_warm.c: a virtual machine that goes on from a saved state.
 *
 *   1. Is it possible? Else the reason is said, and the VM boots.
 *   2. The key: the digest of everything that a state depends on.
 *   3. Open the state, or save it: one of several that want the same does it, the others wait.
 *   4. Write the work, start QEMU, have it load the state, send the time, and wait for the first
 *      word of the guest, all under deadlines. Where it does not come, the VM boots. */
#include "vm_warm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../init/work.h"
#include "duration.h"
#include "message.h"
#include "sha256.h"
#include "signals.h"
#include "text.h"
#include "vm_warm_save.h"
#include "warm_store.h"
#include "warm_wait.h"

#define SAVE_TIMEOUT_MS 240000  /* as long as a boot under emulation may take */
#define RESUME_TIMEOUT_MS 15000 /* under emulation, on a busy machine: it takes 0.1 s */
#define MEMORY_MAX_MIB 4096     /* what the kernel writes about each page goes to the disk */
#define TSC_TOLERANCE 200       /* the counter's rate may differ by 1 in so many */

static int close_at_end(int fd, int result)
{
	if (fd >= 0)
		close(fd);
	return result;
}

/* --- Whether -----------------------------------------------------------------------------------
 */

const char *vm_warm_refusal(const struct config_vm *vm, const struct vm_addition *addition,
			    enum qemu_accel accel)
{
	const struct {
		bool holds;
		const char *reason;
	} rules[] = {
	    {vm->vmm != VMM_QEMU || !vm->build_initrd || vm->app != NULL,
	     "only a machine that pith fits out for one program is saved"},
	    {accel == ACCEL_KVM, "not with KVM, where a boot is short"},
	    {vm->machine != NULL && strncmp(vm->machine, "microvm", 7) == 0,
	     "the machine microvm has no PCI for the work to come by"},
	    {vm->transport == TRANSPORT_MMIO, "devices on virtio-mmio are not saved"},
	    {vm->transport == TRANSPORT_ISA, "serial lines are not saved"},
	    {vm->transport == TRANSPORT_SHM, "streams in shared memory are not saved"},
	    {addition->keep.folder != 0, "what a boot is made of is to be kept"},
	    {vm->disk_count > 0, "a disk is looked at while the guest boots"},
	    {vm->share_count > 0, "a shared folder is not saved"},
	    {vm->net_count > 0, "a network is not saved"},
	    {vm->serial_count > 0 || vm->port_count > 0 || addition->app_on_console,
	     "the console is the program's"},
	    {vm->vsock_cid != 0 || vm->tpm || vm->attest_key != NULL || vm->gpu ||
		 vm->sound != NULL || vm->rng != NULL || vm->inputs.count > 0 || vm->gpio_count > 0,
	     "it has devices that are not saved"},
	    {vm->firmware != NULL || vm->boots_firmware || vm->nested,
	     "its firmware or its own guests are not saved"},
	    {vm->extra_args.count > 0 ||
		 (addition->qemu_args != NULL && addition->qemu_args->count > 0),
	     "it has arguments for QEMU"},
	    {vm->ram_mb > MEMORY_MAX_MIB, "its memory is too large to be saved"},
	    {addition->take_console != NULL, "what the kernel says while it boots is wanted"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].holds)
			return rules[i].reason;
	return NULL;
}

/* --- Key ---------------------------------------------------------------------------------------
 */

static int add_file(FILE *out, const char *what, const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return -errno;
	fprintf(out, "%s %s dev=%ju inode=%ju size=%jd mtime=%jd.%09ld\n", what, path,
		(uintmax_t)status.st_dev, (uintmax_t)status.st_ino, (intmax_t)status.st_size,
		(intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
	return 0;
}

/* PROGRAM as execvp(3) finds it. */
static int add_program(FILE *out, const char *program)
{
	const char *path = strchr(program, '/') != NULL ? "" : getenv("PATH");
	char file[PATH_MAX];

	if (path == NULL)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (;; path++) {
		size_t size = strcspn(path, ":");
		if (snprintf(file, sizeof(file), "%.*s%s%s", (int)size, path, size == 0 ? "" : "/",
			     program) < (int)sizeof(file) &&
		    access(file, X_OK) == 0)
			return add_file(out, "program", file);
		path += size;
		if (*path == '\0')
			return -ENOENT;
	}
}

/* The digest of all that a state depends on. The counter's rate is measured anew in each run: that
 * it is given counts here, and its value when the state is opened. Returns 0; -EAGAIN without a
 * QEMU; or another -errno with FAILURE filled: what is missing here, a boot would miss as well. */
static int make_key(const struct vm *vm, const struct vm_addition *addition,
		    const struct vm_preparation *preparation, bool has_tsc, char key[WARM_KEY_SIZE],
		    struct outcome *failure)
{
	const struct config_vm *config = &vm->process->vm;
	const char *kernel = config->kernel != NULL ? config->kernel : preparation->kernel.image;
	uint8_t digest[SHA256_BYTES];
	struct rootfs_request request;
	struct bulk bulk = {0};
	struct strv argv = {0};
	struct digest hash;
	char *text = NULL, *identity, problem[ROOTFS_PROBLEM_MAX] = "";
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int result;

	if (out == NULL)
		die_out_of_memory();
	vm_prepare_request(vm, addition, preparation, &bulk, &request);
	request.problem = problem;
	identity = rootfs_identity(&request);
	if (identity == NULL)
		vm_prepare_fail(failure, problem, result = -ENOENT);
	else if ((result = add_file(out, "kernel", kernel)) != 0)
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "kernel %s: %s", kernel,
			    strerror(-result));
	else if (add_program(out, qemu_program(config)) != 0)
		result = -EAGAIN; /* starting it tells */
	vm_prepare_argv(vm, addition, preparation, has_tsc ? "TSC_KHZ" : NULL, &argv);
	for (size_t i = 0; i < argv.count; i++)
		fprintf(out, "%s\n", argv.items[i]);
	fprintf(out, "%s", identity != NULL ? identity : "");
	if (fclose(out) != 0)
		die_out_of_memory();
	digest_begin(&hash);
	digest_add(&hash, text, size);
	digest_end(&hash, digest);
	digest_hex(digest, key);
	free(text);
	free(identity);
	bulk_free(&bulk);
	strv_free(&argv);
	return result;
}

/* --- State -------------------------------------------------------------------------------------
 */

/* Another machine's, or this one's before its firmware or kernel changed: the guest's clocks would
 * run too fast or too slowly. */
static bool is_other_rate(uint32_t saved_khz, uint32_t khz)
{
	uint32_t difference = saved_khz > khz ? saved_khz - khz : khz - saved_khz;

	return difference > khz / TSC_TOLERANCE;
}

static int open_state(const char *key, uint32_t khz, struct warm_state *state)
{
	int result = warm_store_open(key, state);

	if (result != 0 || !is_other_rate(state->tsc_khz, khz))
		return result;
	say_verbose("warm: the state was saved where the counter runs at %u kHz, not %u",
		    state->tsc_khz, khz);
	close(state->memory_fd);
	close(state->devices_fd);
	return -ESTALE;
}

/* That the VM boots, where nothing of the configuration speaks for it: with -v, or where a state
 * was demanded. */
static void say_cold(const struct vm *vm, const struct vm_options *options, const char *what,
		     const char *reason)
{
	if (options->addition->says_cold)
		say_warning("%s: boots: %s: %s", vm->process->name, what, reason);
	else
		say_verbose("%s: boots: %s: %s", vm->process->name, what, reason);
}

/* Open the state KEY, or save it first: *IS_NEW. Returns 0; -EINTR when pith is asked to stop;
 * -EAGAIN when there is none to be had, which has been said. */
static int get_state(const struct vm *vm, const struct vm_options *options,
		     const struct vm_preparation *preparation, const char *key, uint32_t khz,
		     struct warm_state *state, bool *is_new)
{
	uint64_t deadline_ms = duration_now_ms() + SAVE_TIMEOUT_MS;
	int result = open_state(key, khz, state), lock;

	*is_new = false;
	if (result == 0)
		return 0;
	if (!options->addition->says_cold && warm_store_is_given_up(key)) {
		say_cold(vm, options, "no saved state", "it could not be had today already");
		return -EAGAIN;
	}
	if (options->has_boot_timeout && options->boot_timeout_ms != 0 &&
	    options->boot_timeout_ms < SAVE_TIMEOUT_MS)
		deadline_ms = duration_now_ms() + options->boot_timeout_ms;
	lock = warm_store_lock(key, deadline_ms);
	if (lock < 0) {
		if (lock != -EINTR)
			say_cold(vm, options, "the cache of saved states", strerror(-lock));
		return lock == -EINTR ? -EINTR : -EAGAIN;
	}
	result = open_state(key, khz, state); /* another may have saved it meanwhile */
	if (result != 0) {
		*is_new = true;
		result = vm_warm_save(vm, options, preparation, key, khz, deadline_ms);
		if (result == 0)
			result = open_state(key, khz, state);
		if (result != 0 && result != -EINTR) {
			say_cold(vm, options, "no state could be saved", strerror(-result));
			if (result != -ETIMEDOUT)
				warm_store_give_up(key);
		}
	}
	close(lock);
	return result == 0 || result == -EINTR ? result : -EAGAIN;
}

/* --- Work --------------------------------------------------------------------------------------
 */

/* The file that becomes the device's memory. Returns a descriptor; -EFBIG when it is too small; or
 * another -errno with FAILURE filled. */
static int write_work(const struct vm *vm, const struct vm_addition *addition,
		      const struct vm_preparation *preparation, struct outcome *failure)
{
	char problem[ROOTFS_PROBLEM_MAX] = "";
	struct work_header header = {.magic = WORK_MAGIC};
	struct rootfs_request request;
	struct bulk bulk = {0};
	int fd = memfd_create("pith-work", MFD_CLOEXEC), result = fd < 0 ? -errno : 0;
	off_t end;

	vm_prepare_request(vm, addition, preparation, &bulk, &request);
	request.problem = problem;
	if (result == 0 && lseek(fd, WORK_ARCHIVE_OFFSET, SEEK_SET) != WORK_ARCHIVE_OFFSET)
		result = -errno;
	if (result == 0)
		result = rootfs_own(&request, fd);
	bulk_free(&bulk);
	if (result == 0) {
		end = lseek(fd, 0, SEEK_CUR);
		header.archive_size = (uint64_t)end - WORK_ARCHIVE_OFFSET;
		if (end < 0 || (uint64_t)end > WORK_DEVICE_BYTES)
			result = end < 0 ? -errno : -EFBIG;
	}
	if (result == 0 &&
	    (getrandom(header.seed, sizeof(header.seed), 0) != (ssize_t)sizeof(header.seed) ||
	     pwrite(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	     ftruncate(fd, (off_t)WORK_DEVICE_BYTES) != 0))
		result = -errno;
	explicit_bzero(&header, sizeof(header));
	if (result == 0)
		return fd;
	if (result != -EFBIG)
		vm_prepare_fail(failure, problem, result);
	return close_at_end(fd, result);
}

/* --- Resume ------------------------------------------------------------------------------------
 */

/* What QEMU has said so far. */
struct resume {
	const struct vm_start_fds *fds;
	struct qmp qmp;
	bool is_running;
	char problem[QMP_TEXT_MAX];
};

static void send_text(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		say_verbose("warm: send: %s", strerror(errno));
}

static void send_qmp(void *context, const char *bytes, size_t size)
{
	const struct resume *resume = context;

	if (send(resume->fds->qmp, bytes, size, MSG_NOSIGNAL) < 0)
		say_verbose("warm: send: %s", strerror(errno));
}

/* At the moment from which the guest runs. */
static void send_time(const struct resume *resume)
{
	struct timespec now;
	char line[48];

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(line, sizeof(line), "work %lld\n",
		 (long long)now.tv_sec * 1000000000 + now.tv_nsec);
	send_text(resume->fds->report, line);
}

static void take_qmp(void *context, const struct qmp_event *event)
{
	struct resume *resume = context;
	char line[96];

	if (event->kind == QMP_READY) {
		send_text(resume->fds->qmp, VM_WARM_CAPABILITIES);
		snprintf(
		    line, sizeof(line),
		    "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"%s%d\"}}\n",
		    resume->qmp.major >= VM_WARM_FILE_MAJOR ? VM_WARM_FILE : "fd:", QEMU_FD_STATE);
		send_text(resume->fds->qmp, line);
	} else if (event->kind == QMP_RESUMED) {
		resume->is_running = true;
		send_time(resume);
	} else if (event->kind == QMP_ERROR || event->kind == QMP_BROKEN) {
		snprintf(resume->problem, sizeof(resume->problem), "%s",
			 event->text[0] != '\0' ? event->text : "a line out of form");
	}
}

/* Until the guest's first word, which is left to be read. Returns 0, -EINTR, or -EIO or -ETIMEDOUT
 * with PROBLEM filled. */
static int wait_for_guest(struct resume *resume, uint64_t deadline_ms)
{
	int result = 0;

	while (resume->problem[0] == '\0') {
		const int fds[] = {resume->fds->qmp, resume->is_running ? resume->fds->report : -1};
		char bytes[4096];
		ssize_t size;

		result = warm_wait(fds, 2, deadline_ms);
		if (result == -ETIMEDOUT)
			snprintf(resume->problem, sizeof(resume->problem), "no answer within %d s",
				 RESUME_TIMEOUT_MS / 1000);
		if (result != 0)
			return result;
		if (resume->is_running &&
		    recv(resume->fds->report, bytes, 1, MSG_PEEK | MSG_DONTWAIT) == 1)
			return 0;
		size = recv(resume->fds->qmp, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (size > 0)
			qmp_feed(&resume->qmp, bytes, (size_t)size);
		else if (size == 0 || errno != EAGAIN)
			snprintf(resume->problem, sizeof(resume->problem), "QEMU ended");
	}
	return -EIO;
}

/* Start QEMU on STATE and WORK_FD. Returns 0, -EINTR, or another -errno after saying why. */
static int resume_state(struct vm *vm, const struct vm_options *options,
			struct vm_preparation *preparation, const struct warm_state *state,
			int work_fd, uint32_t khz, struct vm_start_fds *fds)
{
	struct resume *resume = calloc(1, sizeof(*resume));
	struct outcome failure = {0};
	char rate[16];
	int result;

	if (resume == NULL)
		die_out_of_memory();
	resume->fds = fds;
	*vm_prepare_end(preparation, QEMU_FD_MEMORY) = fcntl(state->memory_fd, F_DUPFD_CLOEXEC, 0);
	*vm_prepare_end(preparation, QEMU_FD_STATE) = fcntl(state->devices_fd, F_DUPFD_CLOEXEC, 0);
	*vm_prepare_end(preparation, QEMU_FD_WORK) = fcntl(work_fd, F_DUPFD_CLOEXEC, 0);
	snprintf(rate, sizeof(rate), "%u", khz);
	vm_prepare_argv(vm, options->addition, preparation, khz != 0 ? rate : NULL, &vm->argv);
	result = vm_prepare_channels(vm, options->addition, preparation, fds);
	if (result == 0 && lseek(state->devices_fd, 0, SEEK_SET) != 0)
		result = -errno;
	if (result == 0)
		result = vm_prepare_run(vm, preparation, options, &failure);
	vm_prepare_close_ends(preparation);
	if (result == 0) {
		qmp_init(&resume->qmp, take_qmp, send_qmp, resume);
		result = wait_for_guest(resume, duration_now_ms() + RESUME_TIMEOUT_MS);
	} else {
		snprintf(resume->problem, sizeof(resume->problem), "%.100s",
			 failure.message[0] != '\0' ? failure.message : strerror(-result));
	}
	if (result != 0 && result != -EINTR)
		say_warning("%s: the saved state did not resume (%s); booting", vm->process->name,
			    resume->problem);
	free(resume);
	return result;
}

/* As if it had not been. */
static void undo(struct vm *vm, struct vm_start_fds *fds)
{
	if (vm->pid > 0) {
		kill(-vm->pid, SIGKILL);
		(void)waitpid(vm->pid, NULL, 0);
	}
	vm->pid = 0;
	vm_prepare_close_ours(fds);
	strv_free(&vm->argv);
}

/* A stop that was asked for meanwhile; the signal is the supervisor's to take. */
static int stopped(struct outcome *failure)
{
	sigset_t pending;
	int number = SIGTERM;

	sigpending(&pending);
	for (int signal = 1; signal < SIGRTMIN; signal++)
		if (signals_is_stop(signal) && sigismember(&pending, signal) == 1)
			number = signal;
	outcome_set(failure, OUTCOME_INTERRUPTED, 0, number, "stopped by request");
	return -EINTR;
}

/* What this run has to do, in a state of this key. Returns as vm_warm_start. */
static int run_in_state(struct vm *vm, const struct vm_options *options,
			struct vm_preparation *preparation, const char *key, uint32_t khz,
			struct vm_start_fds *fds, struct outcome *failure)
{
	struct warm_state state;
	bool is_new;
	int result = get_state(vm, options, preparation, key, khz, &state, &is_new), work_fd;

	if (result != 0)
		return result == -EINTR ? stopped(failure) : result;
	work_fd = write_work(vm, options->addition, preparation, failure);
	if (work_fd == -EFBIG)
		say_verbose("warm: boots: the work is larger than its device");
	result = work_fd < 0 ? work_fd
			     : resume_state(vm, options, preparation, &state, work_fd, khz, fds);
	close(state.memory_fd);
	close(state.devices_fd);
	close_at_end(work_fd, 0);
	if (result == 0) {
		vm->is_resumed = true;
		say_verbose("%s: resumed the saved state %.16s", vm->process->name, key);
		return 0;
	}
	undo(vm, fds);
	if (result == -EINTR)
		return stopped(failure);
	if (work_fd < 0 && work_fd != -EFBIG)
		return work_fd;
	if (work_fd >= 0)
		warm_store_drop(key); /* whatever it was, the next run has a new one */
	if (work_fd >= 0 && is_new)
		warm_store_give_up(key); /* or none, where even that is of no use */
	return -EAGAIN;
}

int vm_warm_start(struct vm *vm, const struct vm_options *options,
		  struct vm_preparation *preparation, struct vm_start_fds *fds,
		  struct outcome *failure)
{
	char key[WARM_KEY_SIZE];
	const char *reason;
	uint32_t khz;
	int result;

	if (!options->addition->warm)
		return -EAGAIN;
	reason = vm_warm_refusal(&vm->process->vm, options->addition, vm->accel);
	if (reason != NULL) {
		if (options->addition->says_cold)
			say_warning("%s: boots, in the place of resuming a saved state: %s",
				    vm->process->name, reason);
		else
			say_verbose("%s: boots, in the place of resuming a saved state: %s",
				    vm->process->name, reason);
		return -EAGAIN;
	}
	khz = vm->accel == ACCEL_TCG ? tsc_khz(&preparation->begin) : 0;
	preparation->state = QEMU_STATE_SAVE; /* whose command line is the more telling one */
	result = make_key(vm, options->addition, preparation, khz != 0, key, failure);
	preparation->state = QEMU_STATE_RESUME;
	if (result == 0)
		result = run_in_state(vm, options, preparation, key, khz, fds, failure);
	preparation->state = QEMU_STATE_NONE;
	return result;
}
