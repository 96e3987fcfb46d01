/* SPDX-License-Identifier: Apache-2.0 */
/* strv.h: a growing, NULL-terminated vector of strings: command lines and environments. */
#ifndef PITH_RUNNER_STRV_H
#define PITH_RUNNER_STRV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct strv {
	char **items; /* NULL-terminated once anything was added; owned */
	size_t count;
	size_t room;
};

/* Add a copy of TEXT, or the formatted text. They end the program with a message when memory is
 * out: pith is a host command, and nothing sensible is left to do. */
void strv_add(struct strv *strings, const char *text);
void strv_addf(struct strv *strings, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Add a copy of TEXT unless the same is there. */
void strv_add_once(struct strv *strings, const char *text);
bool strv_contains(const struct strv *strings, const char *text);
/* The value of NAME in ENVIRONMENT, whose strings are NAME=VALUE; NULL where it has none. */
const char *strv_variable(const struct strv *environment, const char *name);
void strv_free(struct strv *strings);

/* Write WORD to OUT, quoted as a POSIX shell needs it. */
void strv_print_quoted_word(FILE *out, const char *word);
/* Write the words to OUT, each quoted as a POSIX shell needs it, separated by spaces, then a
 * newline. */
void strv_print_quoted(FILE *out, char *const *words);

#endif
