/* SPDX-License-Identifier: Apache-2.0 */
/* tasks.c: what the tasks of the guest do. */
#include "tasks.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "file.h"
#include "report.h"

#define KERNEL_THREAD 0x00200000 /* PF_KTHREAD (include/linux/sched.h), in field 9 of stat */

struct search {
	bool blocked; /* this turn is for them; the next for the others */
	unsigned told, left_out;
	int64_t deadline_ms;
};

/* "PID (NAME) STATE PPID PGRP SESSION TTY TPGID FLAGS ..." (proc(5)); NAME holds what its process
 * likes, so the last parenthesis ends it. Returns whether that is what TEXT holds. */
static bool read_stat(char *text, struct report_task *task, unsigned long *flags)
{
	char *name = strchr(text, '('), *end = strrchr(text, ')'), *at;

	if (name == NULL || end == NULL || end < name || end[1] != ' ' || end[2] == '\0')
		return false;
	*end = '\0';
	(void)snprintf(task->name, sizeof(task->name), "%s", name + 1); /* may be cut */
	task->state[0] = end[2];
	task->state[1] = '\0';
	at = end + 3;
	for (int field = 4; field < 9; field++)
		(void)strtol(at, &at, 10);
	*flags = strtoul(at, NULL, 10);
	return true;
}

/* "[<0>] do_nanosleep+0x58/0x190" and so on, a line each. What is too long is cut, and a stack that
 * cannot be read (CONFIG_STACKTRACE is off) is none. */
static void read_stack(const char *folder, struct report_task *task)
{
	char path[96], text[4096];
	size_t used = 0;

	(void)snprintf(path, sizeof(path), "%s/stack", folder);
	if (file_read(path, text, sizeof(text)) < 0)
		return;
	for (char *line = text, *next; *line != '\0'; line = next) {
		const char *name = strstr(line, "] ");
		size_t size = strcspn(line, "\n");

		next = line + size + (line[size] == '\n');
		line[size] = '\0';
		name = name == NULL || name > line + size ? line : name + 2;
		size = strlen(name);
		if (used + 1 + size + 1 > sizeof(task->stack))
			return;
		if (used > 0)
			task->stack[used++] = ' ';
		memcpy(task->stack + used, name, size + 1);
		used += size;
	}
}

static void tell_one(struct search *search, int process, const char *number)
{
	struct report_task task = {.pid = atoi(number), .process = process};
	char folder[64], path[96], text[1024];
	unsigned long flags;

	if (snprintf(folder, sizeof(folder), "/proc/%d/task/%.20s", process, number) >=
	    (int)sizeof(folder))
		return;
	(void)snprintf(path, sizeof(path), "%s/stat", folder);
	if (file_read(path, text, sizeof(text)) < 0 || !read_stat(text, &task, &flags))
		return; /* it has ended */
	if ((task.state[0] == 'D') != search->blocked ||
	    (task.state[0] != 'D' && (flags & KERNEL_THREAD) != 0))
		return;
	if (search->told == TASKS_TOLD_MAX || clock_left_ms(search->deadline_ms) == 0) {
		search->left_out++;
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/wchan", folder);
	if (file_read_line(path, task.wait, sizeof(task.wait)) < 0 || strcmp(task.wait, "0") == 0)
		task.wait[0] = '\0';
	read_stack(folder, &task);
	report_task(&task);
	search->told++;
}

static bool is_number(const char *text)
{
	return *text >= '1' && *text <= '9' && text[strspn(text, "0123456789")] == '\0';
}

static void tell_process(struct search *search, const char *number)
{
	char path[64];
	const struct dirent *entry;
	DIR *tasks;

	if (snprintf(path, sizeof(path), "/proc/%.20s/task", number) >= (int)sizeof(path) ||
	    (tasks = opendir(path)) == NULL)
		return;
	while ((entry = readdir(tasks)) != NULL)
		if (is_number(entry->d_name))
			tell_one(search, atoi(number), entry->d_name);
	closedir(tasks);
}

static void tell_all(struct search *search)
{
	const struct dirent *entry;
	DIR *processes = opendir("/proc");

	if (processes == NULL)
		return;
	while ((entry = readdir(processes)) != NULL && clock_left_ms(search->deadline_ms) > 0)
		if (is_number(entry->d_name) && strcmp(entry->d_name, "1") != 0)
			tell_process(search, entry->d_name);
	closedir(processes);
}

void tasks_tell(void)
{
	struct search search = {.blocked = true, .deadline_ms = clock_ms() + TASKS_TIME_MS};

	tell_all(&search);
	search.blocked = false;
	tell_all(&search);
	report_tasks_end(search.told, search.left_out);
}
