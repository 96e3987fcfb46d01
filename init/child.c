/* SPDX-License-Identifier: Apache-2.0 */
/* child.c: the one process that PID 1 starts: the runner, or the app itself. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "helper.h"
#include "resident.h"
#include "signals.h"

#define EXEC_TIMEOUT_MS 60000 /* for the kernel to read the program from its disk */
#define HIGH_FD 10            /* above what the child is given */

/* What the child sends when it does not get as far as exec. */
struct failure {
	enum step { STEP_DESCRIPTORS, STEP_CWD, STEP_USER, STEP_PRIVILEGES, STEP_EXEC } step;
	int error;
};

static bool has_name(char *const *environment, size_t count, const char *entry)
{
	const size_t size = strcspn(entry, "=");

	for (size_t i = 0; i < count; i++)
		if (strncmp(environment[i], entry, size) == 0 && environment[i][size] == '=')
			return true;
	return false;
}

char **child_environment(const struct boot_config *config, const char *hash_hex,
			 const char *notify_address, bool has_attest)
{
	static char hash[80], report_fd[32], notify[80], attest_fd[40];
	static char guest[] = "PITH_GUEST=1";
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	static char home[] = "HOME=/", term[] = "TERM=linux";
	char *const defaults[] = {path, home, term};
	size_t kernel_count = 0, count = 0;

	while (environ[kernel_count] != NULL)
		kernel_count++;
	char **environment = calloc(kernel_count + config->env_count + 9, sizeof(*environment));
	if (environment == NULL)
		return NULL;
	environment[count++] = guest;
	snprintf(report_fd, sizeof(report_fd), "PITH_REPORT_FD=%d", CHILD_REPORT_FD);
	environment[count++] = report_fd;
	snprintf(attest_fd, sizeof(attest_fd), "VERSE_TRUSTED_BOOT_FD=%d", CHILD_ATTEST_FD);
	if (has_attest)
		environment[count++] = attest_fd;
	snprintf(hash, sizeof(hash), "PITH_APP_HASH=%s", hash_hex);
	snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s", notify_address);
	if (notify_address[0] != '\0')
		environment[count++] = notify;
	const size_t own_count = count + 1;
	if (hash_hex[0] != '\0')
		environment[count++] = hash;
	for (size_t i = 0; i < config->env_count; i++)
		if (!has_name(environment, count < own_count ? count : own_count, config->env[i]))
			environment[count++] = config->env[i];
	for (size_t i = 0; i < kernel_count; i++)
		if (!has_name(environment, count, environ[i]))
			environment[count++] = environ[i];
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!has_name(environment, count, defaults[i]))
			environment[count++] = defaults[i];
	return environment;
}

/* A copy of FROM as the number TO that survives exec. */
static bool give(int from, int to)
{
	if (from == to)
		return fcntl(to, F_SETFD, 0) == 0;
	return dup2(from, to) == to;
}

static bool give_descriptors(const struct child_plan *plan)
{
	for (int i = 0; i <= 2; i++) {
		int from = plan->fds[i] >= 0 ? plan->fds[i] : plan->terminal_fd;

		if (from >= 0 && !give(from, i))
			return false;
	}
	/* Both may have the other's number. */
	int attest_fd = plan->attest_fd;
	if (attest_fd >= 0 && (attest_fd = fcntl(attest_fd, F_DUPFD_CLOEXEC, HIGH_FD)) < 0)
		return false;
	return give(plan->report_fd, CHILD_REPORT_FD) &&
	       (attest_fd < 0 || give(attest_fd, CHILD_ATTEST_FD));
}

/* Its streams become its own, so that it can open them by name (/dev/stderr). */
static bool become_user(const struct boot_config *config)
{
	for (int i = 0; i <= CHILD_REPORT_FD; i++)
		(void)fchown(i, config->uid, config->gid);
	return helper_become(config->uid, config->gid) == 0;
}

/* Neither PID 1's session nor its protection from the OOM killer is for the app. */
static void leave_init(int terminal_fd)
{
	if (terminal_fd < 0) {
		(void)setsid(); /* cannot fail: it leads no process group */
	} else {
		(void)setpgid(0, 0);
		(void)tcsetpgrp(terminal_fd, getpid());
	}
	(void)file_write("/proc/self/oom_score_adj", "0"); /* no procfs: none to undo */
}

/* The child's side. All signals are blocked still, so that SIGTTOU does not stop it. */
_Noreturn static void become(const struct child_plan *plan, int failure_fd)
{
	struct failure failure = {.step = STEP_DESCRIPTORS};

	failure_fd = fcntl(failure_fd, F_DUPFD_CLOEXEC, HIGH_FD);
	if (failure_fd < 0)
		_exit(EXIT_CODE_PITH);
	if (!give_descriptors(plan))
		goto fail;
	failure.step = STEP_CWD;
	if (chdir(plan->cwd == NULL ? "/" : plan->cwd) != 0)
		goto fail;
	failure.step = STEP_PRIVILEGES;
	errno = -privileges_begin(&plan->config->privileges);
	if (errno != 0)
		goto fail;
	failure.step = STEP_USER;
	if (plan->config->has_user && !become_user(plan->config))
		goto fail;
	failure.step = STEP_PRIVILEGES;
	errno = -privileges_end(&plan->config->privileges);
	if (errno != 0)
		goto fail;
	signals_restore();
	failure.step = STEP_EXEC;
	environ = plan->environment;
	execvp(plan->args[0], plan->args);
fail:
	failure.error = errno;
	(void)write(failure_fd, &failure, sizeof(failure));
	_exit(EXIT_CODE_PITH);
}

static void describe(const struct child_plan *plan, const struct failure *failure,
		     struct outcome *outcome)
{
	const char *program = plan->args[0], *hint = "";
	int code = EXIT_CODE_NOT_EXECUTABLE;

	switch (failure->step) {
	case STEP_EXEC:
		if (failure->error == ENOENT || failure->error == ENOTDIR)
			code = EXIT_CODE_NOT_FOUND;
		if (failure->error == ENOENT && strchr(program, '/') != NULL &&
		    access(program, F_OK) == 0)
			hint = " (the program is there, its interpreter or loader is not)";
		outcome_set(outcome, OUTCOME_EXEC_FAILED, code, 0, "exec %.200s: %s%s", program,
			    strerror(failure->error), hint);
		break;
	case STEP_CWD:
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "working directory %.200s: %s",
			    plan->cwd, strerror(failure->error));
		break;
	case STEP_USER:
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "user %u:%u: %s",
			    plan->config->uid, plan->config->gid, strerror(failure->error));
		break;
	case STEP_PRIVILEGES:
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "taking away privileges: %s",
			    strerror(failure->error));
		break;
	default:
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "descriptors of %.200s: %s",
			    program, strerror(failure->error));
		break;
	}
}

/* A process that waits to become the child. As after vfork(2) it shares PID 1's memory, so that it
 * finds its plan, and nothing is to be copied; but it waits for a byte, and PID 1 goes on. From
 * that byte to the exec PID 1 only waits (child_start). */
static struct {
	pid_t pid;      /* 0: there is none */
	int orders[2];  /* PID 1 writes to [1]: a byte, or the end of file for "not needed" */
	int answers[2]; /* PID 1 reads from [0], as in child_start */
	const struct child_plan *plan;
} waiting;

static int wait_for_plan(void *unused)
{
	char byte;

	(void)unused;
	close(waiting.orders[1]);
	leave_init(-1);
	if (read(waiting.orders[0], &byte, 1) != 1)
		_exit(0);
	become(waiting.plan, waiting.answers[1]);
}

void child_prepare(void)
{
	static char stack[32 * 1024] BOOT_BUFFER
	    __attribute__((aligned(16))); /* execvp needs the most of it */

	if (pipe2(waiting.orders, O_CLOEXEC) != 0)
		return;
	if (pipe2(waiting.answers, O_CLOEXEC) == 0) {
		waiting.pid = clone(wait_for_plan, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
		close(waiting.answers[1]);
		if (waiting.pid < 0)
			close(waiting.answers[0]);
	}
	close(waiting.orders[0]);
	if (waiting.pid <= 0) {
		close(waiting.orders[1]);
		waiting.pid = 0;
	}
}

void child_discard(void)
{
	if (waiting.pid == 0)
		return;
	close(waiting.orders[1]);
	close(waiting.answers[0]);
	(void)waitpid(waiting.pid, NULL, 0); /* it has nothing left to do but to end */
	waiting.pid = 0;
}

/* Give PLAN to the process that waits. *ANSWERS gets what its failure will come from. */
static pid_t send_plan(const struct child_plan *plan, int *answers)
{
	pid_t pid = waiting.pid;

	waiting.plan = plan;
	waiting.pid = 0;
	*answers = waiting.answers[0];
	(void)write(waiting.orders[1], "", 1); /* else it ends, which its status tells */
	close(waiting.orders[1]);
	return pid;
}

/* The same with a process that is made now. Returns -1 with OUTCOME filled where there is none. */
static pid_t fork_child(const struct child_plan *plan, int *answers, struct outcome *outcome)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "pipe: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		leave_init(plan->terminal_fd);
		become(plan, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "fork: %s", strerror(errno));
		close(ends[0]);
		return -1;
	}
	*answers = ends[0];
	return pid;
}

pid_t child_start(const struct child_plan *plan, struct outcome *outcome)
{
	char *const *const own_environment = environ;
	struct failure failure;
	struct pollfd answer = {.events = POLLIN};

	if (plan->terminal_fd >= 0 || plan->attest_fd >= 0)
		child_discard(); /* it has only what was open when it was made */
	pid_t pid =
	    waiting.pid > 0 ? send_plan(plan, &answer.fd) : fork_child(plan, &answer.fd, outcome);

	if (pid < 0)
		return -1;
	/* End of file is the exec that closed the pipe; or a child that was killed before it, whose
	 * status tells. */
	if (poll(&answer, 1, EXEC_TIMEOUT_MS) <= 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "exec %.200s: no end after %d s",
			    plan->args[0], EXEC_TIMEOUT_MS / 1000);
		pid = -1;
	} else if (read(answer.fd, &failure, sizeof(failure)) == (ssize_t)sizeof(failure)) {
		describe(plan, &failure, outcome);
		(void)waitpid(pid, NULL, 0); /* it has nothing left to do but to end */
		pid = -1;
	}
	close(answer.fd);
	environ =
	    (char **)(uintptr_t)own_environment; /* one that waited has set it in our memory */
	return pid;
}

void child_take_place(const struct child_plan *plan, struct outcome *outcome)
{
	struct failure failure = {.step = STEP_DESCRIPTORS};
	sigset_t blocked;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	if (!give_descriptors(plan))
		goto fail;
	failure.step = STEP_CWD;
	if (chdir(plan->cwd == NULL ? "/" : plan->cwd) != 0)
		goto fail;
	(void)file_write("/proc/self/oom_score_adj", "0"); /* its children would have it, too */
	signals_restore();
	failure.step = STEP_EXEC;
	environ = plan->environment;
	execvp(plan->args[0], plan->args);
fail:
	failure.error = errno;
	sigprocmask(SIG_SETMASK, &blocked, NULL); /* PID 1 goes on, to the end */
	describe(plan, &failure, outcome);
}
