/* SPDX-License-Identifier: Apache-2.0 */
/* oom.c: whether the kernel's OOM killer ended the app, by the kernel's own records. */
#include "oom.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "console.h"

#define LOOK_MS 1000     /* for some thousand records at the most: nobody is left to write more */
#define USER_FACILITY 8  /* 1 << 3: the lowest prefix that devkmsg_write() gives (printk.c) */
#define RECORD_SIZE 1024 /* a longer one is passed over: the OOM killer's has some 200 bytes */

static int kmsg_fd = -1;

/* mm/oom_kill.c, mm/memcontrol.c: by the machine's limit, by that of a control group, or because it
 * was the one that allocated. */
static const char *const marks[] = {
    "Out of memory: Killed process ",
    "Memory cgroup out of memory: Killed process ",
    "Out of memory (oom_kill_allocating_task): Killed process ",
};

/* "PREFIX,NUMBER,TIME,FLAGS;TEXT\n KEY=VALUE\n..." (Documentation/ABI/testing/dev-kmsg). */
pid_t oom_parse(char *record, const char **text)
{
	char *end, *at = strchr(record, ';');
	unsigned long prefix = strtoul(record, &end, 10);

	if (at == NULL || end == record || *end != ',' || prefix >= USER_FACILITY)
		return 0;
	*text = ++at;
	at[strcspn(at, "\n")] = '\0';
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strncmp(at, marks[i], strlen(marks[i])) == 0)
			return (pid_t)strtoul(at + strlen(marks[i]), NULL, 10);
	return 0;
}

void oom_watch(void)
{
	if (kmsg_fd >= 0)
		return;
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg_fd < 0 || lseek(kmsg_fd, 0, SEEK_END) < 0)
		console_debug("/dev/kmsg: %s", strerror(errno));
}

/* The kernel writes its record before its victim has ended: __oom_kill_process() holds the task's
 * lock from the signal to the record, and exit_mm() wants it. */
void oom_look(pid_t child, struct outcome *outcome)
{
	const bool killed = outcome->kind == OUTCOME_APP_SIGNAL && outcome->signal == SIGKILL;
	const bool failed = outcome->kind == OUTCOME_APP_EXIT && outcome->code != 0;
	const int64_t deadline_ms = clock_ms() + LOOK_MS;
	char record[RECORD_SIZE];
	const char *text;
	ssize_t got;

	while (kmsg_fd >= 0 && (killed || failed) && clock_left_ms(deadline_ms) > 0) {
		got = read(kmsg_fd, record, sizeof(record) - 1);
		if (got < 0 && (errno == EPIPE || errno == EINVAL || errno == EINTR))
			continue; /* some were overwritten, one was too long: on to the next */
		if (got <= 0)
			return;
		record[got] = '\0';
		pid_t victim = oom_parse(record, &text);
		if (victim == child && killed) {
			outcome_set(outcome, OUTCOME_OOM, 0, 0, "%s", text);
			return;
		}
		/* Perhaps it failed because of that: a shell's 137, a make's 2. */
		if (victim > 0 && outcome->message[0] == '\0')
			outcome_set(outcome, outcome->kind, outcome->code, outcome->signal, "%s",
				    text);
	}
}
