/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.h: runs the processes of a configuration: starts them, waits for all of them, ends the
 * rest when one fails, and ends everything when it is asked to. */
#ifndef PITH_RUNNER_SUPERVISE_H
#define PITH_RUNNER_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../init/outcome.h"
#include "cgroup.h"
#include "config.h"
#include "labelled.h"
#include "vm.h"

struct supervise_options {
	bool has_boot_timeout;
	uint64_t boot_timeout_ms;
	uint64_t run_timeout_ms;            /* 0: none */
	const struct vm_addition *addition; /* to every VM; NULL: none */
	bool no_labels;                     /* output of several processes as it is */
};

/* A process of the configuration while it runs. */
struct supervised {
	const struct config_process *config;
	bool was_started, has_ended; /* at least once; for good */
	bool is_running;             /* else, when it has not ended, it waits for its turn */
	bool is_ready;               /* those that come after it may start */
	pid_t pid;
	struct cgroup cgroup; /* none, or there until what it left has ended */
	unsigned uid;
	struct vm *vm;              /* NULL: a shell process */
	struct labelled *out, *err; /* NULL: its output is not pith's business */
	int log_fd;                 /* -1: none */
	struct loop_watch notify;   /* fd -1: not used */
	int stop_signal;            /* it was asked to end because of this signal; 0: it was not */
	uint64_t run_timeout_ms;    /* not 0: it was ended because this passed */
	bool was_late;              /* it was ended because it was not ready in time */
	/* CLOCK_MONOTONIC; 0: does not apply */
	uint64_t kill_at_ms, ready_by_ms, start_at_ms;
	uint64_t
	    clear_at_ms; /* the same for what it left in its cgroup: the next step of ending it */
	bool clear_is_kill; /* that step comes after KILL */
	unsigned restarts;
	uint64_t started_us, ended_us;
	uint64_t ready_us; /* CLOCK_MONOTONIC; 0: never */
	struct outcome outcome;
};

struct supervise_result {
	struct supervised *processes;
	size_t count;
	const struct supervised *first_failure; /* NULL: none failed */
	struct outcome outcome;                 /* of the whole run */
	uint64_t started_us, ended_us;
};

/* Run CONFIG to its end. RESULT is to be freed with supervise_free. Returns pith's exit code. */
int supervise_run(const struct config *config, const struct supervise_options *options,
		  struct supervise_result *result);
void supervise_free(struct supervise_result *result);

#endif
