/* SPDX-License-Identifier: Apache-2.0 */
/* console.c: the last lines of a guest's console, and what they give away. Pure. */
#include "console.h"

#include <string.h>

/* Copy a line for people: cut, without escape sequences and control characters. */
static void copy_line(char *to, const char *line, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < size && used < CONSOLE_KEPT_COLUMNS - 1; i++) {
		unsigned char byte = (unsigned char)line[i];
		if (byte == 0x1b && i + 1 < size && line[i + 1] == '[') { /* CSI: ESC [ ... final */
			for (i += 2; i < size && (line[i] < 0x40 || line[i] > 0x7e); i++)
				;
			continue;
		}
		if (byte == '\t')
			to[used++] = ' ';
		else if (byte >= 0x20 && byte != 0x7f)
			to[used++] = (char)byte;
	}
	to[used] = '\0';
}

/* The first line that holds MARK, from MARK on. */
static void take_hint(char *hint, const char *line, const char *mark)
{
	const char *found = hint[0] == '\0' ? strstr(line, mark) : NULL;

	if (found != NULL)
		memcpy(hint, found, strlen(found) + 1);
}

static void take_line(void *context, const char *line, size_t size, bool cut)
{
	struct console *console = context;

	(void)cut;
	if (console->reader != NULL &&
	    report_reader_console_line(console->reader, console->nonce, line, size))
		return;
	char *kept = console->kept[console->kept_next];
	copy_line(kept, line, size);
	if (kept[0] == '\0')
		return;
	console->kept_next = (console->kept_next + 1) % CONSOLE_KEPT_LINES;
	if (console->kept_count < CONSOLE_KEPT_LINES)
		console->kept_count++;
	take_hint(console->panic, kept, "Kernel panic - ");
}

void console_init(struct console *console)
{
	*console = (struct console){0};
	console->lines = (struct lines){.bytes = console->buffer, .room = sizeof(console->buffer)};
}

void console_feed(struct console *console, const char *bytes, size_t size)
{
	lines_feed(&console->lines, bytes, size, take_line, console);
}

void console_end(struct console *console)
{
	lines_end(&console->lines, take_line, console);
}

size_t console_kept(const struct console *console)
{
	return console->kept_count;
}

const char *console_line(const struct console *console, size_t index)
{
	size_t first = console->kept_next + CONSOLE_KEPT_LINES - console->kept_count;

	return console->kept[(first + index) % CONSOLE_KEPT_LINES];
}
