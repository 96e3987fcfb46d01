/* SPDX-License-Identifier: Apache-2.0 */
/* supervise.h: the life of the child and the end of every process. */
#ifndef PITH_INIT_SUPERVISE_H
#define PITH_INIT_SUPERVISE_H

#include <stdint.h>
#include <sys/types.h>

#include "outcome.h"

struct supervision {
	pid_t child;         /* 0: none was started; then all processes are ended right away */
	int signal_fd;       /* signals.h */
	int notify_fd;       /* where the child says that it is ready (notify.h); -1: nowhere */
	unsigned notify_uid; /* its user */
	int uevent_fd;       /* uevent.h; -1: none */
	int terminal_fd;     /* drained when the child has ended; -1: none */
	uint32_t stop_timeout_ms; /* from the first TERM to KILL, but for half a second */
};

/* Reap, carry streams and reports, obey stop requests, until no process but PID 1 is left (or, with
 * a warning, until those left could not be killed). OUTCOME gets how the child ended, unless it
 * holds an outcome already. */
void supervise_run(const struct supervision *supervision, struct outcome *outcome);

#endif
