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
};
#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

static sigset_t mask_before;
static struct sigaction pipe_before, ttou_before;
static bool taken_over;

void signals_take_over(sigset_t *set)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(set);
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (signals[i].taken)
			sigaddset(set, signals[i].number);
	sigprocmask(SIG_BLOCK, set, taken_over ? NULL : &mask_before);
	sigaction(SIGPIPE, &ignore, taken_over ? NULL : &pipe_before);
	sigaction(SIGTTOU, &ignore, taken_over ? NULL : &ttou_before);
	taken_over = true;
}

void signals_restore(void)
{
	if (!taken_over)
		return;
	sigaction(SIGPIPE, &pipe_before, NULL);
	sigaction(SIGTTOU, &ttou_before, NULL);
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
