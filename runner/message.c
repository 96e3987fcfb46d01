/* SPDX-License-Identifier: Apache-2.0 */
/* message.c: what pith says to its user, on standard error, each line begun with "pith: ". */
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../init/outcome.h"

bool message_verbose;
bool message_quiet;

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
	for (size_t done = 0; done < size;) {
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
