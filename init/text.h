/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: what is read from the kernel's small texts: numbers, and places. Pure. */
#ifndef PITH_INIT_TEXT_H
#define PITH_INIT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* The decimal digits at TEXT; UINT64_MAX where they do not fit. *END, unless END is NULL, gets the
 * first byte behind them, which is TEXT where there are none. */
uint64_t text_number(const char *text, const char **end);

/* The first place of WANTED in TEXT, or NULL. */
const char *text_find(const char *text, const char *wanted);

/* ADDRESS as four bytes, written as inet_pton(3) takes them: four decimal numbers up to 255 without
 * zeros in front, and dots between. */
bool text_ipv4(const char *text, uint8_t address[4]);

#endif
