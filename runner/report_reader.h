/* SPDX-License-Identifier: Apache-2.0 */
/* report_reader.h: the base system's side of init/report.h: bytes from the report port, or lines of
 * the console that bear the mark and nonce, into events. Pure. Everything here was written by a
 * guest and is hostile: lines are bounded, and what is not in form is counted and passed over. */
#ifndef PITH_RUNNER_REPORT_READER_H
#define PITH_RUNNER_REPORT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../init/digest.h"
#include "../init/outcome.h"
#include "../init/report.h"
#include "lines.h"

#define REPORT_TEXT_MAX 512

enum report_kind {
	REPORT_HELLO,
	REPORT_STAGE,
	REPORT_DIGEST,
	REPORT_MEASURE,
	REPORT_WARNING,
	REPORT_RUNNER,
	REPORT_DRAIN,
	REPORT_INPUT,
	REPORT_TASK,
	REPORT_TASKS_END,
	REPORT_OUTCOME,
	REPORT_DONE,
	REPORT_MALFORMED, /* said once for the first such line */
};

struct report_event {
	enum report_kind kind;
	uint64_t us;                /* STAGE, OUTCOME: since the guest's kernel started */
	char text[REPORT_TEXT_MAX]; /* HELLO: kernel release; STAGE: name; DIGEST: value; WARNING:
				       message; MALFORMED: the line's beginning. No control
				       characters. */
	bool verified;              /* DIGEST */
	uint64_t bytes;             /* DIGEST; INPUT: taken */
	char measure[DIGEST_HEX_SIZE];       /* MEASURE */
	char pcr11[DIGEST_HEX_SIZE];         /* MEASURE; "" without a TPM */
	uint64_t stdout_bytes, stderr_bytes; /* DRAIN, DONE */
	struct report_task task;             /* TASK; printable */
	uint64_t left_out;                   /* TASKS_END */
	struct outcome outcome;              /* OUTCOME */
	const char *nested; /* RUNNER: the nested object's own text, valid while handled */
	size_t nested_size;
};

typedef void report_handler(void *context, const struct report_event *event);

struct report_reader {
	report_handler *handler;
	void *context;
	bool has_outcome;    /* the first outcome line counts, later ones are passed over */
	unsigned lines_good; /* lines in form, unknown events included */
	unsigned lines_malformed;
	struct lines lines;
	char buffer[REPORT_LINE_MAX];
};

void report_reader_init(struct report_reader *reader, report_handler *handler, void *context);
/* Bytes from the report port. */
void report_reader_feed(struct report_reader *reader, const char *bytes, size_t size);
/* One line of the console: when it begins with the mark and NONCE, the report in it is read and
 * true comes back, else false. */
bool report_reader_console_line(struct report_reader *reader, const char *nonce, const char *line,
				size_t size);

#endif
