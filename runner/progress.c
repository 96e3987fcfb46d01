/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c: how far long work is, on a terminal. */
#include "progress.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "message.h"

#define WORTH_SHOWING_BYTES (64u << 20) /* a tenth of a second to some seconds */

static struct {
	const char *what;
	uint64_t total_bytes;
	atomic_uint_fast64_t done_bytes;
	atomic_uint percent;
	bool shown;
} work;

/* The cursor goes back to the line's beginning, where the next message overwrites it. */
static void show(const char *text)
{
	char line[128];
	int size = snprintf(line, sizeof(line), "%s\033[K\r", text);
	ssize_t ignored = write(STDERR_FILENO, line, (size_t)size);

	(void)ignored; /* of a terminal that has gone there is nobody to tell */
}

void progress_begin(const char *what, uint64_t total_bytes)
{
	work.what = what;
	work.total_bytes = total_bytes;
	atomic_store(&work.done_bytes, 0);
	atomic_store(&work.percent, 0);
	work.shown =
	    total_bytes >= WORTH_SHOWING_BYTES && !message_quiet && isatty(STDERR_FILENO) == 1;
}

void progress_add(uint64_t bytes)
{
	if (!work.shown)
		return;
	uint64_t done = atomic_fetch_add(&work.done_bytes, bytes) + bytes;
	unsigned percent = (unsigned)(done / (work.total_bytes / 100));
	unsigned before = atomic_load(&work.percent);
	char text[64];

	/* Of several threads that reach a new number, one writes it. */
	if (percent <= before || percent > 100 ||
	    !atomic_compare_exchange_strong(&work.percent, &before, percent))
		return;
	snprintf(text, sizeof(text), "pith: %s: %u %%", work.what, percent);
	show(text);
}

void progress_end(void)
{
	if (work.shown)
		show("");
	work.shown = false;
}
