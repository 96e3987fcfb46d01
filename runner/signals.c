/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c: the signal state of pith and of its children. */
#include "signals.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int number;
	const char *name;
	bool stops;
	bool taken;
} signals[] = {
    {SIGHUP, "SIGHUP", true, true},     {SIGINT, "SIGINT", true, true},
    {SIGQUIT, "SIGQUIT", true, true},   {SIGTERM, "SIGTERM", true, true},
    {SIGCHLD, "SIGCHLD", false, true},  {SIGKILL, "SIGKILL", false, false},
    {SIGSEGV, "SIGSEGV", false, false}, {SIGABRT, "SIGABRT", false, false},
    {SIGBUS, "SIGBUS", false, false},   {SIGFPE, "SIGFPE", false, false},
    {SIGILL, "SIGILL", false, false},   {SIGPIPE, "SIGPIPE", false, false},
    {SIGTRAP, "SIGTRAP", false, false}, {SIGSYS, "SIGSYS", false, false},
    {SIGUSR1, "SIGUSR1", false, false}, {SIGUSR2, "SIGUSR2", false, false},
    {SIGALRM, "SIGALRM", false, false}, {SIGXCPU, "SIGXCPU", false, false},
    {SIGXFSZ, "SIGXFSZ", false, false},
};
#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

/* Told by errno: EPIPE, EIO, and EFBIG, of memory files as well ("ulimit -f"). */
static const int ignored[] = {SIGPIPE, SIGTTOU, SIGXFSZ};
#define IGNORED_COUNT (sizeof(ignored) / sizeof(ignored[0]))

static sigset_t mask_before;
static struct sigaction ignored_before[IGNORED_COUNT];
static bool taken_over;

void signals_take_over(sigset_t *set)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(set);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (signals[i].taken)
			sigaddset(set, signals[i].number);
	sigprocmask(SIG_BLOCK, set, taken_over ? NULL : &mask_before);
	for (size_t i = 0; i < IGNORED_COUNT; i++)
		sigaction(ignored[i], &ignore, taken_over ? NULL : &ignored_before[i]);
	taken_over = true;
}

void signals_restore(void)
{
	if (!taken_over)
		return;
	for (size_t i = 0; i < IGNORED_COUNT; i++)
		sigaction(ignored[i], &ignored_before[i], NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

bool signals_is_stop(int signal)
{
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (signals[i].number == signal)
			return signals[i].stops;
	return false;
}

const char *signals_name(int signal)
{
	static char text[24];

	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (signals[i].number == signal)
			return signals[i].name;
	snprintf(text, sizeof(text), "signal %d", signal);
	return text;
}
