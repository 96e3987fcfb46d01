/* SPDX-License-Identifier: Apache-2.0 */
/* duration.h: durations as people write them, and the clock they are measured on. */
#ifndef PITH_RUNNER_DURATION_H
#define PITH_RUNNER_DURATION_H

#include <stdint.h>

#define DURATION_MAX_MS (365ull * 24 * 3600 * 1000)

/* Parse "10s", "500ms", "2m", "1h" or plain seconds ("10", "0.5"), a fraction with any unit, into
 * milliseconds. 0 is allowed; more than a year, a sign, white space and anything else are not.
 * Returns 0 or -EINVAL. */
int duration_parse(const char *text, uint64_t *duration_ms);

/* How many decimals a duration needs in seconds, "%.*f": 1, or 3 where that would lie ("0.0 s"). */
int duration_decimals(uint64_t duration_ms);

/* CLOCK_MONOTONIC in microseconds. */
uint64_t duration_now_us(void);
/* CLOCK_MONOTONIC in milliseconds. */
uint64_t duration_now_ms(void);

#endif
