/* SPDX-License-Identifier: Apache-2.0 */
/* vm.c: one virtual machine while it runs: what comes over its channels, its deadlines, its end. */
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../init/serial.h"
#include "duration.h"
#include "events.h"
#include "json.h"
#include "message.h"
#include "ready.h"
#include "verdict.h"
#include "vm_early.h"
#include "vm_rings.h"
#include "vm_start.h"

/* Grace of each step. The guest gives its app stop_timeout, and what is left after that half a
 * second (init/supervise.c); the rest is for its report, sync and unmount, which emulation makes
 * slow. */
#define REPORT_READS_MAX 64 /* of 8 KiB: more than a report has */
#define ASKED_MORE_MS 5000
#define ASKED_AFTER_TIMEOUT_MS 7000
#define POWERDOWN_MS 3000
#define POWERDOWN_ALONE_MS 15000 /* a guest without pith-init: its whole shutdown */
#define QUIT_MS 2000
/* From the outcome's report to QEMU's end. */
#define POWER_OFF_MS 20000
/* For the autopsy: QEMU answers in milliseconds, and PID 1 in half a second (init/tasks.h). */
#define EXAMINE_MS 1500
#define EXAMINE_EMULATED_MS 5000

/* What a machine has at the most when its configuration does not say (qemu.c). */
#define CPUS_DEFAULT 4

#define SET_ACTION_ID 1

/* The last stage before pith began to stop the VM, if it did. */
static const char *last_stage(const struct vm *vm)
{
	size_t count = vm->stop == VM_RUNS ? vm->stage_count : vm->stop_stage_count;

	return count == 0 ? "" : vm->stages[count - 1].name;
}

static void enter_stop(struct vm *vm, enum vm_stop stop);
static void send_line(const struct vm *vm, const char *line);

/* Whether the report comes by a serial line. */
static bool is_serial(const struct vm *vm)
{
	return vm->process->vm.transport == TRANSPORT_ISA || vm->uses_rings;
}

/* --- Reports -----------------------------------------------------------------------------------
 */

static void take_stage(struct vm *vm, const struct report_event *event)
{
	/* A guest that was resumed counts on from where it was saved. */
	if (vm->is_resumed && vm->stage_count == 0)
		vm->resumed_at_us = event->us;
	const uint64_t guest_us = event->us > vm->resumed_at_us ? event->us - vm->resumed_at_us : 0;

	if (vm->stage_count < VM_STAGES_MAX) {
		struct vm_stage *stage = &vm->stages[vm->stage_count++];
		snprintf(stage->name, sizeof(stage->name), "%.20s", event->text);
		stage->guest_us = guest_us;
		stage->host_us = duration_now_us() - vm->begun_us;
	}
	say_verbose("%s: stage %s (%.2f s)", vm->process->name, event->text,
		    (double)guest_us / 1e6);
	/* The boot is over. Behind an outcome this is no report of PID 1's. */
	if (strcmp(event->text, REPORT_STAGE_APP) == 0 && vm->stop == VM_RUNS &&
	    vm->reported.kind == OUTCOME_NONE)
		vm->deadline_ms = 0;
	FILE *out = events_begin("stage", vm->process->name);
	events_add_string(out, "stage", event->text);
	fprintf(out, ",\"guest_us\":%llu", (unsigned long long)guest_us);
	events_end();
}

static void take_digest(struct vm *vm, const struct report_event *event)
{
	if (!event->verified)
		return;
	const bool small = event->bytes < 1 << 20;

	vm->app_verified = true;
	say_progress("%s: verified %s %.16s... (%.*f %s)%s", vm->process->name,
		     vm->app.is_verity ? "root hash" : "sha256", event->text, small ? 0 : 1,
		     (double)event->bytes / (small ? 1 << 10 : 1 << 20), small ? "KiB" : "MiB",
		     vm->app.is_verity ? ", its blocks as they are read" : "");
}

static void take_measure(struct vm *vm, const struct report_event *event)
{
	memcpy(vm->measure, event->measure, sizeof(vm->measure));
	memcpy(vm->pcr11, event->pcr11, sizeof(vm->pcr11));
	say_verbose("%s: measure %s%s%s", vm->process->name, event->measure,
		    event->pcr11[0] == '\0' ? "" : ", PCR 11 ", event->pcr11);
}

static void take_nested(struct vm *vm, const struct report_event *event)
{
	struct json_value *line;
	FILE *out = events_begin("nested", vm->process->name);

	fprintf(out, ",\"line\":%.*s", (int)event->nested_size, event->nested);
	events_end();
	if (json_parse(event->nested, event->nested_size, &line) == 0) {
		const char *name = json_get_string(line, "event");
		vm->guest_is_ready |= name != NULL && strcmp(name, "ready") == 0;
		json_free(line);
	}
	if (vm->nested.count < VM_NESTED_MAX)
		strv_addf(&vm->nested, "%.*s", (int)event->nested_size, event->nested);
	else
		vm->nested_dropped++;
}

/* Why QEMU may not be ended once the guest is done; NULL where it may. What is not the app's own
 * exit may be told of by the console, which then is heard to its end. A report that came by the
 * console counts for less: the app can read its mark. */
static const char *refusal_to_end(const struct vm *vm)
{
	if (vm->reported.kind != OUTCOME_APP_EXIT)
		return "it is not the app's own exit";
	if (vm->console.reader != NULL)
		return "there is no report port";
	return vm_early_refusal(&vm->process->vm, vm->addition);
}

/* Whether that much of the app's output is here. */
static bool has_come(const struct vm *vm, uint64_t stdout_bytes, uint64_t stderr_bytes)
{
	if (vm->out_lines != NULL)
		return labelled_taken(vm->out_lines) >= stdout_bytes &&
		       labelled_taken(vm->err_lines) >= stderr_bytes;
	return vm->out.taken >= stdout_bytes && vm->err.taken >= stderr_bytes;
}

/* Only the first counts, as it gives the guest more time. */
static void take_done(struct vm *vm, const struct report_event *event)
{
	if (vm->done_heard)
		return;
	vm_rings_look(vm);
	vm->done_heard = vm->done_told = true;
	vm->done_stdout = event->stdout_bytes;
	vm->done_stderr = event->stderr_bytes;
	/* A reader of the output may take as long as the guest waits for that. */
	if (vm->stop == VM_RUNS && !has_come(vm, vm->done_stdout, vm->done_stderr))
		vm->deadline_ms = duration_now_ms() + REPORT_DRAIN_MS + POWER_OFF_MS;
}

static void take_report(void *context, const struct report_event *event)
{
	struct vm *vm = context;

	switch (event->kind) {
	case REPORT_INPUT:
		stream_allow(&vm->in, event->bytes + (vm->uses_rings ? RING_BYTES : SERIAL_AHEAD));
		break;
	case REPORT_HELLO:
		if (is_serial(vm) && vm->stop == VM_ASKED) /* that was too early for the line */
			send_line(vm, "stop\n");
		snprintf(vm->kernel_release, sizeof(vm->kernel_release), "%.100s", event->text);
		say_verbose("%s: the guest runs Linux %s", vm->process->name, event->text);
		break;
	case REPORT_STAGE:
		take_stage(vm, event);
		break;
	case REPORT_DIGEST:
		take_digest(vm, event);
		break;
	case REPORT_MEASURE:
		take_measure(vm, event);
		break;
	case REPORT_WARNING:
		say_warning("%s: guest: %s", vm->process->name, event->text);
		break;
	case REPORT_RUNNER:
		take_nested(vm, event);
		break;
	case REPORT_DRAIN:
		vm_rings_look(vm);
		vm->drain_asked = true;
		vm->drain_stdout = event->stdout_bytes;
		vm->drain_stderr = event->stderr_bytes;
		break;
	case REPORT_TASK:
	case REPORT_TASKS_END:
		autopsy_take_report(&vm->autopsy, event);
		break;
	case REPORT_OUTCOME:
		vm->reported = event->outcome;
		/* From here on QEMU need not wait for us at its end, if it is to get there. */
		if (refusal_to_end(vm) != NULL)
			qmp_ask(&vm->qmp, SET_ACTION_ID, "set-action",
				"{\"shutdown\":\"poweroff\"}");
		if (vm->stop == VM_RUNS)
			vm->deadline_ms = duration_now_ms() + POWER_OFF_MS;
		break;
	case REPORT_DONE:
		take_done(vm, event);
		break;
	case REPORT_MALFORMED:
		say_warning("%s: a report line out of form is passed over: %s", vm->process->name,
			    event->text);
		break;
	}
}

/* --- Channels ----------------------------------------------------------------------------------
 */

/* Read what is there; 0 at the end, when the watch has been removed, -EAGAIN when nothing is. */
static ssize_t read_watch(struct vm *vm, struct loop_watch *watch, char *bytes, size_t size)
{
	ssize_t got = read(watch->fd, bytes, size);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return -EAGAIN;
	if (got <= 0) {
		loop_remove(vm->loop, watch);
		return 0;
	}
	return got;
}

static void report_ready(struct loop_watch *watch, uint32_t events)
{
	struct vm *vm = watch->owner;
	char bytes[8192];
	ssize_t size = read_watch(vm, watch, bytes, sizeof(bytes));

	(void)events;
	if (size > 0 && vm->uses_rings)
		vm_rings_heard(vm, bytes, (size_t)size);
	if (size > 0 && is_serial(vm))
		console_feed(&vm->report_lines, bytes, (size_t)size);
	else if (size > 0)
		report_reader_feed(&vm->report, bytes, (size_t)size);
	/* Once the port has spoken, nothing on the console is a report any more: the console is
	 * open to the app. */
	if (vm->report.lines_good > 0)
		vm->console.reader = NULL;
}

static void qmp_ready(struct loop_watch *watch, uint32_t events)
{
	struct vm *vm = watch->owner;
	char bytes[8192];
	ssize_t size = read_watch(vm, watch, bytes, sizeof(bytes));

	(void)events;
	if (size > 0)
		qmp_feed(&vm->qmp, bytes, (size_t)size);
}

/* With -v. A terminal or pipe that does not take it for a second loses it: the console never holds
 * up the supervisor. */
static void show_console(const char *bytes, size_t size)
{
	static bool is_stuck;

	while (size > 0 && loop_can_write(STDERR_FILENO, &is_stuck)) {
		ssize_t written = write(STDERR_FILENO, bytes, size < 4096 ? size : 4096);
		if (written <= 0)
			return;
		bytes += written;
		size -= (size_t)written;
	}
}

static void console_ready(struct loop_watch *watch, uint32_t events)
{
	struct vm *vm = watch->owner;
	char bytes[65536];
	ssize_t size = read_watch(vm, watch, bytes, sizeof(bytes));

	(void)events;
	if (size == 0)
		console_end(&vm->console);
	if (size <= 0)
		return;
	console_feed(&vm->console, bytes, (size_t)size);
	if (vm->addition != NULL)
		vm_keep_console(&vm->addition->keep, bytes, (size_t)size);
	if (vm->addition != NULL && vm->addition->take_console != NULL)
		vm->addition->take_console(vm->addition->take_context, bytes, (size_t)size);
	if (message_verbose && !qemu_logs_console(&vm->process->vm)) /* there QEMU shows it */
		show_console(bytes, (size_t)size);
}

/* Keep the end of it. */
static void stderr_ready(struct loop_watch *watch, uint32_t events)
{
	struct vm *vm = watch->owner;
	char bytes[512];
	ssize_t size = read_watch(vm, watch, bytes, sizeof(bytes));
	size_t room = sizeof(vm->last_words) - 1;

	(void)events;
	if (size <= 0)
		return;
	if (message_verbose)
		show_console(bytes, (size_t)size);
	if (vm->last_words_size + (size_t)size > room) {
		size_t keep = room - (size_t)size;
		if (keep > vm->last_words_size)
			keep = vm->last_words_size;
		memmove(vm->last_words, vm->last_words + vm->last_words_size - keep, keep);
		vm->last_words_size = keep;
	}
	memcpy(vm->last_words + vm->last_words_size, bytes, (size_t)size);
	vm->last_words_size += (size_t)size;
	vm->last_words[vm->last_words_size] = '\0';
}

/* What the guest reported before it ended is here before QEMU's word of that end, on another
 * socket, and may not have been looked at: where pith got no time while the guest ran. */
static void hear_report(struct vm *vm)
{
	for (int i = 0; i < REPORT_READS_MAX && vm->reported.kind == OUTCOME_NONE; i++) {
		struct pollfd poll_fd = {.fd = vm->report_watch.fd, .events = POLLIN};
		if (poll(&poll_fd, 1, 0) != 1)
			return;
		report_ready(&vm->report_watch, EPOLLIN);
	}
}

/* The guest is at its end, and QEMU waits (-no-shutdown, set-action) until it is told to go. */
static void take_shutdown(struct vm *vm, const char *reason)
{
	bool by_reset = strcmp(reason, "guest-reset") == 0 || strcmp(reason, "guest-panic") == 0;

	hear_report(vm);

	say_verbose("%s: QEMU: shutdown (%s)", vm->process->name, reason);
	if (vm->shutdown_reason[0] != '\0')
		return;
	snprintf(vm->shutdown_reason, sizeof(vm->shutdown_reason), "%s", reason);
	if (vm->stop == VM_RUNS && vm->reported.kind == OUTCOME_NONE &&
	    (by_reset || vm->panicked || vm->console.panic[0] != '\0')) {
		vm->stop_next = VM_QUIT;
		enter_stop(vm, VM_EXAMINED);
	} else if (vm->stop != VM_QUIT) {
		qmp_command(&vm->qmp, "quit");
		/* Once in some thousand runs QEMU 7.2 does nothing more after this event. */
		if (vm->stop == VM_RUNS && vm->reported.kind != OUTCOME_NONE)
			vm->deadline_ms = duration_now_ms() + QUIT_MS;
	}
}

static void take_qmp(void *context, const struct qmp_event *event)
{
	struct vm *vm = context;

	switch (event->kind) {
	case QMP_SHUTDOWN:
		take_shutdown(vm, event->text);
		break;
	case QMP_PANICKED:
		vm->panicked = true;
		break;
	case QMP_READY:
		/* The registers of a guest that panicked are there as long as QEMU is. One older
		 * than 6.0 does not know this, and ends at once. A lean one has heard it already
		 * (-no-shutdown): each byte here costs QEMU nine system calls. */
		if (!qemu_is_lean(&vm->process->vm))
			qmp_ask(&vm->qmp, SET_ACTION_ID, "set-action", "{\"shutdown\":\"pause\"}");
		break;
	case QMP_ANSWER:
		(void)autopsy_take_answer(&vm->autopsy, event);
		break;
	case QMP_ERROR:
	case QMP_BROKEN:
		if (event->id == SET_ACTION_ID || autopsy_take_answer(&vm->autopsy, event))
			break;
		say_warning("%s: QEMU's machine protocol: %s", vm->process->name,
			    event->text[0] == '\0' ? "a line out of form" : event->text);
		break;
	case QMP_RESET:
		if (vm->process->vm.on_reset == RESET_RESTARTS && vm->stop == VM_RUNS) {
			events_begin("reset", vm->process->name);
			events_end();
			say_progress("%s: the guest restarts", vm->process->name);
		}
		break;
	case QMP_STOPPED:
	case QMP_RESUMED:
	case QMP_MIGRATED:
		break;
	}
}

/* Never waits: QEMU reads its side, and the few short commands fit any socket buffer. */
static void send_bytes(const struct loop_watch *watch, const char *bytes, size_t size)
{
	if (watch->fd >= 0 && send(watch->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		say_verbose("send to QEMU: %s", strerror(errno));
}

static void send_line(const struct vm *vm, const char *line)
{
	send_bytes(&vm->report_watch, line, strlen(line));
}

static void send_qmp(void *context, const char *bytes, size_t size)
{
	struct vm *vm = context;

	send_bytes(&vm->qmp_watch, bytes, size);
}

/* --- Start and end -----------------------------------------------------------------------------
 */

static int watch_fd(struct vm *vm, struct loop_watch *watch, int fd,
		    void (*ready)(struct loop_watch *watch, uint32_t events))
{
	*watch = (struct loop_watch){fd, ready, vm};
	return fd < 0 ? 0 : loop_add(vm->loop, watch, EPOLLIN);
}

/* The end of the input is told by shutdown(2), and the socket stays open: to close it would be to
 * hang up, and QEMU then drops what it has not passed on. */
static int start_input(struct vm *vm, int line_fd)
{
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (vm->uses_rings)
		return stream_start_ring_input(&vm->in, vm->loop, fd, &vm->rings[0]);
	return is_serial(vm) ? stream_start_limited(&vm->in, vm->loop, fd, line_fd)
			     : stream_start_input(&vm->in, vm->loop, fd, vm->input_fd);
}

/* Byte for byte, unless the output of several is to be told apart. */
static int start_output(struct vm *vm, const struct vm_options *options,
			const struct vm_start_fds *fds)
{
	const char *label = options->label == NULL ? "" : options->label;
	int result;

	if (label[0] != '\0' || options->log_fd >= 0) {
		vm->out_lines =
		    labelled_start(vm->loop, fds->out, STDOUT_FILENO, label, options->log_fd);
		vm->err_lines =
		    labelled_start(vm->loop, fds->err, STDERR_FILENO, label, options->log_fd);
		return 0;
	}
	if (vm->uses_rings) {
		result = stream_start_ring(&vm->out, vm->loop, &vm->rings[1], STDOUT_FILENO);
		return result < 0
			   ? result
			   : stream_start_ring(&vm->err, vm->loop, &vm->rings[2], STDERR_FILENO);
	}
	result = stream_start(&vm->out, vm->loop, fds->out, STDOUT_FILENO);
	return result < 0 ? result : stream_start(&vm->err, vm->loop, fds->err, STDERR_FILENO);
}

static int watch_channels(struct vm *vm, const struct vm_options *options,
			  const struct vm_start_fds *fds)
{
	int result;

	report_reader_init(&vm->report, take_report, vm);
	qmp_init(&vm->qmp, take_qmp, send_qmp, vm);
	console_init(&vm->console);
	if (vm->uses_report && !qemu_logs_console(&vm->process->vm))
		vm->console.reader = &vm->report;
	vm->console.nonce = vm->nonce;
	console_init(&vm->report_lines);
	vm->report_lines.reader = &vm->report;
	vm->report_lines.nonce = vm->nonce;
	vm->input_fd = fds->in;
	if ((result = watch_fd(vm, &vm->qmp_watch, fds->qmp, qmp_ready)) < 0 ||
	    (result = watch_fd(vm, &vm->report_watch, fds->report, report_ready)) < 0 ||
	    (result = watch_fd(vm, &vm->console_watch, fds->console, console_ready)) < 0 ||
	    (result = watch_fd(vm, &vm->stderr_watch, fds->vmm_stderr, stderr_ready)) < 0)
		return result;
	/* The handshake was over before its state was loaded. */
	vm->qmp.ready = vm->is_resumed;
	if (vm->is_resumed)
		take_qmp(vm, &(struct qmp_event){.kind = QMP_READY});
	if (!vm->uses_report)
		return 0;
	if ((result = start_output(vm, options, fds)) < 0)
		return result;
	if (!is_serial(vm))
		send_line(vm, "hello\n");
	if (vm->addition != NULL) {
		vm->out.take = vm->addition->take_output;
		vm->out.take_context = vm->addition->take_context;
		vm->out.sink_is_gone |= vm->addition->drops_output;
	}
	if (fds->files >= 0 && !vm->addition->use_outputs)
		vm->unused_fd = fds->files;
	else if (fds->files >= 0 && (result = stream_start(&vm->files, vm->loop, fds->files,
							   vm->addition->outputs_fd)) < 0)
		return result;
	if ((fds->in < 0 && !is_serial(vm)) || !vm->addition->use_stdin)
		return 0;
	return start_input(vm, fds->out);
}

int vm_start(struct vm *vm, const struct config_process *process, struct loop *loop,
	     const struct vm_options *options, struct outcome *failure)
{
	struct vm_start_fds fds;
	int result;

	memset(vm, 0, sizeof(*vm));
	vm->process = process;
	vm->loop = loop;
	vm->qmp_watch.fd = vm->report_watch.fd = vm->console_watch.fd = vm->stderr_watch.fd = -1;
	vm->out.source.fd = vm->out.sink.fd = vm->err.source.fd = vm->err.sink.fd = -1;
	vm->in.source.fd = vm->in.sink.fd = vm->input_fd = vm->unused_fd = -1;
	vm->files.source.fd = vm->files.sink.fd = -1;
	vm->addition = options->addition;
	vm->begun_us = duration_now_us();
	result = vm_start_qemu(vm, options, &fds, failure);
	if (result < 0)
		return result;
	vm->qemu_us = duration_now_us();
	result = watch_channels(vm, options, &fds);
	if (result < 0) {
		kill(-vm->pid, SIGKILL);
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "watching QEMU: %s",
			    strerror(-result));
		return result;
	}
	if (vm->boot_timeout_ms != 0)
		vm->deadline_ms = duration_now_ms() + vm->boot_timeout_ms;
	return 0;
}

void vm_tell_size(struct vm *vm, unsigned rows, unsigned columns)
{
	char line[48];

	if (!vm->uses_report || (rows == vm->terminal_rows && columns == vm->terminal_columns))
		return;
	vm->terminal_rows = rows;
	vm->terminal_columns = columns;
	snprintf(line, sizeof(line), "size %ux%u\n", rows, columns);
	send_line(vm, line);
}

static uint64_t stop_timeout_ms(const struct vm *vm)
{
	return vm->process->stop_timeout_ms != 0 ? vm->process->stop_timeout_ms
						 : VM_STOP_TIMEOUT_MS;
}

/* Whether PID 1 is in its loop, where it reads what it is asked. */
static bool has_listener(const struct vm *vm)
{
	for (size_t i = 0; i < vm->stage_count; i++)
		if (strcmp(vm->stages[i].name, REPORT_STAGE_APP) == 0)
			return vm->report_watch.fd >= 0 && vm->reported.kind == OUTCOME_NONE;
	return false;
}

/* The machine first, as it was; then it goes on, and the guest is asked. */
static void go_on_examining(struct vm *vm)
{
	struct autopsy *autopsy = &vm->autopsy;

	if (!autopsy_machine_is_done(autopsy))
		return;
	if (!autopsy->guest_asked && autopsy->was_running && vm->stop_next != VM_QUIT) {
		qmp_command(&vm->qmp, "cont");
		autopsy->was_running = false;
		if (has_listener(vm)) {
			send_line(vm, "tasks\n");
			autopsy->guest_asked = true;
		}
	}
	if (autopsy_is_done(autopsy))
		enter_stop(vm, vm->stop_next);
}

/* The guest's own way from here is to shut its devices down, for nobody. */
static void end_early(struct vm *vm)
{
	const char *reason = refusal_to_end(vm);

	vm->done_told = false;
	if (vm->reaped || vm->panicked || vm->shutdown_reason[0] != '\0' ||
	    (vm->stop != VM_RUNS && vm->stop != VM_ASKED))
		return;
	if (reason != NULL) {
		say_verbose("%s: the guest is done, and powers off: %s", vm->process->name, reason);
		if (vm->stop == VM_RUNS) /* it need not wait for a reader any more */
			vm->deadline_ms = duration_now_ms() + POWER_OFF_MS;
		return;
	}
	say_verbose("%s: the guest is done: QEMU is ended", vm->process->name);
	vm->ended_early = true;
	kill(-vm->pid, SIGKILL);
}

void vm_look(struct vm *vm)
{
	if (vm->stop == VM_EXAMINED && !vm->reaped)
		go_on_examining(vm);
	vm_rings_answer(vm);
	if (vm->lost_output[0] != '\0' && !vm->reaped && vm->stop == VM_RUNS) {
		say_error("%s: %s", vm->process->name, vm->lost_output);
		enter_stop(vm, VM_QUIT);
	}
	if (vm->in.is_limited && !vm->uses_rings && stream_is_done(&vm->in) &&
	    !vm->input_end_told) {
		char line[32];
		snprintf(line, sizeof(line), "end %llu\n", (unsigned long long)vm->in.taken);
		send_line(vm, line);
		vm->input_end_told = true;
	}
	/* What comes over that serial line or ring after the answer are the files. */
	if (vm->drain_asked && has_come(vm, vm->drain_stdout, vm->drain_stderr) &&
	    (!is_serial(vm) || !vm->addition->use_outputs ||
	     stream_turn(&vm->out, vm->addition->outputs_fd))) {
		vm->drain_asked = false;
		send_line(vm, "drained\n");
	}
	if (vm->done_told && has_come(vm, vm->done_stdout, vm->done_stderr))
		end_early(vm);
}

static void enter_stop(struct vm *vm, enum vm_stop stop)
{
	uint64_t grace_ms = 0;

	if (vm->stop == VM_RUNS)
		vm->stop_stage_count = vm->stage_count;
	vm->stop = stop;
	switch (stop) {
	case VM_EXAMINED:
		if (autopsy_begin(&vm->autopsy, &vm->qmp,
				  vm->process->vm.cpus != 0 ? vm->process->vm.cpus : CPUS_DEFAULT))
			grace_ms = vm->accel == ACCEL_TCG ? EXAMINE_EMULATED_MS : EXAMINE_MS;
		else
			grace_ms = 1; /* QEMU itself hangs */
		break;
	case VM_ASKED:
		send_line(vm, "stop\n");
		grace_ms = vm->run_timeout_ms != 0 ? ASKED_AFTER_TIMEOUT_MS
						   : stop_timeout_ms(vm) + ASKED_MORE_MS;
		break;
	case VM_POWERDOWN:
		qmp_command(&vm->qmp, "system_powerdown");
		grace_ms = vm->uses_report                     ? POWERDOWN_MS
			   : vm->process->stop_timeout_ms != 0 ? stop_timeout_ms(vm)
							       : POWERDOWN_ALONE_MS;
		break;
	case VM_QUIT:
		qmp_command(&vm->qmp, "quit");
		grace_ms = QUIT_MS;
		break;
	case VM_RUNS:
	case VM_KILLED:
		kill(-vm->pid, SIGKILL);
		break;
	}
	vm->deadline_ms = grace_ms == 0 ? 0 : duration_now_ms() + grace_ms;
}

/* Helpers end by themselves, with success, when QEMU leaves them. Any other end pulls a device out
 * from under the guest. */
bool vm_helper_reaped(struct vm *vm, pid_t pid, int wait_status)
{
	const char *name = vm_helpers_reaped(&vm->helpers, pid);

	if (name == NULL)
		return false;
	if (vm->reaped || vm->ended_early || vm->stop != VM_RUNS || wait_status == 0)
		return true;
	snprintf(vm->helper_failure, sizeof(vm->helper_failure), "%s %s %d", name,
		 WIFSIGNALED(wait_status) ? "was killed by signal" : "ended with status",
		 WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status));
	enter_stop(vm, VM_QUIT);
	return true;
}

void vm_reaped(struct vm *vm, int wait_status)
{
	vm_helpers_stop(&vm->helpers, SIGTERM);
	vm->reaped = true;
	if (vm->uses_rings) {
		stream_finish(&vm->out);
		stream_finish(&vm->err);
	}
	vm->wait_status = wait_status;
	vm->deadline_ms = 0;
	vm->ended_us = duration_now_us();
}

/* Why what the app wrote does not arrive; 0: it does. */
static int output_error(const struct vm *vm)
{
	return vm->out.sink_error != 0 ? vm->out.sink_error : vm->err.sink_error;
}

void vm_check_reader(struct vm *vm)
{
	int error = output_error(vm);

	if (error != 0 && error != EPIPE && !vm->output_error_said)
		say_error("%s: its output cannot be written: %s", vm->process->name,
			  strerror(error));
	else if (vm->files.sink_error != 0 && !vm->output_error_said)
		say_error("%s: --output: the temporary file: %s", vm->process->name,
			  strerror(vm->files.sink_error));
	vm->output_error_said = (error != 0 && error != EPIPE) || vm->files.sink_error != 0;
	if (error != 0 && vm->addition != NULL && vm->addition->ends_without_reader)
		vm_stop(vm, SIGPIPE, 0);
}

bool vm_is_done(const struct vm *vm)
{
	return vm->reaped && vm->qmp_watch.fd < 0 && vm->report_watch.fd < 0 &&
	       vm->console_watch.fd < 0 && vm->stderr_watch.fd < 0 && stream_is_done(&vm->out) &&
	       stream_is_done(&vm->err) && stream_is_done(&vm->files) &&
	       (vm->out_lines == NULL ||
		(labelled_is_done(vm->out_lines) && labelled_is_done(vm->err_lines)));
}

void vm_stop(struct vm *vm, int signal, uint64_t run_timeout_ms)
{
	/* With the outcome here the end is near, unless a reader of the output keeps it waiting. */
	if (vm->reaped || vm->stop != VM_RUNS ||
	    (vm->reported.kind != OUTCOME_NONE && !vm->done_told))
		return;
	vm->stop_signal = signal;
	vm->run_timeout_ms = run_timeout_ms;
	vm->stop_next = vm->uses_report ? VM_ASKED : VM_POWERDOWN;
	enter_stop(vm, run_timeout_ms != 0 ? VM_EXAMINED : vm->stop_next);
}

void vm_kill(struct vm *vm)
{
	if (!vm->reaped) {
		enter_stop(vm, VM_KILLED);
		return;
	}
	/* Only its output is still on its way to somebody who does not read it. */
	stream_end(&vm->out);
	stream_end(&vm->err);
}

void vm_deadline_passed(struct vm *vm)
{
	if (vm->stop == VM_EXAMINED) {
		if (vm->autopsy.was_running)
			qmp_command(&vm->qmp, "cont");
		enter_stop(vm, vm->stop_next);
	} else if (vm->stop != VM_RUNS) {
		say_verbose("%s: no end within the grace; the next step of stopping it",
			    vm->process->name);
		enter_stop(vm, vm->stop == VM_KILLED ? VM_KILLED : (enum vm_stop)(vm->stop + 1));
	} else if (vm->reported.kind != OUTCOME_NONE && vm->shutdown_reason[0] != '\0') {
		say_verbose("%s: QEMU does not end after its shutdown: it is killed",
			    vm->process->name);
		enter_stop(vm, VM_KILLED);
	} else if (vm->reported.kind != OUTCOME_NONE) {
		say_warning("%s: no power-off %d s after the outcome: QEMU is ended",
			    vm->process->name, POWER_OFF_MS / 1000);
		enter_stop(vm, VM_QUIT);
	} else {
		vm->boot_timed_out = true;
		vm->stop_next = VM_QUIT;
		enter_stop(vm, VM_EXAMINED);
	}
}

const char *vm_missing_socket(const struct config_vm *vm)
{
	for (size_t i = 0; i < vm->net_count; i++)
		for (size_t j = 0; j < vm->nets[i].connect.count; j++)
			if (!ready_socket_listens(vm->nets[i].connect.items[j]))
				return vm->nets[i].connect.items[j];
	for (size_t i = 0; i < vm->gpio_count; i++)
		if (vm->gpios[i].is_external && !ready_socket_listens(vm->gpios[i].path))
			return vm->gpios[i].path;
	return NULL;
}

/* Why QEMU ended: of several lines the last, and those before it from the last that names QEMU on,
 * where it says what is wrong before it gives advice ("Use -machine help ..."). One line. */
static const char *last_error(const char *text, char *line, size_t size)
{
	const char *last = text, *named = NULL;
	size_t length, used = 0;

	for (const char *at = text; *at != '\0'; at += length + (at[length] == '\n')) {
		length = strcspn(at, "\n");
		if (length > 0)
			last = at;
		if (strncmp(at, "qemu", 4) == 0)
			named = at;
	}
	line[0] = '\0';
	for (const char *at = named != NULL ? named : last; *at != '\0' && used < size;
	     at += length + (at[length] == '\n')) {
		length = strcspn(at, "\n");
		if (length > 0)
			used += (size_t)snprintf(line + used, size - used, "%s%.*s",
						 used == 0 ? "" : "; ", (int)length, at);
	}
	return line;
}

/* The kernel's last words were those of a power-off or restart that was asked for. Nothing that an
 * app has printed comes after them, and after a panic they do not come. */
static bool ended_in_order(const struct vm *vm)
{
	size_t count = console_kept(&vm->console);

	return count > 0 && strstr(console_line(&vm->console, count - 1), "reboot: ") != NULL;
}

/* The guest must not say that it has written more than there is. */
static const char *lost_output(const struct vm *vm)
{
	if (vm->uses_rings && vm->lost_output[0] == '\0' &&
	    !has_come(vm, vm->done_stdout, vm->done_stderr))
		return "some of the app's output did not arrive";
	return vm->lost_output;
}

void vm_outcome(const struct vm *vm, struct outcome *outcome)
{
	char words[256];
	struct verdict_facts facts = {
	    .expects_report = vm->uses_report,
	    .reported = vm->reported.kind == OUTCOME_NONE ? NULL : &vm->reported,
	    .last_stage = last_stage(vm),
	    .panic = vm->ended_early || ended_in_order(vm) ? "" : vm->console.panic,
	    .panicked = vm->panicked,
	    .shutdown_reason = vm->shutdown_reason,
	    .wait_status = vm->wait_status,
	    .killed_by_us = vm->stop == VM_KILLED,
	    .last_words = last_error(vm->last_words, words, sizeof(words)),
	    .stop_signal = vm->stop_signal,
	    .helper_failure = vm->helper_failure,
	    .lost_output = lost_output(vm),
	    .boot_timeout_ms = vm->boot_timed_out ? vm->boot_timeout_ms : 0,
	    .run_timeout_ms = vm->run_timeout_ms,
	};

	verdict_decide(&facts, outcome);
	/* A reader that went away had enough; what no disk took is missing, whether the app still
	 * ran when it was to be written or had ended with 0. */
	int error = output_error(vm);
	if (error != 0 && error != EPIPE &&
	    (outcome_exit_code(outcome) == 0 ||
	     (outcome->kind == OUTCOME_INTERRUPTED && outcome->signal == SIGPIPE)))
		outcome_set(outcome, OUTCOME_INTERRUPTED, 0, SIGPIPE,
			    "its output cannot be written: %s", strerror(error));
}

bool vm_needs_autopsy(const struct vm *vm, const struct outcome *outcome)
{
	if (outcome_exit_code(outcome) == 0 || outcome->kind == OUTCOME_INTERRUPTED)
		return false;
	return vm->autopsy.begun || (vm->uses_report && vm->reported.kind == OUTCOME_NONE);
}

void vm_close(struct vm *vm)
{
	loop_remove(vm->loop, &vm->qmp_watch);
	loop_remove(vm->loop, &vm->report_watch);
	loop_remove(vm->loop, &vm->console_watch);
	loop_remove(vm->loop, &vm->stderr_watch);
	if (!stream_is_done(&vm->out))
		stream_end(&vm->out);
	if (!stream_is_done(&vm->err))
		stream_end(&vm->err);
	if (!stream_is_done(&vm->in))
		stream_end(&vm->in);
	if (!stream_is_done(&vm->files))
		stream_end(&vm->files);
	if (vm->input_fd >= 0)
		close(vm->input_fd);
	if (vm->unused_fd >= 0)
		close(vm->unused_fd);
	vm->input_fd = vm->unused_fd = -1;
	labelled_end(vm->out_lines);
	labelled_end(vm->err_lines);
	vm->out_lines = vm->err_lines = NULL;
}

void vm_free(struct vm *vm)
{
	vm_helpers_stop(&vm->helpers, SIGKILL);
	autopsy_free(&vm->autopsy);
	strv_free(&vm->argv);
	strv_free(&vm->nested);
	vm_rings_free(vm);
}
