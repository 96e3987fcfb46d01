/* SPDX-License-Identifier: Apache-2.0 */
/* tsc.c: the rate of this machine's time-stamp counter. */
#include "tsc.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "../init/file.h"

#define TRIES 8
#define MEASURE_NS 1000000
#define DOUBT_LIMIT 10000 /* the two readings may be off by 1 in so many */

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>

/* CPUID 0x80000007, bit 8 of EDX: the same rate in all states of the processor. Hypervisors often
 * hide it; then the kernel's own judgement counts. */
static bool is_constant(void)
{
	unsigned eax, ebx, ecx, edx;
	char source[32];

	if (__get_cpuid(0x80000007, &eax, &ebx, &ecx, &edx) && (edx & 1U << 8) != 0)
		return true;
	return file_read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource",
			      source, sizeof(source)) > 0 &&
	       strcmp(source, "tsc") == 0;
}

static uint64_t ticks(void)
{
	return __rdtsc();
}
#else
static bool is_constant(void)
{
	return false;
}

static uint64_t ticks(void)
{
	return 0;
}
#endif

/* The counter is read before and after the clock. This process may be interrupted in between, so
 * the tightest of some tries counts. */
void tsc_now(struct tsc_moment *moment)
{
	moment->doubt_ticks = UINT64_MAX;
	for (int i = 0; i < TRIES; i++) {
		struct timespec now;
		uint64_t before = ticks(), doubt;

		clock_gettime(CLOCK_MONOTONIC, &now);
		doubt = ticks() - before;
		if (doubt >= moment->doubt_ticks)
			continue;
		moment->doubt_ticks = doubt;
		moment->ticks = before + doubt / 2;
		moment->ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	}
}

uint32_t tsc_khz(const struct tsc_moment *begin)
{
	struct tsc_moment end;
	uint64_t ns, passed;

	if (!is_constant())
		return 0;
	for (tsc_now(&end); end.ns - begin->ns < MEASURE_NS; tsc_now(&end)) {
		uint64_t missing = MEASURE_NS - (end.ns - begin->ns);

		nanosleep(&(struct timespec){.tv_nsec = (long)missing}, NULL);
	}
	ns = end.ns - begin->ns;
	passed = end.ticks - begin->ticks;
	if ((begin->doubt_ticks + end.doubt_ticks) / 2 > passed / DOUBT_LIMIT)
		return 0;
	/* ticks a ms; a minute of 10 GHz times 1e6 fits 64 bits */
	return passed > UINT64_MAX / 1000000 ? 0 : (uint32_t)((passed * 1000000 + ns / 2) / ns);
}
