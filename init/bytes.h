/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h: little-endian integers and zero bytes of on-disk formats. Pure. */
#ifndef PITH_INIT_BYTES_H
#define PITH_INIT_BYTES_H

#include <stdbool.h>
#include <stdint.h>

/* The integer of SIZE bytes (at most 8) at AT. */
static inline uint64_t bytes_get_le(const uint8_t *at, unsigned size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | at[size];
	return value;
}

static inline void bytes_put_le(uint8_t *at, unsigned size, uint64_t value)
{
	for (; size-- > 0; value >>= 8)
		*at++ = (uint8_t)value;
}

/* Whether all bytes from FROM up to END (not included) are zero. */
static inline bool bytes_are_zero(const uint8_t *from, const uint8_t *end)
{
	while (from < end)
		if (*from++ != 0)
			return false;
	return true;
}

#endif
