/* SPDX-License-Identifier: Apache-2.0 */
/* toml_text.h: the text of a TOML file, while it is read: the place in it, what stands there, and
 * what is wrong with it. Pure; part of toml.c. */
#ifndef PITH_RUNNER_TOML_TEXT_H
#define PITH_RUNNER_TOML_TEXT_H

#include "toml.h"

#define TOML_SHOWN_SIZE 80

struct toml_text {
	const char *at;          /* what is read next */
	const char *begin, *end; /* without a byte order mark */
	const char *located;     /* the place that location describes */
	struct toml_position location;
	struct toml_error *error;
};

/* Begin to read SIZE bytes of BYTES. Returns 0, or -EINVAL with ERROR filled where they are not
 * UTF-8. */
int toml_text_begin(struct toml_text *text, const char *bytes, size_t size,
		    struct toml_error *error);

/* --- What stands there. None of these looks past the end. */

/* The byte that is read next, -1 at the end. */
int toml_text_peek(const struct toml_text *text);
bool toml_text_begins_with(const struct toml_text *text, const char *words);
/* Whether a newline, or the end, is next. */
bool toml_text_ends_line(const struct toml_text *text);
/* Whether C is a control character that TOML accepts nowhere but escaped. */
bool toml_text_is_control(int c);

/* Move behind C, or behind a newline ("\n" or "\r\n"), if that is next. */
bool toml_text_accept(struct toml_text *text, char c);
bool toml_text_skip_newline(struct toml_text *text);
/* Move behind blanks; and behind a comment, up to the newline or the end. The latter returns 0, or
 * -EINVAL with the error filled. */
void toml_text_skip_blanks(struct toml_text *text);
int toml_text_skip_comment(struct toml_text *text);

/* --- Places and errors. */

/* The position of WHERE. Mostly asked in rising order, so it counts on from the last one. */
struct toml_position toml_text_locate(struct toml_text *text, const char *where);

/* Fill the error with the position of WHERE and the formatted message. Returns -EINVAL. */
int toml_text_refuse(struct toml_text *text, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same about what is read next: the message is "found", what stands there in words, and
 * directly behind that the formatted text. */
int toml_text_refuse_next(struct toml_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What stands at WHERE, in words, for a message. May use SHOWN. */
const char *toml_text_found(const struct toml_text *text, const char *where,
			    char shown[TOML_SHOWN_SIZE]);

/* SIZE BYTES in quotes, cut where they are long, control characters replaced. Returns SHOWN. */
const char *toml_text_quote(const char *bytes, size_t size, char shown[TOML_SHOWN_SIZE]);

#endif
