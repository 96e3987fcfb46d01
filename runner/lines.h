/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h: bytes that arrive in pieces, handed on line by line, in bounded memory. Pure. */
#ifndef PITH_RUNNER_LINES_H
#define PITH_RUNNER_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	char *bytes; /* the caller's buffer of ROOM bytes: the longest line, without its newline */
	size_t room;
	size_t used;
	bool cut; /* the line being collected was longer than ROOM: the rest is dropped */
};

/* Called for each line, without its newline and a carriage return before that. CUT: it was longer,
 * and this is its beginning. LINE[SIZE] is not a NUL. */
typedef void lines_handler(void *context, const char *line, size_t size, bool cut);

/* Take SIZE bytes; call HANDLER for each line that they complete. */
void lines_feed(struct lines *lines, const char *bytes, size_t size, lines_handler *handler,
		void *context);
/* The stream has ended: hand on what has no newline yet, if there is anything. */
void lines_end(struct lines *lines, lines_handler *handler, void *context);

#endif
