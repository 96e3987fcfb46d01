/* SPDX-License-Identifier: Apache-2.0 */
/* tsc.h: the rate of this machine's time-stamp counter, which an emulated x86 guest reads as its
 * own: QEMU's TCG hands the host's counter through, offset but not scaled. */
#ifndef PITH_RUNNER_TSC_H
#define PITH_RUNNER_TSC_H

#include <stdint.h>

/* A moment in both clocks. */
struct tsc_moment {
	uint64_t ticks, ns, doubt_ticks;
};

/* Take the time. */
void tsc_now(struct tsc_moment *moment);

/* The counter's rate in kHz, measured since BEGIN: at least a millisecond of it, waited for where
 * it has not passed yet. 0 where the rate is not constant, not known well enough (to 1 in 10,000),
 * or where the processor is no x86. */
uint32_t tsc_khz(const struct tsc_moment *begin);

#endif
