/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c: PID 1 takes every signal synchronously. */
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define TAKEN_AT_ONCE                                                                              \
	128 /* an app that floods PID 1 with signals must not keep it from the rest                \
	     */

/* SIGUSR1 and SIGUSR2 are what busybox's halt and poweroff send to PID 1, SIGPWR what a power
 * supply's daemon sends. */
static const int stop_signals[] = {SIGTERM, SIGINT, SIGPWR, SIGUSR1, SIGUSR2};

int signals_block(void)
{
	sigset_t all;
	int fd;

	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) != 0)
		return -errno;
	fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

void signals_restore(void)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	sigset_t none;

	/* SIGKILL, SIGSTOP and those the C library keeps to itself are refused, and default. */
	for (int number = 1; number < NSIG; number++)
		(void)sigaction(number, &standard, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

bool signals_take(int fd)
{
	struct signalfd_siginfo info;
	bool stop = false;

	for (int left = TAKEN_AT_ONCE;
	     left > 0 && read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info); left--)
		for (size_t i = 0; i < sizeof(stop_signals) / sizeof(stop_signals[0]); i++)
			stop |= (int)info.ssi_signo == stop_signals[i];
	return stop;
}
