/* SPDX-License-Identifier: Apache-2.0 */
/* tool.c: runs a host tool and waits for it. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "message.h"

/* In the child: arrange descriptors and become the tool; the error, if any, goes through REPORT. */
_Noreturn static void become(char *const *argv, int stdin_fd, int stdout_fd, int keep_fd,
			     int report)
{
	if (stdin_fd < 0)
		stdin_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (stdout_fd < 0)
		stdout_fd = STDERR_FILENO;
	if (stdin_fd >= 0 && dup2(stdin_fd, STDIN_FILENO) >= 0 &&
	    dup2(stdout_fd, STDOUT_FILENO) >= 0 && (keep_fd < 0 || fcntl(keep_fd, F_SETFD, 0) == 0))
		execvp(argv[0], argv);
	int error = errno;
	ssize_t written = write(report, &error, sizeof(error));
	_exit(written == (ssize_t)sizeof(error) ? 127 : 126);
}

pid_t tool_start(char *const *argv, int stdin_fd, int stdout_fd, int keep_fd, const char *package)
{
	int report[2], error = 0;

	if (pipe2(report, O_CLOEXEC) < 0) {
		error = errno;
		say_error("pipe: %s", strerror(error));
		return -error;
	}
	pid_t tool = interrupt_fork();
	if (tool == 0)
		become(argv, stdin_fd, stdout_fd, keep_fd, report[1]);
	if (tool < 0)
		error = errno;
	close(report[1]);
	if (tool > 0) {
		/* The pipe closes unwritten when exec succeeds. */
		while (read(report[0], &error, sizeof(error)) < 0 && errno == EINTR)
			;
		if (error != 0)
			interrupt_wait(tool);
	}
	close(report[0]);
	if (error == ENOENT)
		say_error("%s is not installed: apt-get install %s", argv[0], package);
	else if (error != 0 && error != EINTR)
		say_error("%s: %s", argv[0], strerror(error));
	return error != 0 ? -error : tool;
}

int tool_wait(pid_t tool, const char *name)
{
	int status = interrupt_wait(tool);

	if (interrupt_came())
		return -EINTR;
	if (status == 0)
		return 0;
	if (status < 0)
		say_error("%s: waiting for it: %s", name, strerror(-status));
	else if (WIFSIGNALED(status))
		say_error("%s was ended by signal %d", name, WTERMSIG(status));
	else
		say_error("%s failed with exit status %d", name, WEXITSTATUS(status));
	return -EIO;
}

ssize_t tool_read(char *const *argv, int keep_fd, const char *package, void *bytes, size_t size)
{
	int output[2];
	size_t used = 0;
	char more;
	ssize_t n = 0;

	if (pipe2(output, O_CLOEXEC) < 0) {
		int error = errno;
		say_error("pipe: %s", strerror(error));
		return -error;
	}
	pid_t tool = tool_start(argv, -1, output[1], keep_fd, package);
	close(output[1]);
	while (tool > 0 && used < size) {
		n = read(output[0], (char *)bytes + used, size - used);
		if (n < 0 && errno == EINTR && !interrupt_came())
			continue;
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	bool too_much = tool > 0 && used == size && read(output[0], &more, 1) > 0;
	close(output[0]);
	int error = tool < 0 ? (int)tool : tool_wait(tool, argv[0]);
	if (error == 0 && too_much) {
		say_error("%s wrote more than the %zu bytes that were expected", argv[0], size);
		error = -EMSGSIZE;
	}
	return error < 0 ? error : (ssize_t)used;
}
