/* SPDX-License-Identifier: Apache-2.0 */
/* launch.c: starting one process of a configuration. */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/notify.h"
#include "boot_socket.h"
#include "duration.h"
#include "events.h"
#include "labelled.h"
#include "message.h"
#include "spawn.h"
#include "terminal.h"

void launch_argv(const struct config_process *process, struct strv *argv)
{
	if (process->command == NULL) {
		for (size_t i = 0; i < process->argv.count; i++)
			strv_add(argv, process->argv.items[i]);
		return;
	}
	strv_add(argv, "/bin/sh");
	strv_add(argv, "-c");
	strv_add(argv, process->command);
}

static int fail(struct supervised *process, const char *what, int error)
{
	outcome_set(&process->outcome, OUTCOME_SETUP_FAILED, 0, 0, "%s: %s", what, strerror(error));
	return -error;
}

static int open_log(struct supervised *process)
{
	const char *path = process->config->log;

	if (path == NULL || process->log_fd >= 0)
		return 0;
	process->log_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	return process->log_fd < 0 ? fail(process, path, errno) : 0;
}

/* --- Shell processes ---------------------------------------------------------------------------
 */

/* Pipes, where the output is to be labelled or logged; else it stays pith's own. */
static int open_output(struct supervised *process, const struct launch_setting *setting,
		       int child_ends[2])
{
	int ends[2][2];

	child_ends[0] = child_ends[1] = SPAWN_INHERIT;
	if ((setting->label[0] == '\0' && process->log_fd < 0) || setting->foreground)
		return 0;
	if (pipe2(ends[0], O_CLOEXEC) < 0)
		return fail(process, "pipe", errno);
	if (pipe2(ends[1], O_CLOEXEC) < 0) {
		int error = errno;
		close(ends[0][0]);
		close(ends[0][1]);
		return fail(process, "pipe", error);
	}
	process->out = labelled_start(setting->loop, ends[0][0], STDOUT_FILENO, setting->label,
				      process->log_fd);
	process->err = labelled_start(setting->loop, ends[1][0], STDERR_FILENO, setting->label,
				      process->log_fd);
	child_ends[0] = ends[0][1];
	child_ends[1] = ends[1][1];
	return 0;
}

static int open_notify(struct supervised *process, struct strv *env)
{
	char address[NOTIFY_ADDRESS_SIZE];

	if (process->config->ready != READY_NOTIFY)
		return 0;
	process->notify.fd = notify_open(address);
	if (process->notify.fd < 0)
		return fail(process, "socket for sd_notify", -process->notify.fd);
	strv_addf(env, "NOTIFY_SOCKET=%s", address);
	return 0;
}

static int spawn_shell(struct supervised *process, const struct launch_setting *setting,
		       const struct strv *argv, const struct strv *env, const int child_ends[2])
{
	const struct config_process *config = process->config;
	const int boot_fd = boot_socket_for(config);
	struct credentials credentials;
	int null_fd = -1;

	if (credentials_find(config->user, config->group, &credentials, &process->outcome) < 0)
		return -ENOENT;
	process->uid = credentials.uid;
	/* The terminal is one process's; others would be stopped for reading from it. */
	if (terminal_is_there() && !setting->foreground) {
		null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (null_fd < 0)
			return fail(process, "/dev/null", errno);
	}
	struct spawn spawn = {
	    .argv = argv->items,
	    .cwd = config->cwd,
	    .env = env->items,
	    .credentials = &credentials,
	    .privileges = &process->config->privileges,
	    .rlimits = config->rlimits,
	    .rlimit_count = config->rlimit_count,
	    .stdin_fd = null_fd >= 0 ? null_fd : SPAWN_INHERIT,
	    .stdout_fd = child_ends[0],
	    .stderr_fd = child_ends[1],
	    .foreground = setting->foreground,
	    .cgroup = &process->cgroup,
	    .fds = &boot_fd,
	    .fd_count = boot_fd >= 0 ? 1 : 0,
	};
	int result = spawn_start(&spawn, &process->pid, &process->outcome);
	if (null_fd >= 0)
		close(null_fd);
	return result;
}

static int start_shell(struct supervised *process, const struct launch_setting *setting)
{
	struct strv argv = {0}, env = {0};
	int child_ends[2] = {SPAWN_INHERIT, SPAWN_INHERIT};
	int result;

	launch_argv(process->config, &argv);
	for (size_t i = 0; i < process->config->env.count; i++)
		strv_add(&env, process->config->env.items[i]);
	if (boot_socket_for(process->config) >= 0)
		boot_socket_tell(&env, SPAWN_FIRST_FD);
	if ((result = open_notify(process, &env)) == 0 &&
	    (result = open_output(process, setting, child_ends)) == 0)
		result = spawn_shell(process, setting, &argv, &env, child_ends);
	if (child_ends[0] != SPAWN_INHERIT) {
		close(child_ends[0]);
		close(child_ends[1]);
	}
	strv_free(&argv);
	strv_free(&env);
	if (result == 0) {
		FILE *out = events_begin("process-start", process->config->name);
		fprintf(out, ",\"pid\":%d", (int)process->pid);
		events_end();
	}
	return result;
}

/* --- Virtual machines --------------------------------------------------------------------------
 */

static int start_vm(struct supervised *process, const struct launch_setting *setting)
{
	struct vm_options options = {
	    .has_boot_timeout = setting->options->has_boot_timeout,
	    .boot_timeout_ms = setting->options->boot_timeout_ms,
	    .foreground = setting->foreground,
	    .addition = setting->options->addition,
	    .paths = setting->paths,
	    .label = setting->label,
	    .log_fd = process->log_fd,
	    .cgroup = &process->cgroup,
	};
	int result;

	if (process->vm != NULL) /* of the run before a restart */
		vm_free(process->vm);
	else
		process->vm = malloc(sizeof(*process->vm));
	if (process->vm == NULL)
		die_out_of_memory();
	result = vm_start(process->vm, process->config, setting->loop, &options, &process->outcome);
	process->pid = process->vm->pid;
	return result;
}

/* Where there cannot be one, the process group has to do. */
static void make_cgroup(struct supervised *process)
{
	int result = cgroup_make(&process->cgroup, process->config->name);

	if (result < 0 && result != -ENOTSUP)
		say_verbose("%s: no control group: %s", process->config->name, strerror(-result));
}

int launch_start(struct supervised *process, const struct launch_setting *setting)
{
	int result = open_log(process);

	if (result == 0)
		make_cgroup(process);
	if (result == 0)
		result = process->config->type == PROCESS_VM ? start_vm(process, setting)
							     : start_shell(process, setting);
	if (result < 0) {
		launch_ended(process, false);
		if (process->notify.fd >= 0)
			close(process->notify.fd);
		process->notify.fd = -1;
	}
	return result;
}

void launch_ended(struct supervised *process, bool more)
{
	if (process->out == NULL)
		return;
	labelled_drain(process->out);
	labelled_drain(process->err);
	if (more)
		return;
	labelled_end(process->out);
	labelled_end(process->err);
	process->out = process->err = NULL;
}
