/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.c: runs the processes of a configuration.
 *
 * 1. Everything is started in the order of the file, each process as soon as those that it
 *    comes after are ready, in a process group of its own.
 * 2. The loop waits for signals, for what processes and virtual machines say, and for deadlines;
 *    what is to be restarted waits for its time.
 * 3. A process that fails, a signal from outside, or the run's deadline begins the stop: TERM and
 *    CONT to every group, then KILL when its grace is over; a VM has its own steps (vm.h). A second
 *    signal skips the grace.
 * 4. What a process leaves in its control group (cgroup.h) has the same grace after it; a restart
 *    waits for that.
 * 5. When the last process has ended, so are the descendants that are left. */
#include "supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge.h"
#include "../init/notify.h"
#include "descendants.h"
#include "duration.h"
#include "events.h"
#include "guard.h"
#include "guest.h"
#include "labelled.h"
#include "launch.h"
#include "loop.h"
#include "message.h"
#include "ready.h"
#include "signals.h"
#include "spawn.h"
#include "summary.h"
#include "terminal.h"

#define STOP_GRACE_MS 5000
#define CLEAR_KILL_MS 10000 /* from KILL to the end of what may be in the kernel's D state */
#define READY_TIMEOUT_MS 60000
#define SOCKET_LOOK_MS 20
#define TERMINAL_LOOK_MS 250
#define MESSAGE_LOOK_MS 100         /* at a standard error that does not take what is held for it */
#define STOP_GRACE_ORPHANED_MS 2000 /* the guard was killed: somebody is in a hurry */
/* timeout(1) and shells signal the process and its group: two signals that mean one. */
#define SAME_REQUEST_MS 200

struct supervisor {
	struct supervise_result *result;
	const struct supervise_options *options;
	const struct config_paths *paths;
	struct loop loop;
	struct loop_watch signals;
	const struct config_process *terminal_owner; /* NULL: nobody */
	size_t live;                                 /* running */
	size_t waiting;                              /* neither running nor ended for good */
	bool stopping, run_timed_out;
	bool is_ready; /* everything is, and that has been said */
	bool is_over;  /* nothing runs, and only output is on its way */
	size_t label_width;
	int stop_signal;         /* from outside; 0: none came */
	uint64_t stop_signal_ms; /* when */
	uint64_t run_deadline_ms;
};

/* Only one can read from the terminal: a VM whose serial line is there, or the only process. */
static const struct config_process *choose_terminal_owner(const struct config *config)
{
	if (!terminal_is_ours())
		return NULL;
	for (size_t i = 0; i < config->process_count; i++)
		if (config->processes[i].type == PROCESS_VM &&
		    qemu_uses_stdio(&config->processes[i].vm))
			return &config->processes[i];
	return config->process_count == 1 && config->processes[0].type == PROCESS_SHELL
		   ? &config->processes[0]
		   : NULL;
}

/* --- Stop --------------------------------------------------------------------------------------
 */

static uint64_t grace_ms(const struct config_process *process)
{
	if (guard_is_gone())
		return STOP_GRACE_ORPHANED_MS;
	return process != NULL && process->stop_timeout_ms != 0 ? process->stop_timeout_ms
								: STOP_GRACE_MS;
}

static void stop_one(struct supervised *process, int signal, uint64_t run_timeout_ms)
{
	if (!process->is_running || process->stop_signal != 0)
		return;
	process->stop_signal = signal;
	process->run_timeout_ms = run_timeout_ms;
	if (process->vm != NULL) {
		vm_stop(process->vm, signal, run_timeout_ms);
		return;
	}
	kill(-process->pid, SIGTERM);
	kill(-process->pid, SIGCONT);
	process->kill_at_ms = duration_now_ms() + grace_ms(process->config);
}

static void stop_all(struct supervisor *supervisor, int signal, uint64_t run_timeout_ms)
{
	supervisor->stopping = true;
	for (size_t i = 0; i < supervisor->result->count; i++)
		stop_one(&supervisor->result->processes[i], signal, run_timeout_ms);
}

static void kill_one(struct supervised *process)
{
	if (process->vm != NULL)
		vm_kill(process->vm);
	else if (cgroup_is_there(&process->cgroup))
		cgroup_kill(&process->cgroup);
	else
		kill(-process->pid, SIGKILL);
	process->kill_at_ms = 0;
}

static void kill_all(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		if (process->is_running)
			kill_one(process);
		else if (process->clear_at_ms != 0)
			cgroup_kill(&process->cgroup);
	}
	labelled_drop();
	message_drop();
}

static void take_stop_signal(struct supervisor *supervisor, int signal)
{
	uint64_t now = duration_now_ms();

	if (supervisor->stop_signal != 0 && now - supervisor->stop_signal_ms < SAME_REQUEST_MS)
		return;
	if (supervisor->stop_signal != 0)
		say_progress("%s again: killing what is left", signals_name(signal));
	if (supervisor->stop_signal != 0 || supervisor->is_over) {
		kill_all(supervisor);
		return;
	}
	say_verbose("%s: stopping", signals_name(signal));
	supervisor->stop_signal = signal;
	supervisor->stop_signal_ms = now;
	stop_all(supervisor, signal, 0);
}

/* --- Ends --------------------------------------------------------------------------------------
 */

static bool is_to_restart(const struct supervisor *supervisor, const struct supervised *process)
{
	const struct config_process *config = process->config;
	bool failed = outcome_exit_code(&process->outcome) != 0;

	if (supervisor->stopping || process->stop_signal != 0 || !process->was_started ||
	    config->restart == RESTART_NO || (config->restart == RESTART_ON_FAILURE && !failed))
		return false;
	return config->restart_limit == 0 || process->restarts < config->restart_limit;
}

static void restart_later(struct supervisor *supervisor, struct supervised *process)
{
	uint64_t delay_ms = process->config->restart_delay_ms;

	process->restarts++;
	process->is_ready = false;
	process->start_at_ms = duration_now_ms() + (delay_ms == 0 ? 1 : delay_ms);
	supervisor->waiting++;
	FILE *out = events_begin("process-restart", process->config->name);
	fprintf(out, ",\"restarts\":%u", process->restarts);
	events_end();
	say_progress("%s: starts again in %.1f s (%u%s)", process->config->name,
		     (double)delay_ms / 1000, process->restarts,
		     process->restarts == process->config->restart_limit ? ", for the last time"
									 : "");
}

/* The next step of ending what a process left in its control group: TERM, KILL, and to give up. */
static void clear_further(struct supervised *process)
{
	if (process->clear_at_ms == 0) {
		cgroup_signal(&process->cgroup, SIGTERM);
		process->clear_at_ms = duration_now_ms() + grace_ms(process->config);
		process->clear_is_kill = false;
	} else if (!process->clear_is_kill) {
		cgroup_kill(&process->cgroup);
		process->clear_at_ms = duration_now_ms() + CLEAR_KILL_MS;
		process->clear_is_kill = true;
	} else {
		say_warning("%s: what it left cannot be killed", process->config->name);
		process->cgroup.path[0] = '\0';
		process->clear_at_ms = 0;
	}
}

/* Whether the control group of a process that has ended is gone. */
static bool is_clear(struct supervised *process)
{
	if (cgroup_is_there(&process->cgroup) && !cgroup_remove(&process->cgroup))
		return false;
	process->clear_at_ms = 0;
	return true;
}

static bool are_all_clear(struct supervisor *supervisor)
{
	bool clear = true;

	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		clear &= process->is_running || is_clear(process);
	}
	return clear;
}

/* Does a process that has not been started wait for PROCESS to be ready? */
static bool is_awaited(const struct supervisor *supervisor, const struct supervised *process)
{
	const struct supervise_result *result = supervisor->result;

	for (size_t i = 0; i < result->count; i++) {
		const struct supervised *other = &result->processes[i];
		for (size_t j = 0; j < other->config->after_count; j++)
			if (&result->processes[other->config->after[j]] == process &&
			    !other->was_started && !other->has_ended)
				return true;
	}
	return false;
}

static void now_ready(struct supervised *process)
{
	if (process->is_ready)
		return;
	process->is_ready = true;
	process->ready_us = duration_now_us();
	process->ready_by_ms = 0;
	events_begin("process-ready", process->config->name);
	events_end();
	say_verbose("%s: ready", process->config->name);
}

/* It may have said that it is ready, and ended before that was looked at. Where it has not, what
 * waits for it would wait for ever: an end in order is none then. */
static void look_at_last_words(struct supervisor *supervisor, struct supervised *process)
{
	if (process->is_running && process->notify.fd >= 0 &&
	    notify_read(process->notify.fd, process->uid))
		now_ready(process);
	if (!process->is_ready && !supervisor->stopping &&
	    outcome_exit_code(&process->outcome) == 0 && is_awaited(supervisor, process))
		outcome_set(&process->outcome, OUTCOME_SETUP_FAILED, 0, 0,
			    "ended before it was ready");
}

static void process_ended(struct supervisor *supervisor, struct supervised *process)
{
	struct supervise_result *result = supervisor->result;

	look_at_last_words(supervisor, process);

	process->ended_us = duration_now_us();
	process->kill_at_ms = process->ready_by_ms = 0;
	if (process->is_running)
		supervisor->live--;
	process->is_running = false;
	if (!is_clear(process))
		clear_further(process);
	loop_remove(&supervisor->loop, &process->notify);
	if (process->config == supervisor->terminal_owner)
		terminal_restore();
	if (process->was_late)
		outcome_set(&process->outcome, OUTCOME_SETUP_FAILED, 0, 0, "not ready in time");
	FILE *out = events_begin("process-end", process->config->name);
	events_add_outcome(out, &process->outcome);
	events_end();
	bool failed = outcome_exit_code(&process->outcome) != 0;
	bool restart = is_to_restart(supervisor, process);
	bool first = failed && !restart && result->first_failure == NULL;
	if (first)
		result->first_failure = process;
	launch_ended(process, !restart);
	summary_process(process, first || restart);
	if (restart) {
		restart_later(supervisor, process);
		return;
	}
	process->has_ended = true;
	if (failed && !supervisor->stopping) {
		if (supervisor->live > 0)
			say_verbose("ending the rest: %zu", supervisor->live);
		stop_all(supervisor, SIGTERM, 0);
	}
}

static void shell_ended(struct supervisor *supervisor, struct supervised *process, int wait_status)
{
	struct outcome *outcome = &process->outcome;

	outcome_from_wait_status(outcome, wait_status);
	if (process->run_timeout_ms != 0)
		outcome_set(outcome, OUTCOME_RUN_TIMEOUT, 0, 0, "not ended after %.*f s",
			    duration_decimals(process->run_timeout_ms),
			    (double)process->run_timeout_ms / 1000);
	else if (process->stop_signal != 0 && outcome->kind == OUTCOME_APP_SIGNAL)
		outcome_set(outcome, OUTCOME_INTERRUPTED, 0, process->stop_signal,
			    "stopped by request");
	process_ended(supervisor, process);
}

/* A VM has ended when QEMU has and all it wrote has been passed on. */
static void look_at_vms(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		if (process->vm == NULL || !process->is_running)
			continue;
		vm_look(process->vm);
		vm_check_reader(process->vm);
		if (process->config->ready == READY_NOTIFY && process->vm->guest_is_ready)
			now_ready(process);
		if (!vm_is_done(process->vm))
			continue;
		vm_outcome(process->vm, &process->outcome);
		process_ended(supervisor, process);
	}
}

static struct supervised *find_process(struct supervisor *supervisor, pid_t pid)
{
	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		if (process->is_running && process->pid == pid)
			return process;
	}
	return NULL;
}

static void helper_ended(struct supervisor *supervisor, pid_t pid, int status)
{
	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		if (process->vm != NULL && vm_helper_reaped(process->vm, pid, status))
			return;
	}
}

/* Reap until nothing is left to reap: one SIGCHLD may stand for many. What is no process of the
 * configuration is an orphan that came to us as subreaper: reaped, and never a failure. */
static void reap(struct supervisor *supervisor)
{
	siginfo_t info;
	int status;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		struct supervised *process = find_process(supervisor, info.si_pid);
		if (process != NULL) {
			/* What it left in its group ends with it. Before the reaping, as the
			 * group's number is not given to others until then. */
			kill(-info.si_pid, SIGTERM);
			kill(-info.si_pid, SIGCONT);
		}
		if (waitpid(info.si_pid, &status, 0) != info.si_pid)
			continue;
		if (process == NULL)
			helper_ended(supervisor, info.si_pid, status);
		else if (process->vm != NULL)
			vm_reaped(process->vm, status);
		else
			shell_ended(supervisor, process, status);
	}
}

static void signals_ready(struct loop_watch *watch, uint32_t events)
{
	struct supervisor *supervisor = watch->owner;
	struct signalfd_siginfo info;

	(void)events;
	if (read(watch->fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGCHLD)
		reap(supervisor);
	else
		take_stop_signal(supervisor, (int)info.ssi_signo);
}

/* --- Start and readiness -----------------------------------------------------------------------
 */

static void notify_ready(struct loop_watch *watch, uint32_t events)
{
	struct supervised *process = watch->owner;

	(void)events;
	if (notify_read(watch->fd, process->uid))
		now_ready(process);
}

/* "web   | ", in a colour of its own on a terminal. */
static void make_label(const struct supervisor *supervisor, const struct supervised *process,
		       char *label, size_t size)
{
	static const int colours[] = {36, 33, 32, 35, 34, 31};
	size_t number = (size_t)(process - supervisor->result->processes);
	bool in_colour = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
	char begin[16] = "";

	label[0] = '\0';
	if (supervisor->options->no_labels || supervisor->result->count < 2)
		return;
	if (in_colour)
		snprintf(begin, sizeof(begin), "\033[%dm",
			 colours[number % (sizeof(colours) / sizeof(colours[0]))]);
	snprintf(label, size, "%s%-*s |%s ", begin, (int)supervisor->label_width,
		 process->config->name, in_colour ? "\033[0m" : "");
}

static void expect_ready(struct supervisor *supervisor, struct supervised *process)
{
	uint64_t timeout_ms = process->config->ready_timeout_ms;

	if (process->config->ready == READY_START) {
		now_ready(process);
		return;
	}
	process->ready_by_ms =
	    duration_now_ms() + (timeout_ms == 0 ? READY_TIMEOUT_MS : timeout_ms);
	if (process->notify.fd < 0)
		return;
	process->notify.ready = notify_ready;
	process->notify.owner = process;
	loop_add(&supervisor->loop, &process->notify, EPOLLIN);
}

static void start_one(struct supervisor *supervisor, struct supervised *process)
{
	char label[256];
	const struct launch_setting setting = {
	    .loop = &supervisor->loop,
	    .options = supervisor->options,
	    .foreground = process->config == supervisor->terminal_owner,
	    .paths = supervisor->paths,
	    .label = label,
	};

	make_label(supervisor, process, label, sizeof(label));
	supervisor->waiting--;
	process->start_at_ms = 0;
	process->started_us = duration_now_us();
	if (launch_start(process, &setting) < 0) {
		process_ended(supervisor, process);
		return;
	}
	process->was_started = process->is_running = true;
	supervisor->live++;
	expect_ready(supervisor, process);
}

static bool may_start(const struct supervisor *supervisor, const struct supervised *process)
{
	if (process->is_running || process->has_ended || process->clear_at_ms != 0)
		return false;
	if (process->was_started)
		return duration_now_ms() >= process->start_at_ms;
	for (size_t i = 0; i < process->config->after_count; i++)
		if (!supervisor->result->processes[process->config->after[i]].is_ready)
			return false;
	return process->config->type != PROCESS_VM ||
	       vm_missing_socket(&process->config->vm) == NULL;
}

/* Between two starts one event is looked at, so that a signal or a failure among a thousand
 * processes does not wait for the last of them. */
static void start_waiting(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->result->count && !supervisor->stopping; i++) {
		if (!may_start(supervisor, &supervisor->result->processes[i]))
			continue;
		start_one(supervisor, &supervisor->result->processes[i]);
		loop_run_once(&supervisor->loop, 0);
	}
}

/* Sockets that are awaited are looked at, as no event tells that somebody listens. */
static bool look_at_sockets(struct supervisor *supervisor)
{
	bool awaited = false;

	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		if (!process->was_started && !process->has_ended &&
		    process->config->type == PROCESS_VM &&
		    vm_missing_socket(&process->config->vm) != NULL) {
			if (process->ready_by_ms == 0)
				process->ready_by_ms = duration_now_ms() + READY_TIMEOUT_MS;
			awaited = true;
			continue;
		}
		if (process->config->ready != READY_SOCKET || !process->is_running ||
		    process->is_ready)
			continue;
		if (ready_socket_listens(process->config->ready_socket))
			now_ready(process);
		else
			awaited = true;
	}
	return awaited;
}

/* From a guest this goes to the base system: its VM is ready. */
static void look_at_readiness(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->result->count; i++)
		if (!supervisor->result->processes[i].is_ready)
			return;
	supervisor->is_ready = true;
	events_begin("ready", NULL);
	events_end();
}

/* --- Loop --------------------------------------------------------------------------------------
 */

static void take_nearer(uint64_t *nearest, uint64_t deadline)
{
	if (deadline != 0 && (*nearest == 0 || deadline < *nearest))
		*nearest = deadline;
}

/* The VM that runs on the terminal, or NULL. */
static struct vm *terminal_vm(const struct supervisor *supervisor)
{
	const struct supervise_result *result = supervisor->result;

	for (size_t i = 0; supervisor->terminal_owner != NULL && i < result->count; i++)
		if (result->processes[i].config == supervisor->terminal_owner)
			return result->processes[i].is_running ? result->processes[i].vm : NULL;
	return NULL;
}

/* Until the nearest deadline, for epoll_wait: -1 for none. */
static int time_to_wait(const struct supervisor *supervisor, bool socket_awaited)
{
	uint64_t nearest = supervisor->run_deadline_ms, now = duration_now_ms();

	if (socket_awaited)
		take_nearer(&nearest, now + SOCKET_LOOK_MS);
	if (terminal_vm(supervisor) != NULL)
		take_nearer(&nearest, now + TERMINAL_LOOK_MS);
	for (size_t i = 0; i < supervisor->result->count; i++) {
		const struct supervised *process = &supervisor->result->processes[i];
		if (!supervisor->stopping && process->clear_at_ms == 0)
			take_nearer(&nearest, process->start_at_ms);
		take_nearer(&nearest, process->clear_at_ms);
		take_nearer(&nearest, process->kill_at_ms);
		take_nearer(&nearest, process->ready_by_ms);
		if (process->is_running && process->vm != NULL)
			take_nearer(&nearest, process->vm->deadline_ms);
	}
	if (!message_flush())
		take_nearer(&nearest, now + MESSAGE_LOOK_MS);
	if (nearest == 0)
		return -1;
	if (nearest <= now)
		return 0;
	return nearest - now > INT_MAX ? INT_MAX : (int)(nearest - now);
}

/* Not ready in time; or, for a VM, a socket that it needs was not there in time. */
static void too_late(struct supervisor *supervisor, struct supervised *process)
{
	process->ready_by_ms = 0;
	if (process->is_running) {
		process->was_late = true;
		stop_one(process, SIGTERM, 0);
		return;
	}
	const char *missing = vm_missing_socket(&process->config->vm);
	outcome_set(&process->outcome, OUTCOME_SETUP_FAILED, 0, 0, "%s: nobody listens there",
		    missing == NULL ? "a socket" : missing);
	supervisor->waiting--;
	process_ended(supervisor, process);
}

static bool has_passed(uint64_t deadline_ms, uint64_t now_ms)
{
	return deadline_ms != 0 && now_ms >= deadline_ms;
}

static void look_at_deadlines(struct supervisor *supervisor)
{
	uint64_t now = duration_now_ms();

	if (has_passed(supervisor->run_deadline_ms, now)) {
		supervisor->run_deadline_ms = 0;
		say_error("--timeout: not ended after %.*f s: stopping",
			  duration_decimals(supervisor->options->run_timeout_ms),
			  (double)supervisor->options->run_timeout_ms / 1000);
		stop_all(supervisor, SIGTERM, supervisor->options->run_timeout_ms);
		supervisor->run_timed_out = true;
	}
	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		if (has_passed(process->ready_by_ms, now))
			too_late(supervisor, process);
		if (has_passed(process->kill_at_ms, now))
			kill_one(process);
		if (has_passed(process->clear_at_ms, now))
			clear_further(process);
		if (process->is_running && process->vm != NULL &&
		    has_passed(process->vm->deadline_ms, now))
			vm_deadline_passed(process->vm);
	}
}

/* SIGWINCH goes to QEMU, whose group is in the foreground: the size is looked at instead. */
static void look_at_terminal(const struct supervisor *supervisor)
{
	struct vm *vm = terminal_vm(supervisor);
	unsigned rows, columns;

	if (vm != NULL && terminal_size(&rows, &columns))
		vm_tell_size(vm, rows, columns);
}

static int run_once(struct supervisor *supervisor, int timeout_ms)
{
	int result = loop_run_once(&supervisor->loop, timeout_ms);

	look_at_deadlines(supervisor);
	look_at_vms(supervisor);
	look_at_terminal(supervisor);
	return result;
}

static void run(struct supervisor *supervisor)
{
	struct supervise_result *result = supervisor->result;

	for (;;) {
		bool socket_awaited = look_at_sockets(supervisor);
		if (supervisor->waiting > 0)
			start_waiting(supervisor);
		look_at_vms(supervisor);
		if (!supervisor->is_ready)
			look_at_readiness(supervisor);
		bool clear = are_all_clear(supervisor);
		if (clear && supervisor->live == 0 &&
		    (supervisor->stopping || supervisor->waiting == 0))
			break;
		if (run_once(supervisor, time_to_wait(supervisor, socket_awaited)) < 0)
			break;
	}
	if (supervisor->live > 0)
		kill_all(supervisor);
	descendants_end(grace_ms(NULL));
	for (size_t i = 0; i < result->count; i++)
		launch_ended(&result->processes[i], false);
	supervisor->is_over = true;
	while ((!message_flush() || !labelled_is_flushed()) &&
	       run_once(supervisor, MESSAGE_LOOK_MS) == 0)
		;
}

static int begin(struct supervisor *supervisor)
{
	sigset_t set;
	int result;

	signals_take_over(&set);
	descendants_adopt();
	/* PID 1's, for an app that takes pith's place. Here each process has its own or none, and
	 * the base system is told when all are ready. */
	if (guest_is_its_runner())
		unsetenv("NOTIFY_SOCKET");
	if (supervisor->result->count > 1)
		spawn_raise_fd_limit();
	if ((result = loop_init(&supervisor->loop)) < 0)
		return result;
	supervisor->signals = (struct loop_watch){signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
						  signals_ready, supervisor};
	if (supervisor->signals.fd < 0)
		return -errno;
	return loop_add(&supervisor->loop, &supervisor->signals, EPOLLIN);
}

static void decide(struct supervisor *supervisor)
{
	struct supervise_result *result = supervisor->result;
	bool skipped = false;

	for (size_t i = 0; i < result->count; i++)
		skipped |= !result->processes[i].has_ended;
	result->ended_us = duration_now_us();
	if (result->first_failure != NULL)
		result->outcome = result->first_failure->outcome;
	else if (supervisor->run_timed_out && skipped)
		outcome_set(&result->outcome, OUTCOME_RUN_TIMEOUT, 0, 0,
			    "not everything was started in time");
	else if (supervisor->stop_signal != 0 && skipped)
		outcome_set(&result->outcome, OUTCOME_INTERRUPTED, 0, supervisor->stop_signal,
			    "stopped before everything had run");
	else
		outcome_set(&result->outcome, OUTCOME_APP_EXIT, 0, 0, "%s", "");
}

static void close_one(struct supervised *process)
{
	if (process->vm != NULL)
		vm_close(process->vm);
	if (process->log_fd >= 0)
		close(process->log_fd);
	process->log_fd = -1;
}

int supervise_run(const struct config *config, const struct supervise_options *options,
		  struct supervise_result *result)
{
	struct supervisor supervisor = {
	    .result = result, .options = options, .paths = &config->paths};
	struct strv bridges = {0};
	int error;

	*result = (struct supervise_result){.started_us = duration_now_us()};
	result->processes = calloc(config->process_count, sizeof(*result->processes));
	if (result->processes == NULL)
		die_out_of_memory();
	result->count = config->process_count;
	for (size_t i = 0; i < result->count; i++) {
		size_t width = strlen(config->processes[i].name);
		if (width > supervisor.label_width)
			supervisor.label_width = width;
		result->processes[i] = (struct supervised){
		    .config = &config->processes[i], .log_fd = -1, .notify.fd = -1};
	}
	supervisor.waiting = result->count;
	if (bridges_make(config, &bridges) < 0) {
		outcome_set(&result->outcome, OUTCOME_SETUP_FAILED, 0, 0,
			    "a bridge could not be made");
		result->ended_us = duration_now_us();
		return EXIT_CODE_PITH;
	}
	error = begin(&supervisor);
	if (error < 0) {
		bridges_remove(&bridges);
		say_error("cannot supervise: %s", strerror(-error));
		return EXIT_CODE_PITH;
	}
	supervisor.terminal_owner = choose_terminal_owner(config);
	if (options->run_timeout_ms != 0)
		supervisor.run_deadline_ms = duration_now_ms() + options->run_timeout_ms;
	message_hold(true);
	run(&supervisor);
	message_hold(false);
	terminal_restore();
	decide(&supervisor);
	for (size_t i = 0; i < result->count; i++)
		close_one(&result->processes[i]);
	loop_remove(&supervisor.loop, &supervisor.signals);
	loop_end(&supervisor.loop);
	bridges_remove(&bridges);
	return outcome_exit_code(&result->outcome);
}

void supervise_free(struct supervise_result *result)
{
	for (size_t i = 0; i < result->count; i++) {
		if (result->processes[i].vm != NULL)
			vm_free(result->processes[i].vm);
		free(result->processes[i].vm);
	}
	free(result->processes);
	*result = (struct supervise_result){0};
}
