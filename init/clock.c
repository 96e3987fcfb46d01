/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c: the two clocks of pith-init. Neither call can fail with these arguments. They are system
 * calls: the kernel's vdso would have to be looked through first, and to stay in memory, for a few
 * readings. */
#include "clock.h"

#include <limits.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t clock_boot_us(void)
{
	struct timespec now = {0};

	(void)syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_ms(void)
{
	struct timespec now = {0};

	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int clock_left_ms(int64_t deadline_ms)
{
	int64_t left = deadline_ms - clock_ms();

	if (left <= 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
