/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c: PID 1's own snprintf(): what its messages and paths need.
 *
 * %s, %d, %u, %x and %%; l or ll before d, u and x; a precision for %s; 0 and a width of one digit
 * for %u and %x; # for %x. The C library's also knows floating-point numbers, wide characters and
 * streams, 12 KB of program. A format beyond that is an error, which tests/lint/layering.sh finds.
 *
 * Linked into pith-init only, in place of the C library's functions of these names.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

_Static_assert(sizeof(long) == sizeof(long long), "l and ll are the same");

struct output {
	char *text;
	size_t size, used; /* what does not fit is counted */
	va_list args;
};

struct conversion {
	bool is_long, has_prefix;
	int width;        /* of a number, filled up with zeros */
	size_t precision; /* of a text: the most bytes */
};

static void put(struct output *output, char byte)
{
	if (output->used + 1 < output->size)
		output->text[output->used] = byte;
	output->used++;
}

static void put_text(struct output *output, const char *text, size_t most)
{
	for (size_t i = 0; i < most && text[i] != '\0'; i++)
		put(output, text[i]);
}

static void put_number(struct output *output, uint64_t number, unsigned base, int width)
{
	char digits[20]; /* 2^64 has as many */
	int count = 0;

	do {
		digits[count++] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number > 0 || count < width);
	while (count > 0)
		put(output, digits[--count]);
}

static void put_signed(struct output *output, int64_t number)
{
	if (number < 0)
		put(output, '-');
	put_number(output, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, 0);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What stands between % and the letter, which is returned. */
static const char *read_conversion(const char *at, struct output *output,
				   struct conversion *conversion)
{
	*conversion = (struct conversion){.precision = SIZE_MAX};
	conversion->has_prefix = *at == '#';
	at += conversion->has_prefix;
	if (*at == '0' && is_digit(at[1])) {
		conversion->width = at[1] - '0';
		at += 2;
	}
	if (*at == '.' && at[1] == '*') {
		const int given = va_arg(output->args, int);

		if (given >= 0)
			conversion->precision = (size_t)given;
		at += 2;
	} else if (*at == '.') {
		conversion->precision = 0;
		for (at++; is_digit(*at); at++)
			conversion->precision = conversion->precision * 10 + (size_t)(*at - '0');
	}
	conversion->is_long = *at == 'l';
	while (*at == 'l')
		at++;
	return at;
}

/* Returns false for a letter that is unknown. */
static bool convert(struct output *output, const struct conversion *conversion, char letter)
{
	uint64_t number;

	switch (letter) {
	case '%':
		put(output, '%');
		return true;
	case 's':
		put_text(output, va_arg(output->args, const char *), conversion->precision);
		return true;
	case 'd':
		put_signed(output, conversion->is_long ? va_arg(output->args, long)
						       : va_arg(output->args, int));
		return true;
	case 'u':
	case 'x':
		number = conversion->is_long ? va_arg(output->args, unsigned long)
					     : va_arg(output->args, unsigned);
		if (conversion->has_prefix && number > 0)
			put_text(output, "0x", 2);
		put_number(output, number, letter == 'u' ? 10 : 16, conversion->width);
		return true;
	default:
		return false;
	}
}

/** Write ARGS in FORMAT into SIZE bytes of TEXT, cut if need be, ended by a NUL byte (unless SIZE
 * is 0). Returns the size of the whole without its NUL, or -1 for a format beyond what is said
 * above. */
int vsnprintf(char *restrict text, size_t size, const char *restrict format, va_list args)
{
	struct output output = {.text = text, .size = size};
	bool is_known = true;

	va_copy(output.args, args);
	for (const char *at = format; is_known && *at != '\0'; at++) {
		struct conversion conversion;

		if (*at != '%') {
			put(&output, *at);
			continue;
		}
		at = read_conversion(at + 1, &output, &conversion);
		is_known = convert(&output, &conversion, *at);
	}
	va_end(output.args);
	if (size > 0)
		text[output.used < size ? output.used : size - 1] = '\0';
	return is_known && output.used <= INT_MAX ? (int)output.used : -1;
}

/** As vsnprintf() above. */
int snprintf(char *restrict text, size_t size, const char *restrict format, ...)
{
	va_list args;
	int result;

	va_start(args, format);
	result = vsnprintf(text, size, format, args);
	va_end(args);
	return result;
}
