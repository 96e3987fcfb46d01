/* SPDX-License-Identifier: Apache-2.0 */
/* bench: the small programs of tests/bench/run. As PID 1 it restarts at once: the floor under every
 * boot. "bench clock FILE ..." in QEMU's place writes down when it was started. "bench reap N"
 * leaves N orphans to PID 1 and prints what CPU time it took for them, in microseconds. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_ns(clockid_t clock)
{
	struct timespec now = {0};

	clock_gettime(clock, &now);
	return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The clock of QEMU's start: what follows on the command line is QEMU's, and not looked at. */
static int write_clock(void)
{
	const char *path = getenv("BENCH_CLOCK");
	FILE *file = path == NULL ? NULL : fopen(path, "w");

	if (file == NULL)
		return 1;
	fprintf(file, "%lld\n", now_ns(CLOCK_MONOTONIC));
	return fclose(file) == 0 ? 0 : 1;
}

/* A child that ends before its own child makes that one PID 1's. */
static int reap(int count)
{
	clockid_t clock;
	long long begin;
	int status;

	if (clock_getcpuclockid(1, &clock) != 0)
		return 1;
	begin = now_ns(clock);
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(fork() >= 0 ? 0 : 1);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			return 1;
	}
	/* Signals to everybody but PID 1 and oneself: ESRCH is that nobody is left. */
	for (int tries = 0; kill(-1, 0) == 0 || errno != ESRCH; tries++) {
		if (tries == 10000)
			return 1;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	printf("%lld\n", (now_ns(clock) - begin) / 1000);
	return 0;
}

int main(int argc, char **argv)
{
	if (getpid() == 1)
		for (reboot(RB_AUTOBOOT);; pause())
			;
	if (argc == 3 && strcmp(argv[1], "reap") == 0)
		return reap(atoi(argv[2]));
	return write_clock();
}
