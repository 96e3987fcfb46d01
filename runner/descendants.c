/* SPDX-License-Identifier: Apache-2.0 */
/* descendants.c: ending every process below this one. */
#include "descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "duration.h"

#define KILL_DEADLINE_MS                                                                           \
	10000 /* a process in the kernel's D state may take its time, not for ever */

void descendants_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* The parent of process PID from /proc/PID/stat (proc(5)): the second field after the name, which
 * ends at the last parenthesis. -1 when it is gone. /proc/PID/task/TID/children would be shorter to
 * read, but it is there only with CONFIG_PROC_CHILDREN. */
static pid_t parent_of(const char *pid)
{
	char path[64], stat[512];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	size = fread(stat, 1, sizeof(stat) - 1, file);
	fclose(file);
	stat[size] = '\0';
	const char *name_end = strrchr(stat, ')');
	int parent;
	if (name_end == NULL || sscanf(name_end, ") %*c %d", &parent) != 1)
		return -1;
	return parent;
}

unsigned descendants_signal(int signal)
{
	DIR *proc = opendir("/proc");
	pid_t self = getpid();
	unsigned count = 0;

	if (proc == NULL)
		return 0;
	for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
		if (!isdigit((unsigned char)entry->d_name[0]) || parent_of(entry->d_name) != self)
			continue;
		/* Not yet reaped, so the number still means this child. One signal to the group
		 * that it leads reaches a fork bomb as a whole. */
		pid_t child = (pid_t)strtol(entry->d_name, NULL, 10);
		kill(-child, signal);
		kill(child, signal);
		if (signal == SIGTERM) {
			kill(-child, SIGCONT);
			kill(child, SIGCONT);
		}
		count++;
	}
	closedir(proc);
	return count;
}

int descendants_reap(void)
{
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG);
	} while (pid > 0);
	return pid == 0;
}

/* Wait for a child to end, up to TIMEOUT_MS. */
static void wait_for_child(uint64_t timeout_ms)
{
	struct timespec timeout = {(time_t)(timeout_ms / 1000),
				   (long)(timeout_ms % 1000) * 1000000};
	sigset_t child_signal;

	sigemptyset(&child_signal);
	sigaddset(&child_signal, SIGCHLD);
	sigtimedwait(&child_signal, NULL, &timeout);
}

unsigned descendants_end(uint64_t grace_ms)
{
	uint64_t now = duration_now_ms();
	uint64_t kill_at = now + grace_ms, give_up_at = kill_at + KILL_DEADLINE_MS;
	unsigned count = 0;

	if (descendants_reap() == 0)
		return 0;
	if (grace_ms > 0)
		count = descendants_signal(SIGTERM);
	for (; descendants_reap() != 0 && now < give_up_at; now = duration_now_ms()) {
		if (now < kill_at) {
			wait_for_child(kill_at - now);
			continue;
		}
		unsigned killed = descendants_signal(SIGKILL);
		if (count == 0)
			count = killed;
		wait_for_child(10);
	}
	return count;
}
