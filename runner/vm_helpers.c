/* SPDX-License-Identifier: Apache-2.0 */
/* vm_helpers.c: the daemons of one VM while it runs. */
#include "vm_helpers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "duration.h"
#include "helpers.h"
#include "message.h"
#include "ready.h"
#include "run_dir.h"
#include "signals.h"
#include "spawn.h"
#include "strv.h"

#define START_TIMEOUT_MS 10000
#define LOOK_MS 10

bool vm_helpers_are_needed(const struct config_vm *vm)
{
	const struct helpers_setting setting = {.run_dir = "", .cwd = ""};
	const struct config_paths standard = {0};
	struct helpers list;

	helpers_list(&standard, vm, &setting, &list);
	bool needed = list.count > 0;
	helpers_free(&list);
	return needed;
}

static int fail(const char *name, const char *why, int error, struct outcome *failure)
{
	outcome_set(failure, OUTCOME_VMM_FAILED, 0, 0, "%s: %s", name, why);
	return -error;
}

static int start_one(struct vm_helpers *helpers, const struct helper *helper, int stderr_fd,
		     const struct cgroup *cgroup, struct outcome *failure)
{
	const char *path = getenv("PATH");
	struct strv env = {0};

	if (helpers->count == VM_HELPERS_MAX)
		return fail(helper->name, "more than 32 helpers", E2BIG, failure);
	if (helper->state_dir != NULL && mkdir(helper->state_dir, 0700) < 0 && errno != EEXIST)
		return fail(helper->name, strerror(errno), errno, failure);
	strv_addf(&env, "PATH=%s:" HELPERS_MORE_PATH, path == NULL ? "/usr/bin:/bin" : path);
	struct spawn spawn = {
	    .argv = helper->argv.items,
	    .env = env.items,
	    .stdin_fd = SPAWN_INHERIT,
	    .stdout_fd = stderr_fd,
	    .stderr_fd = stderr_fd,
	    .cgroup = cgroup,
	};
	pid_t pid;
	int result = spawn_start(&spawn, &pid, failure);
	strv_free(&env);
	if (result < 0) {
		char why[OUTCOME_MESSAGE_MAX];
		memcpy(why, failure->message, sizeof(why));
		return fail(helper->name, why, -result, failure);
	}
	helpers->items[helpers->count].pid = pid;
	snprintf(helpers->items[helpers->count].name, sizeof(helpers->items[0].name), "%s",
		 helper->name);
	helpers->count++;
	say_verbose("%s: started (%d)", helper->name, (int)pid);
	return 0;
}

/* Left for the supervisor to reap. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/* Somebody wants pith to end: QEMU is not waited for. */
static bool is_stop_pending(void)
{
	sigset_t pending;

	sigpending(&pending);
	for (int number = 1; number < 32; number++)
		if (sigismember(&pending, number) == 1 && signals_is_stop(number))
			return true;
	return false;
}

/* No event tells that somebody listens, so the socket is looked at under a deadline. */
static int await_socket(const struct helper *helper, pid_t pid, struct outcome *failure)
{
	uint64_t give_up_at = duration_now_ms() + START_TIMEOUT_MS;

	while (!ready_socket_listens(helper->socket)) {
		if (has_ended(pid))
			return fail(helper->name, "it ended before its socket was there", EPIPE,
				    failure);
		if (is_stop_pending())
			return fail(helper->name, "asked to stop meanwhile", EINTR, failure);
		if (duration_now_ms() >= give_up_at)
			return fail(helper->name, "its socket is not there after 10 s", ETIMEDOUT,
				    failure);
		poll(NULL, 0, LOOK_MS);
	}
	return 0;
}

int vm_helpers_start(struct vm_helpers *helpers, const struct config_paths *paths,
		     const struct config_vm *vm, int stderr_fd, const struct cgroup *cgroup,
		     struct outcome *failure)
{
	static unsigned number;
	struct helpers list;
	char *cwd;
	int result = 0;

	*helpers = (struct vm_helpers){.count = 0};
	if (!vm_helpers_are_needed(vm))
		return 0;
	if (run_dir_path()[0] == '\0')
		return fail("helpers", "there is no folder for their sockets", ENOENT, failure);
	cwd = getcwd(NULL, 0);
	snprintf(helpers->run_dir, sizeof(helpers->run_dir), "%s/%u", run_dir_path(), ++number);
	if (cwd == NULL || mkdir(helpers->run_dir, 0700) < 0) {
		result = fail(helpers->run_dir, strerror(errno), errno, failure);
		free(cwd);
		return result;
	}
	const struct helpers_setting setting = {.run_dir = helpers->run_dir,
						.cwd = cwd,
						.as_root = geteuid() == 0,
						.self = "/proc/self/exe"};
	helpers_list(paths, vm, &setting, &list);
	for (size_t i = 0; i < list.count && result == 0; i++)
		result = start_one(helpers, &list.items[i], stderr_fd, cgroup, failure);
	for (size_t i = 0; i < list.count && result == 0; i++)
		result = await_socket(&list.items[i], helpers->items[i].pid, failure);
	helpers_free(&list);
	free(cwd);
	if (result < 0)
		vm_helpers_stop(helpers, SIGKILL);
	return result;
}

const char *vm_helpers_reaped(struct vm_helpers *helpers, pid_t pid)
{
	for (size_t i = 0; i < helpers->count; i++) {
		if (helpers->items[i].pid != pid)
			continue;
		helpers->items[i].pid = 0;
		return helpers->items[i].name;
	}
	return NULL;
}

void vm_helpers_stop(struct vm_helpers *helpers, int signal)
{
	for (size_t i = 0; i < helpers->count; i++)
		if (helpers->items[i].pid != 0)
			kill(-helpers->items[i].pid, signal);
}
