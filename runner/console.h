/* SPDX-License-Identifier: Apache-2.0 */
/* console.h: what a guest wrote on its console: the last lines kept for an autopsy, and what they
 * give away about a panic. A hint only, as anybody in the guest can write there: it names a
 * failure, and never makes a success. Pure. */
#ifndef PITH_RUNNER_CONSOLE_H
#define PITH_RUNNER_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "lines.h"
#include "report_reader.h"

#define CONSOLE_KEPT_LINES 60
#define CONSOLE_KEPT_COLUMNS 200

struct console {
	struct report_reader *reader; /* gets the report lines of NONCE; NULL: nobody does */
	const char *nonce;
	char panic[CONSOLE_KEPT_COLUMNS]; /* "Kernel panic - not syncing: ...", or "" */
	char kept[CONSOLE_KEPT_LINES][CONSOLE_KEPT_COLUMNS];
	size_t kept_next, kept_count;
	struct lines lines;
	char buffer[REPORT_LINE_MAX + 128]; /* a report line with its mark */
};

void console_init(struct console *console);
void console_feed(struct console *console, const char *bytes, size_t size);
/* The stream has ended. */
void console_end(struct console *console);
/* How many lines are kept, and the line INDEX of them, the oldest first. */
size_t console_kept(const struct console *console);
const char *console_line(const struct console *console, size_t index);

#endif
