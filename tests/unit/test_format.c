/* SPDX-License-Identifier: Apache-2.0 */
/* PID 1's snprintf under a name of its own, held against the C library's. */
#include <stdarg.h>
#include <stdio.h>
int format_vsnprintf(char *restrict, __SIZE_TYPE__, const char *restrict, va_list);
int format_snprintf(char *restrict, __SIZE_TYPE__, const char *restrict, ...);
#define vsnprintf format_vsnprintf
#define snprintf format_snprintf
#include "../../init/format.c"
#undef vsnprintf
#undef snprintf

#include "../tap.h"

/* Whether both say the same, whatever room there is. */
__attribute__((format(printf, 1, 2))) static bool same(const char *format, ...)
{
	char ours[128], theirs[128];
	bool is_same = true;
	va_list args, again;

	va_start(args, format);
	for (size_t size = 0; size <= sizeof(ours); size++) {
		memset(ours, 'x', sizeof(ours));
		memset(theirs, 'x', sizeof(theirs));
		va_copy(again, args);
		const int wanted = vsnprintf(theirs, size, format, again);
		va_end(again);
		va_copy(again, args);
		const int got = format_vsnprintf(ours, size, format, again);
		va_end(again);
		is_same = is_same && got == wanted && memcmp(ours, theirs, sizeof(ours)) == 0;
	}
	va_end(args);
	return is_same;
}

static int refused(const char *format, ...)
{
	char text[64];
	va_list args;
	int result;

	va_start(args, format);
	result = format_vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return result;
}

int main(void)
{
	const char unended[] = {'a', 'b', 'c'};
	char text[8];

	ok(same("plain, and 100%%") && same("%s", ""), "text");
	ok(same("<%s> <%s>", "one", "two"), "%%s");
	ok(same("%.3s|%.0s|%.s|%.20s", "abcdef", "abc", "abc", "abc"), "a precision");
	ok(same("%.*s|%.*s|%.*s", 2, "abcdef", 0, "abc", -1, "abc"), "... that is given");
	ok(same("%.3s|%.*s", unended, 3, unended), "... of a text without an end");
	ok(same("%d %d %d %d", 0, -1, INT_MAX, INT_MIN), "%%d");
	ok(same("%ld %ld %lld %lld", LONG_MAX, LONG_MIN, LLONG_MAX, LLONG_MIN), "%%ld, %%lld");
	ok(same("%u %u %lu %llu", 0u, UINT_MAX, ULONG_MAX, ULLONG_MAX), "%%u, %%lu, %%llu");
	ok(same("%x %lx %llx", 0xabcdefu, ULONG_MAX, ULLONG_MAX), "%%x, %%lx, %%llx");
	ok(same("%#x %#x %04x %02x %02x %09u", 0u, 255u, 0x1fu, 5u, 0x123u, 7u),
	   "a prefix, and zeros in front");
	ok(same("%u:%u %s%s%s %d", 254u, 0u, "a", "", "b", 3), "many in one");
	ok(format_snprintf(text, sizeof(text), "%s", "0123456789") == 10 &&
	       strcmp(text, "0123456") == 0,
	   "what does not fit is cut, and counted");
	ok(refused("%f", 1.0) == -1 && refused("%p", text) == -1 && refused("%c", 'c') == -1 &&
	       refused("%5d", 1) == -1 && refused("%-5s", "a") == -1 &&
	       refused("%zu", (size_t)1) == -1 && refused("%") == -1,
	   "what is not known is an error");
	return done();
}
