/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c: the process above the supervisor.
 *
 * 1. The guard is what the user started: it stays in the user's process group, so that Ctrl-C, a
 *    kill(2) of the process and one of the group all come to it, and passes on what comes. The
 *    supervisor is in a group of its own and gets each signal once.
 * 2. The guard is a subreaper above the supervisor, which is one too. When the supervisor is
 *    killed, its children (which get SIGKILL by their PDEATHSIG) and their orphans become the
 *    guard's, and it ends them all.
 * 3. When the guard is killed, the supervisor gets SIGTERM by its PDEATHSIG and stops as usual. */
#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../init/outcome.h"
#include "descendants.h"
#include "guest.h"
#include "message.h"
#include "run_dir.h"
#include "signals.h"
#include "terminal.h"

static pid_t guard_pid;

static int end_guard(int wait_status)
{
	unsigned ended = descendants_end(0);

	terminal_restore();
	run_dir_remove();
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	say_error("the supervisor was killed by %s; ended what it left (%u process%s)",
		  signals_name(WTERMSIG(wait_status)), ended, ended == 1 ? "" : "es");
	return EXIT_CODE_PITH;
}

/* Reap children and orphans. Returns true when the supervisor was among them. */
static bool reap(pid_t supervisor, int *wait_status)
{
	pid_t pid;
	int status;
	bool ended = false;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != supervisor)
			continue;
		*wait_status = status;
		ended = true;
	}
	return ended;
}

static _Noreturn void guard(pid_t supervisor, const sigset_t *set)
{
	int wait_status = 0;

	for (;;) {
		int signal = sigwaitinfo(set, NULL);
		if (signals_is_stop(signal))
			kill(supervisor, signal);
		else if (signal == SIGCHLD && reap(supervisor, &wait_status))
			exit(end_guard(wait_status));
	}
}

void guard_start(void)
{
	sigset_t set;

	if (guest_is_its_runner())
		return;
	signals_take_over(&set);
	descendants_adopt();
	guard_pid = getpid();
	pid_t supervisor = fork();
	if (supervisor < 0) {
		say_error("fork: %s", strerror(errno));
		exit(EXIT_CODE_PITH);
	}
	if (supervisor > 0) {
		setpgid(supervisor, supervisor);
		guard(supervisor, &set);
	}
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (guard_is_gone())
		exit(EXIT_CODE_PITH);
}

bool guard_is_gone(void)
{
	return guard_pid != 0 && getppid() != guard_pid;
}
