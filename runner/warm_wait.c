/* SPDX-License-Identifier: Apache-2.0 */
/* warm_wait.c: waiting before the loop of the supervisor runs. */
#include "warm_wait.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "duration.h"
#include "signals.h"

/* Signals that ask pith to stop, blocked by now, make this readable; reading would take them. */
static int open_stops(void)
{
	sigset_t stops;

	sigemptyset(&stops);
	for (int signal = 1; signal < SIGRTMIN; signal++)
		if (signals_is_stop(signal))
			sigaddset(&stops, signal);
	return signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
}

int warm_wait(const int *fds, size_t count, uint64_t deadline_ms)
{
	struct pollfd entries[WARM_WAIT_MAX + 1];
	int stops = open_stops(), result = -ETIMEDOUT, ready;

	for (size_t i = 0; i < count; i++)
		entries[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
	entries[count] = (struct pollfd){.fd = stops, .events = POLLIN};
	do {
		uint64_t now = duration_now_ms();
		uint64_t left = now >= deadline_ms ? 0 : deadline_ms - now;
		ready = poll(entries, count + 1, left > INT_MAX ? INT_MAX : (int)left);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		result = -errno;
	else if (ready > 0)
		result = entries[count].revents != 0 ? -EINTR : 0;
	if (stops >= 0)
		close(stops);
	return result;
}
