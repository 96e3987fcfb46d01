/* SPDX-License-Identifier: Apache-2.0 */
/* interrupt.c: SIGINT, SIGTERM and SIGHUP during long work with something to clean up. */
#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

static volatile sig_atomic_t signal_that_came;
static volatile pid_t running_child;
static struct sigaction before[CAUGHT];
static void (*sigpipe_before)(int);

static void note(int number)
{
	int saved_errno = errno;

	signal_that_came = number;
	if (running_child > 0)
		kill(running_child, SIGKILL);
	errno = saved_errno;
}

void interrupt_catch(void)
{
	struct sigaction action = {.sa_handler = note}; /* no SA_RESTART: waits are to end */

	for (size_t i = 0; i < CAUGHT; i++) {
		sigaction(caught[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN) /* nohup(1) and the like */
			sigaction(caught[i], &action, NULL);
	}
	sigpipe_before = signal(SIGPIPE, SIG_IGN);
}

bool interrupt_came(void)
{
	return signal_that_came != 0;
}

pid_t interrupt_fork(void)
{
	sigset_t block, old;
	pid_t parent = getpid();

	/* Blocked until the child's id is where the handler finds it. */
	sigemptyset(&block);
	for (size_t i = 0; i < CAUGHT; i++)
		sigaddset(&block, caught[i]);
	sigprocmask(SIG_BLOCK, &block, &old);
	pid_t child = signal_that_came != 0 ? -1 : fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1); /* pith died before the line above */
		for (size_t i = 0; i < CAUGHT; i++)
			sigaction(caught[i], &before[i], NULL);
		signal(SIGPIPE, sigpipe_before);
	} else if (child > 0) {
		running_child = child;
	} else if (signal_that_came != 0) {
		errno = EINTR;
	}
	int saved_errno = errno;
	sigprocmask(SIG_SETMASK, &old, NULL);
	errno = saved_errno;
	return child;
}

int interrupt_wait(pid_t child)
{
	siginfo_t info;
	int status;

	/* Left as a zombie until the handler can no longer mean it: its id is not used again
	 * before. */
	while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0)
		if (errno != EINTR)
			return -errno;
	running_child = 0;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return status;
}

void interrupt_end(void)
{
	int number = signal_that_came;

	if (number == 0)
		return;
	signal(number, SIG_DFL);
	raise(number);
}
