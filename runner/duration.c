/* SPDX-License-Identifier: Apache-2.0 */
/* duration.c: durations as people write them, and the clock they are measured on. */
#include "duration.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *suffix;
	uint64_t unit_us;
} units[] = {
    {"", 1000000}, {"ms", 1000}, {"s", 1000000}, {"m", 60 * 1000000}, {"h", 3600ull * 1000000},
};

int duration_parse(const char *text, uint64_t *duration_ms)
{
	/* In millionths of the unit, so that no floating point is needed. */
	uint64_t millionths = 0, digit_value = 1000000;
	const char *p = text;
	bool digits = false, fraction = false;

	for (; (*p >= '0' && *p <= '9') || (*p == '.' && !fraction); p++) {
		if (*p == '.') {
			fraction = true;
			continue;
		}
		unsigned digit = (unsigned)(*p - '0');
		digits = true;
		if (fraction) {
			digit_value /= 10;
			millionths += digit * digit_value;
		} else {
			if (millionths > DURATION_MAX_MS * 1000000)
				return -EINVAL;
			millionths = millionths * 10 + digit * 1000000ull;
		}
	}
	if (!digits || p[-1] == '.' || *text == '.')
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t us;
		if (strcmp(p, units[i].suffix) != 0)
			continue;
		/* At most a year of microseconds: well inside 64 bits. */
		if (__builtin_mul_overflow(millionths / 1000, units[i].unit_us, &us))
			return -EINVAL;
		us /= 1000;
		if (us / 1000 > DURATION_MAX_MS)
			return -EINVAL;
		*duration_ms = us / 1000;
		return 0;
	}
	return -EINVAL;
}

int duration_decimals(uint64_t duration_ms)
{
	return duration_ms % 100 == 0 ? 1 : 3;
}

uint64_t duration_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t duration_now_ms(void)
{
	return duration_now_us() / 1000;
}
