/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.c: runs the processes of a configuration.
 *
 * 1. Everything is started in the order of the file. Each process gets a process group of its own.
 * 2. The loop waits for signals, for what virtual machines say, and for deadlines.
 * 3. A process that fails, a signal from outside, or the run's deadline begins the stop: TERM and
 *    CONT to every group, then KILL when its grace is over; a VM has its own steps (vm.h). A second
 *    signal skips the grace.
 * 4. When the last process has ended, so are the descendants that are left. */
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

#include "descendants.h"
#include "duration.h"
#include "events.h"
#include "guard.h"
#include "loop.h"
#include "message.h"
#include "signals.h"
#include "spawn.h"
#include "summary.h"
#include "terminal.h"

#define STOP_GRACE_MS 5000
#define STOP_GRACE_ORPHANED_MS 2000 /* the guard was killed: somebody is in a hurry */
/* timeout(1) and shells signal the process and its group: two signals that mean one. */
#define SAME_REQUEST_MS 200

struct supervisor {
	struct supervise_result *result;
	const struct supervise_options *options;
	struct loop loop;
	struct loop_watch signals;
	const struct config_process *terminal_owner; /* NULL: nobody */
	size_t live;
	bool stopping;
	int stop_signal;         /* from outside; 0: none came */
	uint64_t stop_signal_ms; /* when */
	uint64_t run_deadline_ms;
};

void supervise_argv(const struct config_process *process, struct strv *argv)
{
	if (process->command == NULL) {
		for (size_t i = 0; i < process->argv.count; i++)
			strv_add(argv, process->argv.items[i]);
		return;
	}
	strv_add(argv, "/bin/sh");
	strv_add(argv, "-c");
	strv_add(argv, process->command);
}

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

static uint64_t grace_ms(void)
{
	return guard_is_gone() ? STOP_GRACE_ORPHANED_MS : STOP_GRACE_MS;
}

static void stop_one(struct supervised *process, int signal, uint64_t run_timeout_ms)
{
	if (!process->was_started || process->has_ended || process->stop_signal != 0)
		return;
	process->stop_signal = signal;
	process->run_timeout_ms = run_timeout_ms;
	if (process->vm != NULL) {
		vm_stop(process->vm, signal, run_timeout_ms);
		return;
	}
	kill(-process->pid, SIGTERM);
	kill(-process->pid, SIGCONT);
	process->kill_at_ms = duration_now_ms() + grace_ms();
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
	else
		kill(-process->pid, SIGKILL);
	process->kill_at_ms = 0;
}

static void kill_all(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		if (process->was_started && !process->has_ended)
			kill_one(process);
	}
}

static void take_stop_signal(struct supervisor *supervisor, int signal)
{
	uint64_t now = duration_now_ms();

	if (supervisor->stop_signal != 0) {
		if (now - supervisor->stop_signal_ms < SAME_REQUEST_MS)
			return;
		say_progress("%s again: killing what is left", signals_name(signal));
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

static void process_ended(struct supervisor *supervisor, struct supervised *process)
{
	struct supervise_result *result = supervisor->result;

	process->has_ended = true;
	process->ended_us = duration_now_us();
	process->kill_at_ms = 0;
	if (process->was_started)
		supervisor->live--;
	if (process->config == supervisor->terminal_owner)
		terminal_restore();
	FILE *out = events_begin("process-end", process->config->name);
	events_add_outcome(out, &process->outcome);
	events_end();
	bool failed = outcome_exit_code(&process->outcome) != 0;
	bool first = failed && result->first_failure == NULL;
	if (first)
		result->first_failure = process;
	summary_process(process, first);
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
		outcome_set(outcome, OUTCOME_RUN_TIMEOUT, 0, 0, "not ended after %.1f s",
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
		if (process->vm == NULL || process->has_ended || !process->was_started ||
		    !vm_is_done(process->vm))
			continue;
		vm_outcome(process->vm, &process->outcome);
		process_ended(supervisor, process);
	}
}

static struct supervised *find_process(struct supervisor *supervisor, pid_t pid)
{
	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		if (process->was_started && !process->has_ended && process->pid == pid)
			return process;
	}
	return NULL;
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
		if (waitpid(info.si_pid, &status, 0) != info.si_pid || process == NULL)
			continue;
		if (process->vm != NULL)
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

/* --- Start -------------------------------------------------------------------------------------
 */

static int start_shell(struct supervisor *supervisor, struct supervised *process, int null_fd)
{
	struct strv argv = {0};
	bool foreground = process->config == supervisor->terminal_owner;
	int result;

	supervise_argv(process->config, &argv);
	struct spawn spawn = {
	    .argv = argv.items,
	    .cwd = process->config->cwd,
	    .stdin_fd = terminal_is_there() && !foreground ? null_fd : SPAWN_INHERIT,
	    .stdout_fd = SPAWN_INHERIT,
	    .stderr_fd = SPAWN_INHERIT,
	    .foreground = foreground,
	};
	result = spawn_start(&spawn, &process->pid, &process->outcome);
	strv_free(&argv);
	if (result == 0) {
		FILE *out = events_begin("process-start", process->config->name);
		fprintf(out, ",\"pid\":%d", (int)process->pid);
		events_end();
	}
	return result;
}

static int start_vm(struct supervisor *supervisor, struct supervised *process)
{
	struct vm_options options = {
	    .has_boot_timeout = supervisor->options->has_boot_timeout,
	    .boot_timeout_ms = supervisor->options->boot_timeout_ms,
	    .foreground = process->config == supervisor->terminal_owner,
	    .addition = supervisor->options->addition,
	};
	int result;

	process->vm = malloc(sizeof(*process->vm));
	if (process->vm == NULL)
		die_out_of_memory();
	result =
	    vm_start(process->vm, process->config, &supervisor->loop, &options, &process->outcome);
	process->pid = process->vm->pid;
	return result;
}

static void start_one(struct supervisor *supervisor, struct supervised *process, int null_fd)
{
	int result;

	process->started_us = duration_now_us();
	result = process->config->type == PROCESS_VM ? start_vm(supervisor, process)
						     : start_shell(supervisor, process, null_fd);
	if (result < 0) {
		process_ended(supervisor, process);
		return;
	}
	process->was_started = true;
	supervisor->live++;
}

/* --- Loop --------------------------------------------------------------------------------------
 */

static uint64_t process_deadline(const struct supervised *process)
{
	if (!process->was_started || process->has_ended)
		return 0;
	return process->vm != NULL ? process->vm->deadline_ms : process->kill_at_ms;
}

/* Until the nearest deadline, for epoll_wait: -1 for none. */
static int time_to_wait(const struct supervisor *supervisor)
{
	uint64_t nearest = supervisor->run_deadline_ms, now = duration_now_ms();

	for (size_t i = 0; i < supervisor->result->count; i++) {
		uint64_t deadline = process_deadline(&supervisor->result->processes[i]);
		if (deadline != 0 && (nearest == 0 || deadline < nearest))
			nearest = deadline;
	}
	if (nearest == 0)
		return -1;
	if (nearest <= now)
		return 0;
	return nearest - now > INT_MAX ? INT_MAX : (int)(nearest - now);
}

static void look_at_deadlines(struct supervisor *supervisor)
{
	uint64_t now = duration_now_ms();

	if (supervisor->run_deadline_ms != 0 && now >= supervisor->run_deadline_ms) {
		supervisor->run_deadline_ms = 0;
		say_error("--timeout: not ended after %.1f s: stopping",
			  (double)supervisor->options->run_timeout_ms / 1000);
		stop_all(supervisor, SIGTERM, supervisor->options->run_timeout_ms);
	}
	for (size_t i = 0; i < supervisor->result->count; i++) {
		struct supervised *process = &supervisor->result->processes[i];
		uint64_t deadline = process_deadline(process);
		if (deadline == 0 || now < deadline)
			continue;
		if (process->vm != NULL)
			vm_deadline_passed(process->vm);
		else
			kill_one(process);
	}
}

static int run_once(struct supervisor *supervisor, int timeout_ms)
{
	int result = loop_run_once(&supervisor->loop, timeout_ms);

	look_at_deadlines(supervisor);
	look_at_vms(supervisor);
	return result;
}

static void run(struct supervisor *supervisor)
{
	struct supervise_result *result = supervisor->result;
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (size_t i = 0; i < result->count && !supervisor->stopping; i++) {
		start_one(supervisor, &result->processes[i], null_fd);
		run_once(supervisor, 0);
	}
	close(null_fd);
	while (supervisor->live > 0 && run_once(supervisor, time_to_wait(supervisor)) == 0)
		;
	if (supervisor->live > 0)
		kill_all(supervisor);
	descendants_end(grace_ms());
}

static int begin(struct supervisor *supervisor)
{
	sigset_t set;
	int result;

	signals_take_over(&set);
	descendants_adopt();
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

	result->ended_us = duration_now_us();
	if (result->first_failure != NULL)
		result->outcome = result->first_failure->outcome;
	else if (supervisor->stop_signal != 0 && !result->processes[result->count - 1].was_started)
		outcome_set(&result->outcome, OUTCOME_INTERRUPTED, 0, supervisor->stop_signal,
			    "stopped before everything was started");
	else
		outcome_set(&result->outcome, OUTCOME_APP_EXIT, 0, 0, "%s", "");
}

int supervise_run(const struct config *config, const struct supervise_options *options,
		  struct supervise_result *result)
{
	struct supervisor supervisor = {.result = result, .options = options};
	int error;

	*result = (struct supervise_result){.started_us = duration_now_us()};
	result->processes = calloc(config->process_count, sizeof(*result->processes));
	if (result->processes == NULL)
		die_out_of_memory();
	result->count = config->process_count;
	for (size_t i = 0; i < result->count; i++)
		result->processes[i].config = &config->processes[i];
	error = begin(&supervisor);
	if (error < 0) {
		say_error("cannot supervise: %s", strerror(-error));
		return EXIT_CODE_PITH;
	}
	supervisor.terminal_owner = choose_terminal_owner(config);
	if (options->run_timeout_ms != 0)
		supervisor.run_deadline_ms = duration_now_ms() + options->run_timeout_ms;
	run(&supervisor);
	terminal_restore();
	decide(&supervisor);
	for (size_t i = 0; i < result->count; i++)
		if (result->processes[i].vm != NULL)
			vm_close(result->processes[i].vm);
	loop_remove(&supervisor.loop, &supervisor.signals);
	loop_end(&supervisor.loop);
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
