/* SPDX-License-Identifier: Apache-2.0 */
/* report_line.h: writes one line of the result channel (report.h): a JSON object. Pure, in a buffer
 * of its own. What does not fit is cut or left out; the line stays a whole object in any case. */
#ifndef PITH_INIT_REPORT_LINE_H
#define PITH_INIT_REPORT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

struct report_line {
	char text[REPORT_LINE_MAX]; /* not NUL-terminated */
	size_t size;
};

/* Begin a line: {"pith":1,"event":"EVENT" */
void report_line_begin(struct report_line *line, const char *event);

/* Add ,"KEY":"VALUE". Quotes, backslashes and control characters are escaped; bytes that are not
 * valid UTF-8 become U+FFFD; what does not fit is cut between characters. */
void report_line_text(struct report_line *line, const char *key, const char *value);

/* Add ,"KEY":NUMBER and ,"KEY":true or false. Left out when there is no room. */
void report_line_number(struct report_line *line, const char *key, int64_t number);
void report_line_bool(struct report_line *line, const char *key, bool value);

/* Add ,"KEY":JSON, SIZE bytes as they are: the caller answers for their form. */
void report_line_json(struct report_line *line, const char *key, const char *json, size_t size);

/* Whether the SIZE bytes at TEXT, put into a line as a value, stay that value whatever they hold:
 * printable valid UTF-8 that begins with { and whose matching } is the last byte, brackets paired,
 * strings closed, at most 32 levels deep. (That is not all of JSON's grammar: the reader checks
 * it.)
 */
bool report_line_is_object(const char *text, size_t size);

/* Add the closing brace and the newline, for which there is always room. */
void report_line_end(struct report_line *line);

#endif
