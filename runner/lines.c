/* SPDX-License-Identifier: Apache-2.0 */
/* lines.c: bytes that arrive in pieces, handed on line by line, in bounded memory. Pure. */
#include "lines.h"

#include <string.h>

static void finish_line(struct lines *lines, lines_handler *handler, void *context)
{
	size_t size = lines->used;
	bool cut = lines->cut;

	lines->used = 0;
	lines->cut = false;
	if (!cut && size > 0 && lines->bytes[size - 1] == '\r')
		size--;
	handler(context, lines->bytes, size, cut);
}

void lines_feed(struct lines *lines, const char *bytes, size_t size, lines_handler *handler,
		void *context)
{
	while (size > 0) {
		const char *newline = memchr(bytes, '\n', size);
		size_t length = newline == NULL ? size : (size_t)(newline - bytes);
		size_t taken = length;
		if (taken > lines->room - lines->used) {
			taken = lines->room - lines->used;
			lines->cut = true;
		}
		if (taken > 0)
			memcpy(lines->bytes + lines->used, bytes, taken);
		lines->used += taken;
		if (newline == NULL)
			return;
		finish_line(lines, handler, context);
		bytes += length + 1;
		size -= length + 1;
	}
}

void lines_end(struct lines *lines, lines_handler *handler, void *context)
{
	if (lines->used > 0 || lines->cut)
		finish_line(lines, handler, context);
}
