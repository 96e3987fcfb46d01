/* SPDX-License-Identifier: Apache-2.0 */
/* helper.c: a process of PID 1's own, for what has no deadline itself. */
#include "helper.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

int helper_become(uid_t uid, gid_t gid)
{
	return syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setresgid, gid, gid, gid) == 0 &&
		       syscall(SYS_setresuid, uid, uid, uid) == 0
		   ? 0
		   : -1;
}

/* Until PID has ended or DEADLINE_MS is there; other children's SIGCHLD do not make it longer. */
static int wait_until(pid_t pid, int64_t deadline_ms, int *status)
{
	sigset_t child_ended;
	pid_t ended;

	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	while ((ended = waitpid(pid, status, WNOHANG)) == 0) {
		const int left_ms = clock_left_ms(deadline_ms);
		const struct timespec left = {.tv_sec = left_ms / 1000,
					      .tv_nsec = left_ms % 1000 * 1000000L};

		if (left_ms == 0)
			return -ETIMEDOUT;
		(void)sigtimedwait(&child_ended, NULL, &left); /* the loop looks for itself */
	}
	return ended == pid ? 0 : -ECHILD;
}

int helper_wait(pid_t pid, int timeout_ms, int *status)
{
	int result = wait_until(pid, clock_ms() + timeout_ms, status);

	if (result == -ETIMEDOUT) {
		(void)kill(pid, SIGKILL);
		(void)wait_until(pid, clock_ms() + HELPER_KILL_MS, status);
	}
	return result;
}
