/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.c: starting a child.
 *
 * The child reports a failed step over a pipe that closes by itself at exec: when the parent reads
 * nothing, the program runs. */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "own_root.h"
#include "signals.h"
#include "terminal.h"

enum step {
	STEP_FDS,
	STEP_CGROUP,
	STEP_LIMIT,
	STEP_USER,
	STEP_PRIVILEGES,
	STEP_CWD,
	STEP_EXEC,
	STEP_PARENT_GONE
};

struct failed_step {
	enum step step;
	int error;
};

static void describe_failure(const struct failed_step *failed, const struct spawn *spawn,
			     struct outcome *failure)
{
	const char *reason = strerror(failed->error), *program = spawn->argv[0];

	switch (failed->step) {
	case STEP_CWD:
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "cwd %s: %s", spawn->cwd, reason);
		break;
	case STEP_USER:
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "taking user %u, group %u: %s",
			    (unsigned)spawn->credentials->uid, (unsigned)spawn->credentials->gid,
			    reason);
		break;
	case STEP_CGROUP:
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "control group %.300s: %s",
			    spawn->cgroup->path, reason);
		break;
	case STEP_PRIVILEGES:
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "taking away privileges of %s: %s",
			    program, reason);
		break;
	case STEP_LIMIT:
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "setting the limits of %s: %s",
			    program, reason);
		break;
	case STEP_EXEC:
		outcome_set(failure, OUTCOME_EXEC_FAILED,
			    failed->error == ENOENT || failed->error == ENOTDIR
				? EXIT_CODE_NOT_FOUND
				: EXIT_CODE_NOT_EXECUTABLE,
			    0, "%s: %s%s", program, reason,
			    strcmp(program, "/bin/sh") == 0
				? " (a process can be run without a shell: argv = [...])"
				: "");
		break;
	default:
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "starting %s: %s", program,
			    reason);
	}
}

static _Noreturn void fail(int status_fd, enum step step)
{
	struct failed_step failed = {step, errno};

	if (write(status_fd, &failed, sizeof(failed)) < 0)
		_exit(EXIT_CODE_PITH + 1); /* nobody left to tell */
	_exit(EXIT_CODE_PITH);
}

static int place(int from, int to)
{
	if (from == SPAWN_INHERIT || from == to)
		return 0;
	return dup2(from, to) < 0 ? -1 : 0;
}

/* First out of the way of the numbers to be filled, then into place. */
static int place_fds(const struct spawn *spawn, int *status_fd)
{
	const int end = SPAWN_FIRST_FD + (int)spawn->fd_count;
	int moved[32];

	if (spawn->fd_count > sizeof(moved) / sizeof(moved[0])) {
		errno = EMFILE;
		return -1;
	}
	if (*status_fd < end) {
		*status_fd = fcntl(*status_fd, F_DUPFD_CLOEXEC, end);
		if (*status_fd < 0)
			return -1;
	}
	if (place(spawn->stdin_fd, 0) < 0 || place(spawn->stdout_fd, 1) < 0 ||
	    place(spawn->stderr_fd, 2) < 0)
		return -1;
	for (size_t i = 0; i < spawn->fd_count; i++) {
		moved[i] = spawn->fds[i];
		if (moved[i] >= 0 && moved[i] < end)
			moved[i] = fcntl(moved[i], F_DUPFD_CLOEXEC, end);
		if (spawn->fds[i] >= 0 && moved[i] < 0)
			return -1;
	}
	for (size_t i = 0; i < spawn->fd_count; i++) {
		int target = SPAWN_FIRST_FD + (int)i;
		if (moved[i] < 0)
			close(target);
		else if (dup2(moved[i], target) < 0)
			return -1;
	}
	if (spawn->fd_count > 0) /* marked, not closed: the status pipe is among them */
		syscall(SYS_close_range, (unsigned)end, ~0u, CLOSE_RANGE_CLOEXEC);
	return 0;
}

static struct rlimit fd_limit_before;

void spawn_raise_fd_limit(void)
{
	struct rlimit limit;

	if (fd_limit_before.rlim_max != 0 || getrlimit(RLIMIT_NOFILE, &fd_limit_before) < 0)
		return;
	limit = fd_limit_before;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static rlim_t limit_value(uint64_t value)
{
	return value == CONFIG_RLIMIT_UNLIMITED ? RLIM_INFINITY : (rlim_t)value;
}

static int set_limits(const struct spawn *spawn)
{
	if (fd_limit_before.rlim_max != 0 && setrlimit(RLIMIT_NOFILE, &fd_limit_before) < 0)
		return -1;
	for (size_t i = 0; i < spawn->rlimit_count; i++) {
		struct rlimit limit = {limit_value(spawn->rlimits[i].soft),
				       limit_value(spawn->rlimits[i].hard)};
		if (setrlimit(spawn->rlimits[i].resource, &limit) < 0)
			return -1;
	}
	return 0;
}

/* What the program is given that is not a descriptor. Returns the step that failed, with errno set,
 * STEP_EXEC for none. */
static enum step set_up(const struct spawn *spawn)
{
	if (set_limits(spawn) < 0)
		return STEP_LIMIT;
	const struct privileges none = {0};
	const struct privileges *privileges = spawn->privileges != NULL ? spawn->privileges : &none;

	errno = -privileges_begin(privileges);
	/* In a chroot "/" may be no mount, which alone can be made read-only. */
	if (errno == EINVAL && privileges->read_only_root && (errno = -own_root()) == 0)
		errno = -privileges_begin(privileges);
	if (errno != 0)
		return STEP_PRIVILEGES;
	if (spawn->credentials != NULL && credentials_take(spawn->credentials) < 0)
		return STEP_USER;
	errno = -privileges_end(privileges);
	if (errno != 0)
		return STEP_PRIVILEGES;
	for (char *const *variable = spawn->env; variable != NULL && *variable != NULL; variable++)
		putenv(*variable);
	/* As that user, to whom the folder may be open although it is closed to others. */
	if (spawn->cwd != NULL && chdir(spawn->cwd) < 0)
		return STEP_CWD;
	return STEP_EXEC;
}

static _Noreturn void run_child(const struct spawn *spawn, int status_fd, pid_t parent)
{
	setpgid(0, 0);
	if (spawn->foreground)
		terminal_give(getpid());
	if (place_fds(spawn, &status_fd) < 0)
		fail(status_fd, STEP_FDS);
	/* While it is root still; what it starts is in there too. */
	if (spawn->cgroup != NULL && cgroup_is_there(spawn->cgroup)) {
		errno = -cgroup_enter(spawn->cgroup);
		if (errno != 0)
			fail(status_fd, STEP_CGROUP);
	}
	enum step failed = set_up(spawn);
	if (failed != STEP_EXEC)
		fail(status_fd, failed);
	/* The end of pith, however it comes, is the end of its children. After set_up, as a change
	 * of user clears it (prctl(2)). */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		fail(status_fd, STEP_PARENT_GONE);
	signals_restore();
	execvp(spawn->argv[0], spawn->argv);
	fail(status_fd, STEP_EXEC);
}

int spawn_start(const struct spawn *spawn, pid_t *pid, struct outcome *failure)
{
	struct failed_step failed = {STEP_FDS, 0};
	pid_t parent = getpid();
	int status_fds[2];
	ssize_t size;

	if (pipe2(status_fds, O_CLOEXEC) < 0) {
		failed.error = errno;
		describe_failure(&failed, spawn, failure);
		return -failed.error;
	}
	*pid = fork();
	if (*pid == 0)
		run_child(spawn, status_fds[1], parent);
	failed.error = *pid < 0 ? errno : 0;
	close(status_fds[1]);
	if (*pid > 0) {
		setpgid(*pid, *pid); /* both sides: whoever runs first */
		do {
			size = read(status_fds[0], &failed, sizeof(failed));
		} while (size < 0 && errno == EINTR);
		if (size != (ssize_t)sizeof(failed))
			failed.error = 0;
	}
	close(status_fds[0]);
	if (failed.error == 0)
		return 0;
	describe_failure(&failed, spawn, failure);
	return -failed.error;
}

int spawn_replace(const struct spawn *spawn, struct outcome *failure)
{
	struct failed_step failed = {set_up(spawn), 0};

	if (failed.step == STEP_EXEC) {
		signals_restore();
		execvp(spawn->argv[0], spawn->argv);
	}
	failed.error = errno;
	describe_failure(&failed, spawn, failure);
	return -failed.error;
}
