/* SPDX-License-Identifier: Apache-2.0 */
/* vm_warm_save.c: boots a machine as far as it goes without work, and saves its state.
 *
 *   1. A VM of its own is started, whose memory is the file of the draft.
 *   2. Its PID 1 says that it waits for work.
 *   3. QEMU writes the state of the devices ("migrates" it) to the draft's other file, and quits.
 *   4. The draft is named. */
#include "vm_warm_save.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../init/work.h"
#include "duration.h"
#include "message.h"
#include "warm_store.h"
#include "warm_wait.h"

#define QUIT_MS 5000

struct saver {
	struct vm vm; /* as far as vm_prepare.h uses it */
	struct vm_preparation preparation;
	struct vm_start_fds fds;
	struct warm_draft draft;
	struct report_reader report;
	struct qmp qmp;
	bool waits_for_work, is_ready, is_saved;
	char problem[256];
	char last_words[512]; /* of QEMU */
};

static int qmp_send(struct saver *saver, const char *text, int passed_fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {0};
	struct iovec io = {.iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text)};
	struct msghdr message = {.msg_iov = &io, .msg_iovlen = 1};

	if (passed_fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &passed_fd, sizeof(int));
	}
	return sendmsg(saver->fds.qmp, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void send_qmp(void *context, const char *bytes, size_t size)
{
	const struct saver *saver = context;

	if (send(saver->fds.qmp, bytes, size, MSG_NOSIGNAL) < 0)
		say_verbose("warm: send: %s", strerror(errno));
}

static void set_problem(struct saver *saver, const char *text)
{
	if (saver->problem[0] == '\0')
		snprintf(saver->problem, sizeof(saver->problem), "%s", text);
}

static void take_qmp(void *context, const struct qmp_event *event)
{
	struct saver *saver = context;

	if (event->kind == QMP_READY)
		saver->is_ready = true;
	else if (event->kind == QMP_MIGRATED && strcmp(event->text, "completed") == 0)
		saver->is_saved = true;
	else if (event->kind == QMP_MIGRATED && strcmp(event->text, "failed") == 0)
		set_problem(saver, "QEMU cannot save this machine");
	else if (event->kind == QMP_ERROR || event->kind == QMP_BROKEN)
		set_problem(saver, event->text[0] != '\0' ? event->text : "a line out of form");
}

static void take_report(void *context, const struct report_event *event)
{
	struct saver *saver = context;

	if (event->kind == REPORT_STAGE && strcmp(event->text, REPORT_STAGE_PARK) == 0)
		saver->waits_for_work = true;
	else if (event->kind == REPORT_STAGE)
		say_verbose("warm: stage %s (%.2f s)", event->text, (double)event->us / 1e6);
	else if (event->kind == REPORT_OUTCOME)
		set_problem(saver, event->outcome.message);
	else if (event->kind == REPORT_WARNING)
		say_verbose("warm: guest: %s", event->text);
}

/* Read what is there from FD; at its end close it. */
static ssize_t read_channel(int *fd, char *bytes, size_t size)
{
	ssize_t got = *fd < 0 ? -1 : recv(*fd, bytes, size, MSG_DONTWAIT);

	if (got == 0 || (got < 0 && *fd >= 0 && errno != EAGAIN && errno != EINTR)) {
		close(*fd);
		*fd = -1;
	}
	return got;
}

static void read_stderr(struct saver *saver)
{
	ssize_t got = read(saver->fds.vmm_stderr, saver->last_words, sizeof(saver->last_words) - 1);

	if (got > 0)
		saver->last_words[strcspn(saver->last_words, "\n")] = '\0';
	if (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)))
		return;
	close(saver->fds.vmm_stderr);
	saver->fds.vmm_stderr = -1;
}

/* Take what comes until *DONE. Returns 0, -EINTR, -ETIMEDOUT or -EIO. */
static int run_until(struct saver *saver, const bool *done, uint64_t deadline_ms)
{
	struct vm_start_fds *fds = &saver->fds;
	char bytes[8192];
	ssize_t got;
	int result = 0;

	while (result == 0 && !*done && saver->problem[0] == '\0') {
		const int wait[] = {fds->qmp, fds->report, fds->console, fds->vmm_stderr};
		result = warm_wait(wait, 4, deadline_ms);
		if (result != 0)
			break;
		if ((got = read_channel(&fds->qmp, bytes, sizeof(bytes))) > 0)
			qmp_feed(&saver->qmp, bytes, (size_t)got);
		if ((got = read_channel(&fds->report, bytes, sizeof(bytes))) > 0)
			report_reader_feed(&saver->report, bytes, (size_t)got);
		(void)read_channel(&fds->console, bytes, sizeof(bytes));
		if (fds->vmm_stderr >= 0)
			read_stderr(saver);
		if (fds->qmp < 0)
			set_problem(saver, saver->last_words[0] != '\0' ? saver->last_words
									: "QEMU ended");
	}
	return result != 0 ? result : *done ? 0 : -EIO;
}

static int start(struct saver *saver, const struct vm_options *options, uint32_t tsc_khz)
{
	struct vm_preparation *preparation = &saver->preparation;
	struct rootfs_request request;
	struct outcome failure = {0};
	struct bulk bulk = {0};
	char rate[16];
	int work = memfd_create("pith-work", MFD_CLOEXEC), result;

	snprintf(rate, sizeof(rate), "%u", tsc_khz);
	*vm_prepare_end(preparation, QEMU_FD_WORK) = work;
	if (work < 0 || ftruncate(work, (off_t)WORK_DEVICE_BYTES) != 0)
		return -errno;
	*vm_prepare_end(preparation, QEMU_FD_MEMORY) =
	    fcntl(saver->draft.memory_fd, F_DUPFD_CLOEXEC, 0);
	*vm_prepare_end(preparation, QEMU_FD_STATE) =
	    fcntl(saver->draft.devices_fd, F_DUPFD_CLOEXEC, 0);
	vm_prepare_request(&saver->vm, options->addition, preparation, &bulk, &request);
	result = rootfs_initramfs(&request, vm_prepare_end(preparation, QEMU_FD_INITRD));
	bulk_free(&bulk);
	if (result == 0)
		result =
		    vm_prepare_channels(&saver->vm, options->addition, preparation, &saver->fds);
	if (result != 0)
		return result;
	vm_prepare_argv(&saver->vm, options->addition, preparation, tsc_khz != 0 ? rate : NULL,
			&saver->vm.argv);
	result = fcntl(saver->fds.vmm_stderr, F_SETFL, O_NONBLOCK) < 0
		     ? -errno
		     : vm_prepare_run(&saver->vm, preparation, options, &failure);
	if (result != 0)
		set_problem(saver, failure.message);
	return result;
}

static int migrate(struct saver *saver)
{
	char line[96];

	if (saver->qmp.major < VM_WARM_FILE_MAJOR) {
		int result = qmp_send(
		    saver, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"state\"}}\n",
		    saver->draft.devices_fd);
		return result != 0 ? result
				   : qmp_send(saver,
					      "{\"execute\":\"migrate\",\"arguments\":{\"uri\":"
					      "\"fd:state\"}}\n",
					      -1);
	}
	snprintf(line, sizeof(line),
		 "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"" VM_WARM_FILE "%d\"}}\n",
		 QEMU_FD_STATE);
	return qmp_send(saver, line, -1);
}

static int save(struct saver *saver, uint64_t deadline_ms)
{
	int result = run_until(saver, &saver->waits_for_work, deadline_ms);

	if (result == 0)
		result = run_until(saver, &saver->is_ready, deadline_ms);
	if (result == 0)
		result = qmp_send(saver, VM_WARM_CAPABILITIES, -1);
	if (result == 0)
		result = migrate(saver);
	if (result == 0)
		result = run_until(saver, &saver->is_saved, deadline_ms);
	return result;
}

/* Wait for the end of PID, which it stays to be told of. A kernel before 5.3 has no such wait. */
static void await_end(pid_t pid, uint64_t deadline_ms)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

	if (end.fd < 0)
		return;
	for (;;) {
		uint64_t now_ms = duration_now_ms();
		int left_ms = now_ms >= deadline_ms ? 0 : (int)(deadline_ms - now_ms);
		if (poll(&end, 1, left_ms) >= 0 || errno != EINTR)
			break;
	}
	close(end.fd);
}

/* QEMU ends by itself, so that nothing of the files is still under way, or is ended. */
static void stop(struct saver *saver, bool kindly)
{
	uint64_t deadline_ms = duration_now_ms() + QUIT_MS;
	bool never = false;

	if (saver->vm.pid <= 0)
		return;
	if (kindly) {
		qmp_command(&saver->qmp, "quit");
		(void)run_until(saver, &never, deadline_ms);
		await_end(saver->vm.pid, deadline_ms); /* it closes QMP before it ends */
	}
	kill(-saver->vm.pid, SIGKILL);
	(void)waitpid(saver->vm.pid, NULL, 0);
}

static void describe(const struct vm *vm, const struct vm_preparation *preparation, char *what,
		     size_t size)
{
	const struct config_vm *config = &vm->process->vm;

	snprintf(what, size, "%s, %u MiB, %u processor%s, %s", config_arch_name(config->arch),
		 config->ram_mb, config->cpus > 1 ? config->cpus : 1, config->cpus > 1 ? "s" : "",
		 config->kernel != NULL ? config->kernel : preparation->kernel.release);
}

int vm_warm_save(const struct vm *vm, const struct vm_options *options,
		 const struct vm_preparation *preparation, const char *key, uint32_t tsc_khz,
		 uint64_t deadline_ms)
{
	struct saver *saver = calloc(1, sizeof(*saver));
	char what[WARM_WHAT_SIZE];
	int result;

	if (saver == NULL)
		die_out_of_memory();
	say_verbose("%s: booting once for the saved state %.16s", vm->process->name, key);
	saver->vm.process = vm->process;
	saver->vm.accel = vm->accel;
	saver->vm.uses_report = true;
	memcpy(saver->vm.nonce, vm->nonce, sizeof(saver->vm.nonce));
	saver->preparation = *preparation;
	saver->preparation.state = QEMU_STATE_SAVE;
	saver->fds = (struct vm_start_fds){-1, -1, -1, -1, -1, -1, -1, -1};
	saver->preparation.null_fd = saver->preparation.stderr_fd = -1;
	report_reader_init(&saver->report, take_report, saver);
	qmp_init(&saver->qmp, take_qmp, send_qmp, saver);
	result = warm_store_begin(key, (uint64_t)vm->process->vm.ram_mb << 20, &saver->draft);
	if (result == 0) {
		result = start(saver, options, tsc_khz);
		vm_prepare_close_ends(&saver->preparation);
		if (result == 0)
			result = save(saver, deadline_ms);
		stop(saver, result == 0);
		describe(vm, preparation, what, sizeof(what));
		if (result == 0)
			result = warm_store_commit(&saver->draft, what, tsc_khz);
		else
			warm_store_abandon(&saver->draft);
	}
	if (result != 0 && saver->problem[0] != '\0')
		say_verbose("warm: %s", saver->problem);
	vm_prepare_close_ours(&saver->fds);
	strv_free(&saver->vm.argv);
	free(saver);
	return result;
}
