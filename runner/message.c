/* SPDX-License-Identifier: Apache-2.0 */
/* message.c: what pith says to its user, on standard error, each line begun with "pith: ". */
#include "message.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/outcome.h"

bool message_verbose;
bool message_quiet;

static bool holds, drops;
static char held[65536];
static size_t held_size;
static unsigned lost_lines;

/* Standard error is shared with who started pith, so not made non-blocking: asked first, and given
 * whole lines of no more than a writable pipe has room for (pipe(7)). */
static ssize_t write_some(const char *bytes, size_t size)
{
	struct pollfd poll_fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t written = 0;

	if (size > PIPE_BUF) {
		const char *end = memrchr(bytes, '\n', PIPE_BUF);
		size = end == NULL ? PIPE_BUF : (size_t)(end - bytes) + 1;
	}
	if (poll(&poll_fd, 1, 0) == 1)
		written = write(STDERR_FILENO, bytes, size);
	return written < 0 && (errno == EINTR || errno == EAGAIN) ? 0 : written;
}

bool message_flush(void)
{
	size_t done = 0;

	while (done < held_size) {
		ssize_t written = write_some(held + done, held_size - done);
		if (written == 0)
			break;
		done = written < 0 ? held_size : done + (size_t)written; /* < 0: nobody listens */
	}
	held_size = drops ? 0 : held_size - done;
	memmove(held, held + done, held_size);
	if (held_size == 0 && lost_lines > 0) {
		unsigned count = lost_lines;
		lost_lines = 0;
		say_warning("%u lines are not here: standard error was not read", count);
	}
	return held_size == 0;
}

static void hold(const char *line, size_t size)
{
	if (size > sizeof(held) - held_size) {
		lost_lines += !drops;
		return;
	}
	memcpy(held + held_size, line, size);
	held_size += size;
	(void)message_flush();
}

void message_hold(bool on)
{
	holds = on || drops;
}

void message_drop(void)
{
	holds = drops = true;
	lost_lines = 0;
	(void)message_flush();
}

/* One write(2) a line, so that lines of several processes on one terminal stay whole. */
__attribute__((format(printf, 2, 0))) static void say(const char *kind, const char *format,
						      va_list args)
{
	int saved_errno = errno;
	char line[2048];
	int head = snprintf(line, sizeof(line), "pith: %s", kind);
	int body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format, args);

	if (body < 0)
		body = 0;
	size_t size = (size_t)head + (size_t)body;
	if (size > sizeof(line) - 2)
		size = sizeof(line) - 2;
	line[size++] = '\n';
	if (holds)
		hold(line, size);
	for (size_t done = 0; !holds && done < size;) {
		ssize_t n = write(STDERR_FILENO, line + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break; /* nobody listens: there is nowhere else to say it */
		done += (size_t)n;
	}
	errno = saved_errno;
}

void say_progress(const char *format, ...)
{
	va_list args;

	if (message_quiet)
		return;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void say_verbose(const char *format, ...)
{
	va_list args;

	if (!message_verbose)
		return;
	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void say_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("error: ", format, args);
	va_end(args);
}

void say_warning(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("warning: ", format, args);
	va_end(args);
}

_Noreturn void die_out_of_memory(void)
{
	say_error("out of memory");
	exit(EXIT_CODE_PITH);
}
