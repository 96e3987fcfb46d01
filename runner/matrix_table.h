/* SPDX-License-Identifier: Apache-2.0 */
/* matrix_table.h: how the runs of a matrix go, for a reader: a line for each that has ended; on a
 * terminal, below them, what runs at the moment. */
#ifndef PITH_RUNNER_MATRIX_TABLE_H
#define PITH_RUNNER_MATRIX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct matrix_table {
	FILE *out;
	bool is_terminal;
	size_t name_width;
	size_t live_lines; /* on the terminal, below what stays */
};

/* Of one run. */
struct matrix_row {
	const char *name;
	uint64_t duration_us;
	int exit_code;
	const char *words; /* why it failed; "" for nothing to say */
};

void matrix_table_begin(struct matrix_table *table, FILE *out, size_t name_width);
/* ROW has ended; when it failed, the last lines of LOG, its output, follow (NULL: none). */
void matrix_table_ended(struct matrix_table *table, const struct matrix_row *row, FILE *log);
/* ROWS run now, COUNT of them, beside ENDED that have ended, of ALL. Only on a terminal. */
void matrix_table_show(struct matrix_table *table, const struct matrix_row *rows, size_t count,
		       size_t ended, size_t failed, size_t all);
/* The last line; NOT_RUN: what a stop left. */
void matrix_table_end(struct matrix_table *table, size_t passed, size_t failed, size_t not_run,
		      uint64_t duration_us);

#endif
