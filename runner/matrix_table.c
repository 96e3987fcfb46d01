/* SPDX-License-Identifier: Apache-2.0 */
/* matrix_table.c: how the runs of a matrix go, for a reader. */
#include "matrix_table.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LOG_LINES_SHOWN 20
#define LOG_BYTES_READ 8192
#define LINE_MAX_BYTES 512
#define WIDTH_DEFAULT 80
#define HEIGHT_DEFAULT 24

void matrix_table_begin(struct matrix_table *table, FILE *out, size_t name_width)
{
	*table = (struct matrix_table){
	    .out = out, .is_terminal = isatty(fileno(out)) == 1, .name_width = name_width};
}

/* Take back what is live, so that what stays can be written in its place. */
static void clear_live(struct matrix_table *table)
{
	if (table->live_lines > 0)
		fprintf(table->out, "\033[%zuA\033[J", table->live_lines);
	table->live_lines = 0;
}

/* What a guest printed must not command the terminal. */
static void write_plain(FILE *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c != '\r')
			putc(c == '\t' ? ' ' : c < 0x20 || c == 0x7f ? '?' : c, out);
	}
}

static void write_log(FILE *out, FILE *log)
{
	char bytes[LOG_BYTES_READ];
	long end;
	size_t size, lines = 0, begin;

	if (fseek(log, 0, SEEK_END) != 0 || (end = ftell(log)) < 0 ||
	    fseek(log, end > LOG_BYTES_READ ? end - LOG_BYTES_READ : 0, SEEK_SET) != 0)
		return;
	size = fread(bytes, 1, sizeof(bytes), log);
	while (size > 0 && bytes[size - 1] == '\n')
		size--;
	for (begin = size; begin > 0; begin--)
		if (bytes[begin - 1] == '\n' && ++lines == LOG_LINES_SHOWN)
			break;
	while (begin < size) {
		const char *newline = memchr(bytes + begin, '\n', size - begin);
		size_t line = newline == NULL ? size - begin : (size_t)(newline - (bytes + begin));
		fputs("      | ", out);
		write_plain(out, bytes + begin, line < LINE_MAX_BYTES ? line : LINE_MAX_BYTES);
		putc('\n', out);
		begin += line + 1;
	}
}

void matrix_table_ended(struct matrix_table *table, const struct matrix_row *row, FILE *log)
{
	bool failed = row->exit_code != 0;
	const char *colour = !table->is_terminal ? "" : failed ? "\033[31m" : "\033[32m";

	clear_live(table);
	fprintf(table->out, "%s%s%s  %-*s %4d %8.1f s", colour, failed ? "FAIL" : "ok  ",
		table->is_terminal ? "\033[0m" : "", (int)table->name_width, row->name,
		row->exit_code, (double)row->duration_us / 1e6);
	if (*row->words != '\0') {
		fputs("  ", table->out);
		write_plain(table->out, row->words, strlen(row->words));
	}
	putc('\n', table->out);
	if (failed && log != NULL)
		write_log(table->out, log);
	fflush(table->out);
}

void matrix_table_show(struct matrix_table *table, const struct matrix_row *rows, size_t count,
		       size_t ended, size_t failed, size_t all)
{
	struct winsize window = {0};
	char line[LINE_MAX_BYTES];
	size_t shown = count;

	if (!table->is_terminal)
		return;
	if (ioctl(fileno(table->out), TIOCGWINSZ, &window) != 0 || window.ws_row < 3 ||
	    window.ws_col < 10)
		window = (struct winsize){.ws_row = HEIGHT_DEFAULT, .ws_col = WIDTH_DEFAULT};
	if (shown > (size_t)window.ws_row - 2)
		shown = (size_t)window.ws_row - 2;
	int width = window.ws_col - 1 < LINE_MAX_BYTES ? window.ws_col - 1 : LINE_MAX_BYTES - 1;
	clear_live(table);
	for (size_t i = 0; i < shown; i++) {
		snprintf(line, sizeof(line), "..    %-*s      %8.1f s", (int)table->name_width,
			 rows[i].name, (double)rows[i].duration_us / 1e6);
		fprintf(table->out, "%.*s\n", width, line);
	}
	snprintf(line, sizeof(line), "%zu of %zu ended, %zu failed, %zu running", ended, all,
		 failed, count);
	fprintf(table->out, "%.*s\n", width, line);
	table->live_lines = shown + 1;
	fflush(table->out);
}

void matrix_table_end(struct matrix_table *table, size_t passed, size_t failed, size_t not_run,
		      uint64_t duration_us)
{
	clear_live(table);
	fprintf(table->out, "%zu passed, %zu failed", passed, failed);
	if (not_run > 0)
		fprintf(table->out, ", %zu not run", not_run);
	fprintf(table->out, ", in %.1f s\n", (double)duration_us / 1e6);
	fflush(table->out);
}
