/* SPDX-License-Identifier: Apache-2.0 */
/* qemu_version.c: which QEMU it is. */
#include "qemu_version.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "duration.h"
#include "qemu.h"
#include "spawn.h"

#define ANSWER_TIMEOUT_MS 5000
/* OpenSUT's own limit for gpio. */
#define GPIO_MAJOR 8
#define GPIO_MINOR 2

int qemu_version_parse(const char *text, unsigned version[3])
{
	int end = 0;

	version[2] = 0;
	if (sscanf(text, "QEMU emulator version %3u.%3u%n.%3u", &version[0], &version[1], &end,
		   &version[2]) < 2 ||
	    end == 0 || strchr(". (\n", text[end]) == NULL)
		return -EINVAL;
	return 0;
}

bool qemu_version_is_at_least(const unsigned version[3], unsigned major, unsigned minor)
{
	return version[0] > major || (version[0] == major && version[1] >= minor);
}

/* What comes from FD until its end, at most SIZE - 1 bytes, as text. */
static int read_answer(int fd, char *text, size_t size)
{
	uint64_t give_up_at = duration_now_ms() + ANSWER_TIMEOUT_MS, now;
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	size_t used = 0;
	ssize_t got = 1;

	while (got > 0 && used < size - 1) {
		now = duration_now_ms();
		if (now >= give_up_at)
			return -ETIMEDOUT;
		if (poll(&poll_fd, 1, (int)(give_up_at - now)) <= 0)
			continue;
		got = read(fd, text + used, size - 1 - used);
		used += got > 0 ? (size_t)got : 0;
	}
	text[used] = '\0';
	return 0;
}

static int ask(const char *program, char *text, size_t size, struct outcome *failure)
{
	char name[512], option[] = "--version";
	char *argv[] = {name, option, NULL};
	int ends[2], null_fd;
	pid_t pid;

	if (snprintf(name, sizeof(name), "%s", program) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct spawn spawn = {
	    .argv = argv, .stdin_fd = null_fd, .stdout_fd = ends[1], .stderr_fd = null_fd};
	int result = null_fd < 0 ? -errno : spawn_start(&spawn, &pid, failure);
	close(ends[1]);
	if (result == 0) {
		result = read_answer(ends[0], text, size);
		kill(-pid, SIGKILL);
		(void)waitpid(pid, NULL, 0); /* at once: it has been killed */
	}
	close(ends[0]);
	if (null_fd >= 0)
		close(null_fd);
	return result;
}

int qemu_version_check(const struct config_vm *vm, const struct config_paths *paths,
		       struct outcome *failure)
{
	const unsigned *given = paths->qemu_aarch64_version;
	unsigned version[3] = {given[0], given[1], given[2]};
	const char *program = qemu_program(vm);
	char text[256] = "";

	if (vm->gpio_count == 0)
		return 0;
	if (vm->arch != ARCH_AARCH64 || given[0] == 0) {
		int result = ask(program, text, sizeof(text), failure);
		if (result == 0)
			result = qemu_version_parse(text, version);
		if (result < 0) {
			text[strcspn(text, "\n")] = '\0';
			outcome_set(failure, OUTCOME_VMM_FAILED, 0, 0,
				    "gpio needs QEMU %d.%d or newer; %s --version: %s%s%.60s",
				    GPIO_MAJOR, GPIO_MINOR, program,
				    result == -EINVAL ? "no version in its answer"
						      : strerror(-result),
				    text[0] != '\0' ? ": " : "", text);
			return result;
		}
	}
	if (qemu_version_is_at_least(version, GPIO_MAJOR, GPIO_MINOR))
		return 0;
	outcome_set(failure, OUTCOME_VMM_FAILED, 0, 0,
		    "gpio needs QEMU %d.%d or newer; %s is %u.%u.%u", GPIO_MAJOR, GPIO_MINOR,
		    program, version[0], version[1], version[2]);
	return -ENOTSUP;
}
