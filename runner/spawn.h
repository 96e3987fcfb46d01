/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.h: starting a child: its own process group, its end when pith ends, signal state, working
 * directory, descriptors; and a failure told apart from a program that ran and failed. */
#ifndef PITH_RUNNER_SPAWN_H
#define PITH_RUNNER_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../init/outcome.h"
#include "cgroup.h"
#include "config.h"
#include "credentials.h"

#define SPAWN_INHERIT (-1) /* a descriptor of struct spawn: as pith has it */

struct spawn {
	char *const *argv; /* program, looked for in PATH, and arguments */
	const char *cwd;   /* NULL: pith's own */
	char *const *env;  /* NAME=VALUE, on top of pith's own; NULL: none */
	const struct credentials *credentials;
	const struct privileges *privileges; /* NULL: as pith has them */
	const struct config_rlimit *rlimits;
	size_t rlimit_count;
	int stdin_fd, stdout_fd, stderr_fd;
	/* Descriptor FIRST_FD + i becomes a copy of fds[i], or is closed where that is negative;
	 * when fd_count is not 0, all above are closed. */
	const int *fds;
	size_t fd_count;
	bool foreground;             /* gets the terminal */
	const struct cgroup *cgroup; /* NULL or none: pith's own */
};

#define SPAWN_FIRST_FD 3

/* Allow pith itself as many descriptors as it may have. Children get the limit it came with. */
void spawn_raise_fd_limit(void);

/* Start it. Returns 0 with *PID; else -errno with FAILURE filled: EXEC_FAILED with 127 for a
 * program that does not exist and 126 for one that cannot be executed, SETUP_FAILED for the rest.
 */
int spawn_start(const struct spawn *spawn, pid_t *pid, struct outcome *failure);

/* Become the program; of SPAWN, the first part up to the limits counts. Returns only on failure,
 * like spawn_start. */
int spawn_replace(const struct spawn *spawn, struct outcome *failure);

#endif
