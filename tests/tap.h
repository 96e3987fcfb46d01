/* SPDX-License-Identifier: Apache-2.0 */
/* tap.h: the few assertions of the unit tests; prints TAP, which tests/run counts. */
#ifndef PITH_TESTS_TAP_H
#define PITH_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3), unused)) static bool ok(bool passed, const char *format, ...)
{
	va_list args;

	printf("%s %d - ", passed ? "ok" : "not ok", ++tap_count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	tap_failed += !passed;
	return passed;
}

__attribute__((unused)) static bool is_int(long long got, long long wanted, const char *what)
{
	if (ok(got == wanted, "%s", what))
		return true;
	printf("# got %lld, wanted %lld\n", got, wanted);
	return false;
}

__attribute__((unused)) static bool is_str(const char *got, const char *wanted, const char *what)
{
	if (ok(got != NULL && strcmp(got, wanted) == 0, "%s", what))
		return true;
	printf("# got \"%s\", wanted \"%s\"\n", got == NULL ? "(null)" : got, wanted);
	return false;
}

/* What the shell COMMAND prints, errors included, with the file FD (-1: nothing) on its standard
 * input. Valid until the next call. */
__attribute__((unused)) static const char *shell(int fd, const char *command)
{
	static char text[8192];
	char line[640], input[48] = "/dev/null";
	FILE *pipe;
	size_t size;

	if (fd >= 0)
		snprintf(input, sizeof(input), "/proc/%d/fd/%d", (int)getpid(), fd);
	if (snprintf(line, sizeof(line), "{ %s; } 2>&1 < %s", command, input) >=
		(int)sizeof(line) ||
	    (pipe = popen(line, "r")) == NULL)
		abort();
	size = fread(text, 1, sizeof(text) - 1, pipe);
	text[size] = '\0';
	pclose(pipe);
	return text;
}

/* The last line of main(): return done(); */
__attribute__((unused)) static int done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

#endif
