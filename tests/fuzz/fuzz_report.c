/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from a guest, by the report port and by the console: no crash, and never more than one
 * outcome, nor one that exit codes have no rule for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/console.h"
#include "../../runner/report_reader.h"

static unsigned outcomes;

static void take(void *context, const struct report_event *event)
{
	(void)context;
	if (event->kind != REPORT_OUTCOME)
		return;
	if (++outcomes > 1 || event->outcome.kind == OUTCOME_NONE ||
	    outcome_exit_code(&event->outcome) > 255)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct report_reader reader;
	static struct console console;
	const char *bytes = (const char *)data;
	size_t half = size / 2;

	outcomes = 0;
	report_reader_init(&reader, take, NULL);
	report_reader_feed(&reader, bytes, half);
	report_reader_feed(&reader, bytes + half, size - half);

	outcomes = 0;
	report_reader_init(&reader, take, NULL);
	console_init(&console);
	console.reader = &reader;
	console.nonce = "0";
	console_feed(&console, bytes, size);
	console_end(&console);
	for (size_t i = 0; i < console_kept(&console); i++)
		if (strlen(console_line(&console, i)) >= CONSOLE_KEPT_COLUMNS)
			abort();
	return 0;
}
