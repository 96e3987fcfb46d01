/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h: the two clocks of pith-init. */
#ifndef PITH_INIT_CLOCK_H
#define PITH_INIT_CLOCK_H

#include <stdint.h>

/* Microseconds since the guest's kernel started (CLOCK_BOOTTIME). */
int64_t clock_boot_us(void);

/* Milliseconds of CLOCK_MONOTONIC, for deadlines. */
int64_t clock_ms(void);

/* Milliseconds from now until DEADLINE_MS (clock_ms), as poll(2) wants them: never negative. */
int clock_left_ms(int64_t deadline_ms);

#endif
