/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.c: the life of the child and the end of every process.
 *
 * Theory of operation: one poll loop, six phases, each with a deadline but the first:
 *   RUNNING  the child lives, and nobody has asked for its end.
 *   ASKED    somebody has: its process group got TERM, so that a runner can end its own first.
 *   ENDING   the child has ended, or its time has passed: all processes got TERM and CONT, and
 *            have what is left of the time, or half a second.
 *   KILLING  their time has passed too: all get KILL, again and again, as they may be forking.
 *   DRAINING waitpid says that there is nobody left; what they wrote is still on its way.
 *   ENDED    it has arrived.
 * Everything that PID 1 carries for others (streams, reports, the app's attestations) goes on in
 * all of them. */
#include "supervise.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "attest_socket.h"
#include "clock.h"
#include "console.h"
#include "file.h"
#include "notify.h"
#include "report.h"
#include "resident.h"
#include "runner_pipe.h"
#include "signals.h"
#include "stream.h"
#include "tasks.h"
#include "verity.h"

#define KILL_TIMEOUT_MS                                                                            \
	10000 /* what is stuck in the kernel for longer is left to the power-off                   \
	       */
#define KILL_STEP_MS 50
#define LAST_GRACE_MS 500      /* from TERM to KILL for all, when the child has used up the time */
#define IDLE_MS 1000           /* for so long without anything to do, then memory is given back */
#define DRAIN_TIMEOUT_MS 60000 /* without a byte taken: a pager at the other end, perhaps */

enum phase { RUNNING, ASKED, ENDING, KILLING, DRAINING, ENDED };

struct state {
	const struct supervision *plan;
	struct outcome *outcome;
	enum phase phase;
	int64_t deadline_ms;
	bool child_ended, alone, stop_asked, is_ready;
	bool is_trimmed; /* nothing has happened since resident_trim() */
};

/* Take every status there is: one SIGCHLD may stand for many. */
static void reap(struct state *state)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != state->plan->child)
			continue;
		state->child_ended = true;
		if (state->outcome->kind == OUTCOME_NONE)
			outcome_from_wait_status(state->outcome, status);
	}
	state->alone = pid < 0 && errno == ECHILD;
}

static void enter(struct state *state, enum phase phase, int64_t timeout_ms)
{
	if (state->phase == RUNNING)
		report_stage(REPORT_STAGE_STOP);
	state->phase = phase;
	state->deadline_ms = clock_ms() + timeout_ms;
}

/* Whether PID ignores SIGTERM, as an interactive shell does: bit 14 of the 64 in /proc/PID/status,
 * "SigIgn:" and 16 hexadecimal digits (proc(5)), so bit 2 of the fourth digit from the end. */
static bool ignores_term(pid_t pid)
{
	static const char label[] = "\nSigIgn:\t0000000000000000";
	char path[32], text[4096];
	const char *line;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(path, text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nSigIgn:\t");
	return line != NULL && strlen(line) >= strlen(label) &&
	       strchr("4567cdef", line[strlen(label) - 4]) != NULL;
}

/* ESRCH is all that these can fail with, and then there is nobody to ask. To a shell on a terminal
 * the end of a session is a hangup. */
static void ask_group(const struct state *state)
{
	(void)kill(-state->plan->child, SIGTERM);
	if (state->plan->terminal_fd >= 0 && ignores_term(state->plan->child))
		(void)kill(-state->plan->child, SIGHUP);
	(void)kill(-state->plan->child, SIGCONT);
}

static void ask_all(void)
{
	(void)kill(-1, SIGTERM);
	(void)kill(-1, SIGCONT);
}

/* One grace for all, not one for the child and another for the others. */
static int64_t rest_of_grace_ms(const struct state *state)
{
	const int left_ms = clock_left_ms(state->deadline_ms);

	return left_ms > LAST_GRACE_MS ? left_ms : LAST_GRACE_MS;
}

/* Read away after the first one too: a full socket would hold up the app. */
static void take_notify(struct state *state)
{
	if (notify_read(state->plan->notify_fd, state->plan->notify_uid) && !state->is_ready) {
		state->is_ready = true;
		report_app_ready();
	}
}

/* Nobody is left who could write more: what there is can be had without waiting, and most often it
 * is all. */
static void carry_rest(struct state *state)
{
	const struct pollfd unpolled[STREAM_COUNT] = {{.fd = -1}, {.fd = -1}, {.fd = -1}};

	(void)stream_run(unpolled);
	runner_pipe_run();
	if (state->plan->notify_fd >= 0)
		take_notify(state);
}

/* The next phase, where it is time for it. */
static void advance(struct state *state)
{
	const int64_t grace_ms = state->plan->stop_timeout_ms;
	const bool late = state->phase != RUNNING && clock_left_ms(state->deadline_ms) == 0;

	if (state->phase == RUNNING && state->stop_asked && !state->child_ended) {
		ask_group(state);
		enter(state, ASKED, grace_ms);
	} else if ((state->phase == RUNNING && state->child_ended) ||
		   (state->phase == ASKED && (state->child_ended || late))) {
		if (state->plan->terminal_fd >= 0)
			console_drain(state->plan->terminal_fd);
		if (!state->alone)
			ask_all();
		enter(state, ENDING, state->phase == RUNNING ? grace_ms : rest_of_grace_ms(state));
	} else if (state->phase == ENDING && late) {
		(void)kill(-1, SIGKILL);
		enter(state, KILLING, KILL_TIMEOUT_MS);
	} else if (state->phase == KILLING && late) {
		report_warning("processes are left that cannot be killed");
		state->child_ended = state->alone = true;
	} else if (state->phase == KILLING) {
		(void)kill(-1, SIGKILL);
	}
	if ((state->phase == ENDING || state->phase == KILLING) && state->child_ended &&
	    state->alone) {
		enter(state, DRAINING, DRAIN_TIMEOUT_MS);
		carry_rest(state);
	} else if (state->phase == DRAINING && late) {
		report_warning("output of the app was not taken in time");
	}
	if (state->phase == DRAINING && (late || (!stream_output_left() && !runner_pipe_is_open())))
		state->phase = ENDED;
}

static int smaller(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static void trim(struct state *state)
{
	resident_trim();
	stream_trim();
	state->is_trimmed = true;
}

/* poll() for TIMEOUT_MS, or for ever (-1). What the app makes PID 1 use is given back when it has
 * not been used for a while. */
static void wait_for_any(struct state *state, struct pollfd *entries, nfds_t count, int timeout_ms)
{
	const bool may_trim = state->phase == RUNNING && !state->is_trimmed;
	/* Failed or not, all that follows copes with nothing to do. */
	const int ready =
	    poll(entries, count, may_trim ? smaller(timeout_ms, IDLE_MS) : timeout_ms);

	if (ready != 0)
		state->is_trimmed = false;
	else if (may_trim)
		trim(state);
}

/* Wait for something to happen, and let everybody have a turn. */
static void turn(struct state *state)
{
	enum {
		SIGNALS,
		UEVENTS,
		REPORT,
		RUNNER,
		NOTIFY,
		ATTEST,
		STREAMS,
		COUNT = STREAMS + STREAM_COUNT
	};
	struct pollfd entries[COUNT] = {
	    [SIGNALS] = {.fd = state->plan->signal_fd, .events = POLLIN},
	    [UEVENTS] = {.fd = state->plan->uevent_fd, .events = POLLIN},
	    [RUNNER] = {.fd = runner_pipe_poll_fd(), .events = POLLIN},
	    [NOTIFY] = {.fd = state->plan->notify_fd, .events = POLLIN},
	};
	int timeout_ms = stream_poll(entries + STREAMS);
	struct boot_size size;

	timeout_ms = smaller(timeout_ms, report_poll(&entries[REPORT]));
	attest_socket_poll(&entries[ATTEST]);
	if (state->phase != RUNNING)
		timeout_ms = smaller(timeout_ms, clock_left_ms(state->deadline_ms));
	if (state->phase == KILLING)
		timeout_ms = smaller(timeout_ms, KILL_STEP_MS);
	wait_for_any(state, entries, COUNT, timeout_ms);
	state->stop_asked |= signals_take(state->plan->signal_fd);
	state->stop_asked |= report_run(&entries[REPORT]);
	if (report_size_told(&size) && state->plan->terminal_fd >= 0)
		console_set_size(state->plan->terminal_fd, &size);
	if (report_tasks_asked())
		tasks_tell();
	if (entries[UEVENTS].revents != 0)
		state->stop_asked |= verity_watch(state->plan->uevent_fd, state->outcome);
	if (entries[NOTIFY].revents != 0)
		take_notify(state);
	if (entries[RUNNER].revents != 0)
		runner_pipe_run();
	attest_socket_run(&entries[ATTEST]);
	if (stream_run(entries + STREAMS) && state->phase == DRAINING)
		state->deadline_ms = clock_ms() + DRAIN_TIMEOUT_MS;
}

void supervise_run(const struct supervision *plan, struct outcome *outcome)
{
	struct state state = {
	    .plan = plan, .outcome = outcome, .phase = RUNNING, .child_ended = plan->child == 0};

	if (!state.child_ended)
		trim(&state);
	for (;;) {
		reap(&state);
		advance(&state);
		if (state.phase == ENDED)
			break;
		turn(&state);
	}
	if (outcome->kind == OUTCOME_NONE)
		outcome_set(outcome, OUTCOME_INTERRUPTED, 0, SIGKILL,
			    "the app could not be killed");
}
