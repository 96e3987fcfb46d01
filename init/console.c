/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: descriptors 0, 1, 2 and what pith-init itself says there. */
#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"

#define WRITE_TIMEOUT_MS 1000
#define DRAIN_TIMEOUT_MS 1000
#define DRAIN_STEP_MS 2
#define CONSOLE_MAJOR 5 /* /dev/console is 5:1 (Documentation/admin-guide/devices.txt) */
#define CONSOLE_MINOR 1

static enum log_level level = LOG_QUIET;
static int own_fd = -1; /* PID 1's own, non-blocking description of the console */

static void open_missing(const char *path)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is FD, as the ones below are open. */
		if (open(path, O_RDWR | O_NOCTTY) < 0)
			return;
	}
}

void console_open(void)
{
	struct stat status;

	open_missing("/dev/console");
	open_missing("/dev/null");
	/* The open description behind 2 is the app's too; its flags are not ours to change. Opening
	 * it again needs /proc, so before the mounts 2 itself has to do. */
	if (own_fd < 0 && fstat(2, &status) == 0 &&
	    (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)))
		own_fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void console_set_level(enum log_level new_level)
{
	level = new_level;
}

void console_write_to(int fd, const char *bytes, size_t size)
{
	const int64_t deadline_ms = clock_ms() + WRITE_TIMEOUT_MS;
	struct pollfd writable = {.fd = fd, .events = POLLOUT};

	while (size > 0) {
		ssize_t written = write(fd, bytes, size);

		if (written > 0) {
			bytes += written;
			size -= (size_t)written;
		} else if (written < 0 && errno == EAGAIN) {
			if (poll(&writable, 1, clock_left_ms(deadline_ms)) <= 0)
				return;
		} else if (written == 0 || errno != EINTR) {
			return;
		}
	}
}

void console_write(const char *bytes, size_t size)
{
	console_write_to(own_fd >= 0 ? own_fd : 2, bytes, size);
}

__attribute__((format(printf, 2, 0))) static void say(const char *word, const char *format,
						      va_list args)
{
	const int saved_errno = errno;
	char line[512];
	int prefix = snprintf(line, sizeof(line), "pith-init: %s", word);
	size_t size = prefix > 0 ? (size_t)prefix : 0;
	int text = vsnprintf(line + size, sizeof(line) - size, format, args);

	if (text > 0)
		size += (size_t)text;
	if (size > sizeof(line) - 2)
		size = sizeof(line) - 2;
	/* What is quoted in a message may hold anything. */
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = ' ';
	line[size++] = '\n';
	console_write(line, size);
	errno = saved_errno;
}

void console_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void console_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("warning: ", format, args);
	va_end(args);
}

void console_info(const char *format, ...)
{
	va_list args;

	if (level < LOG_INFO)
		return;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void console_debug(const char *format, ...)
{
	va_list args;

	if (level < LOG_DEBUG)
		return;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}

int console_open_terminal(void)
{
	struct stat status;
	char active[128], path[sizeof("/dev/") + sizeof(active)];
	int fd;

	if (fstat(0, &status) != 0 || !S_ISCHR(status.st_mode))
		return -1;
	if (status.st_rdev == makedev(CONSOLE_MAJOR, CONSOLE_MINOR)) {
		/* "tty0 ttyS0": the last one is where /dev/console leads. */
		if (file_read_line("/sys/class/tty/console/active", active, sizeof(active)) <= 0)
			return -1;
		const char *last = strrchr(active, ' ');
		snprintf(path, sizeof(path), "/dev/%s", last == NULL ? active : last + 1);
		fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	} else {
		fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
	}
	if (fd >= 0 && !isatty(fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void console_set_size(int fd, const struct boot_size *size)
{
	const struct winsize value = {.ws_row = size->rows, .ws_col = size->columns};

	if (ioctl(fd, TIOCSWINSZ, &value) != 0)
		console_debug("size of the terminal: %s", strerror(errno));
}

void console_drain(int fd)
{
	const int64_t deadline_ms = clock_ms() + DRAIN_TIMEOUT_MS;
	int queued = 0;

	/* An app can have stopped the terminal for good; then tcdrain() would never return. */
	(void)tcflow(fd, TCOON);
	while (ioctl(fd, TIOCOUTQ, &queued) == 0 && queued > 0 && clock_ms() < deadline_ms)
		poll(NULL, 0, DRAIN_STEP_MS);
}
