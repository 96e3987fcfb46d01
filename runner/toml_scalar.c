/* SPDX-License-Identifier: Apache-2.0 */
/* toml_scalar.c: TOML's numbers, dates and times: one token in, value out. Pure; part of toml.c. */
#include "toml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	const char *text, *at, *end;
	struct toml_scalar_fault *fault;
};

static int refuse(struct scan *scan, const char *where, const char *message)
{
	scan->fault->offset = (size_t)(where - scan->text);
	scan->fault->message = message;
	return -EINVAL;
}

static int peek(const struct scan *scan)
{
	return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static bool accept(struct scan *scan, const char *any_of)
{
	int c = peek(scan);

	if (c <= 0 || strchr(any_of, c) == NULL)
		return false;
	scan->at++;
	return true;
}

/* The value of the digit C, or 99. */
static unsigned digit_value(int c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 99;
}

/* --- Dates and times (RFC 3339) --------------------------------------------------------------- */

struct field {
	unsigned digits;
	int low, high;
	const char *message;
};

static const struct field year_field = {4, 0, 9999, "the year has four digits"};
static const struct field month_field = {2, 1, 12, "the month is 01 to 12"};
static const struct field day_field = {2, 1, 31, "the day is 01 to 31"};
static const struct field hour_field = {2, 0, 23, "the hour is 00 to 23"};
static const struct field minute_field = {2, 0, 59, "the minute is 00 to 59"};
/* 60: a leap second (RFC 3339, section 5.7). */
static const struct field second_field = {2, 0, 60, "the second is 00 to 60"};

static int parse_field(struct scan *scan, const struct field *field, int *value)
{
	const char *start = scan->at;

	*value = 0;
	for (unsigned i = 0; i < field->digits; i++, scan->at++) {
		unsigned digit = digit_value(peek(scan));
		if (digit > 9)
			return refuse(scan, scan->at, field->message);
		*value = *value * 10 + (int)digit;
	}
	if (*value < field->low || *value > field->high)
		return refuse(scan, start, field->message);
	return 0;
}

static int parse_date(struct scan *scan, struct toml_datetime *out)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int result = parse_field(scan, &year_field, &out->year);

	if (result == 0 && !accept(scan, "-"))
		result = refuse(scan, scan->at, "a date is YYYY-MM-DD");
	if (result == 0)
		result = parse_field(scan, &month_field, &out->month);
	if (result == 0 && !accept(scan, "-"))
		result = refuse(scan, scan->at, "a date is YYYY-MM-DD");
	if (result == 0)
		result = parse_field(scan, &day_field, &out->day);
	if (result < 0)
		return result;
	bool leap = (out->year % 4 == 0 && out->year % 100 != 0) || out->year % 400 == 0;
	if (out->day > month_days[out->month - 1] + (leap && out->month == 2))
		return refuse(scan, scan->at - 2, "the month has fewer days");
	return 0;
}

static int parse_fraction(struct scan *scan, struct toml_datetime *out)
{
	int scale = 100000000;
	unsigned digit;

	if (digit_value(peek(scan)) > 9)
		return refuse(scan, scan->at, "digits of a second follow the point");
	/* Digits beyond the nanosecond are cut off, not rounded (TOML 1.0, Offset Date-Time). */
	for (; (digit = digit_value(peek(scan))) <= 9; scan->at++) {
		if (scale == 0)
			continue;
		out->nanosecond += (int)digit * scale;
		out->fraction_digits++;
		scale /= 10;
	}
	return 0;
}

static int parse_time(struct scan *scan, struct toml_datetime *out)
{
	int result = parse_field(scan, &hour_field, &out->hour);

	if (result == 0 && !accept(scan, ":"))
		result = refuse(scan, scan->at, "a time is HH:MM:SS");
	if (result == 0)
		result = parse_field(scan, &minute_field, &out->minute);
	if (result == 0 && !accept(scan, ":"))
		result = refuse(scan, scan->at, "a time is HH:MM:SS");
	if (result == 0)
		result = parse_field(scan, &second_field, &out->second);
	if (result == 0 && accept(scan, "."))
		result = parse_fraction(scan, out);
	return result;
}

static int parse_offset(struct scan *scan, struct toml_datetime *out)
{
	bool negative = peek(scan) == '-';
	int hours, minutes, result;

	if (accept(scan, "Zz")) {
		out->is_utc_z = true;
		return 0;
	}
	if (!accept(scan, "+-"))
		return refuse(scan, scan->at, "Z or an offset such as +01:00 may follow the time");
	result = parse_field(scan, &hour_field, &hours);
	if (result == 0 && !accept(scan, ":"))
		result = refuse(scan, scan->at, "an offset is +HH:MM or -HH:MM");
	if (result == 0)
		result = parse_field(scan, &minute_field, &minutes);
	if (result == 0)
		out->offset_minutes = (hours * 60 + minutes) * (negative ? -1 : 1);
	return result;
}

static int parse_datetime(struct scan *scan, struct toml_value *value)
{
	struct toml_datetime *out = &value->as.datetime;
	int result = parse_date(scan, out);

	value->type = TOML_LOCAL_DATE;
	if (result < 0 || scan->at == scan->end)
		return result;
	if (!accept(scan, "Tt "))
		return refuse(scan, scan->at, "T or a space separates date and time");
	result = parse_time(scan, out);
	value->type = TOML_LOCAL_DATETIME;
	if (result < 0 || scan->at == scan->end)
		return result;
	value->type = TOML_OFFSET_DATETIME;
	return parse_offset(scan, out);
}

/* --- Numbers ---------------------------------------------------------------------------------- */

/* Pass over one or more digits of BASE, with single underscores between digits. */
static int skip_digits(struct scan *scan, unsigned base, const char *message)
{
	if (digit_value(peek(scan)) >= base)
		return refuse(scan, scan->at, message);
	for (;;) {
		while (digit_value(peek(scan)) < base)
			scan->at++;
		if (!accept(scan, "_"))
			return 0;
		if (digit_value(peek(scan)) >= base)
			return refuse(scan, scan->at, "an underscore stands between two digits");
	}
}

/* The digits from START to the scan's place as an integer; the sign is given apart. */
static int set_integer(struct scan *scan, const char *start, unsigned base, bool negative,
		       struct toml_value *value)
{
	uint64_t limit = (uint64_t)INT64_MAX + negative, sum = 0;

	for (const char *p = start; p < scan->at; p++) {
		if (*p == '_')
			continue;
		unsigned digit = digit_value((unsigned char)*p);
		if (sum > (limit - digit) / base)
			return refuse(scan, scan->text,
				      "integers are -9223372036854775808 to 9223372036854775807");
		sum = sum * base + digit;
	}
	value->type = TOML_INTEGER;
	value->as.integer = negative ? (int64_t)(0 - sum) : (int64_t)sum;
	return 0;
}

/* The whole token as a float; its syntax has been checked. */
static int set_float(struct scan *scan, struct toml_value *value)
{
	size_t length = 0;
	char *copy = malloc((size_t)(scan->end - scan->text) + 1);

	if (copy == NULL)
		return -ENOMEM;
	for (const char *p = scan->text; p < scan->end; p++)
		if (*p != '_')
			copy[length++] = *p;
	copy[length] = '\0';
	value->type = TOML_FLOAT;
	value->as.real = strtod(copy, NULL); /* pith never leaves the "C" locale */
	free(copy);
	return 0;
}

static int parse_decimal(struct scan *scan, bool negative, struct toml_value *value)
{
	const char *start = scan->at;
	bool is_float = false;
	int result = skip_digits(scan, 10, "a digit is accepted here");

	if (result < 0)
		return result;
	if (*start == '0' && scan->at - start > 1)
		return refuse(scan, start, "a number has no leading zeros");
	const char *end_of_integer = scan->at;
	if (accept(scan, ".")) {
		is_float = true;
		result = skip_digits(scan, 10, "a digit follows the decimal point");
	}
	if (result == 0 && accept(scan, "eE")) {
		is_float = true;
		accept(scan, "+-");
		result = skip_digits(scan, 10, "a digit is accepted in the exponent");
	}
	if (result < 0)
		return result;
	if (scan->at != scan->end)
		return refuse(scan, scan->at, "the number ends here");
	if (is_float)
		return set_float(scan, value);
	scan->at = end_of_integer;
	return set_integer(scan, start, 10, negative, value);
}

static int parse_prefixed(struct scan *scan, unsigned base, struct toml_value *value)
{
	static const char *const wanted[] = {
	    [2] = "binary digits are accepted here",
	    [8] = "octal digits are accepted here",
	    [16] = "hexadecimal digits are accepted here",
	};

	if (scan->at != scan->text)
		return refuse(scan, scan->text, "a number with a prefix has no sign");
	scan->at += 2;
	const char *start = scan->at;
	int result = skip_digits(scan, base, wanted[base]);
	if (result < 0)
		return result;
	if (scan->at != scan->end)
		return refuse(scan, scan->at, wanted[base]);
	return set_integer(scan, start, base, false, value);
}

static int parse_number(struct scan *scan, struct toml_value *value)
{
	bool negative = peek(scan) == '-';

	accept(scan, "+-");
	size_t left = (size_t)(scan->end - scan->at);
	if (left == 3 && (memcmp(scan->at, "inf", 3) == 0 || memcmp(scan->at, "nan", 3) == 0)) {
		double real = *scan->at == 'i' ? (double)INFINITY : (double)NAN;
		value->type = TOML_FLOAT;
		value->as.real = negative ? -real : real;
		scan->at = scan->end;
		return 0;
	}
	if (left >= 2 && *scan->at == '0') {
		switch (scan->at[1]) {
		case 'b':
			return parse_prefixed(scan, 2, value);
		case 'o':
			return parse_prefixed(scan, 8, value);
		case 'x':
			return parse_prefixed(scan, 16, value);
		}
	}
	return parse_decimal(scan, negative, value);
}

int toml_scalar_parse(const char *text, size_t size, struct toml_value *value,
		      struct toml_scalar_fault *fault)
{
	struct scan scan = {.text = text, .at = text, .end = text + size, .fault = fault};
	int result;

	memset(&value->as, 0, sizeof(value->as));
	if (size > 2 && text[2] == ':') {
		value->type = TOML_LOCAL_TIME;
		result = parse_time(&scan, &value->as.datetime);
	} else if (size > 4 && text[4] == '-' && strspn(text, "0123456789") == 4) {
		result = parse_datetime(&scan, value);
	} else {
		return parse_number(&scan, value);
	}
	if (result == 0 && scan.at != scan.end)
		return refuse(&scan, scan.at, "the time ends here");
	return result;
}
