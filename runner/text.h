/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: text in memory of its own. */
#ifndef PITH_RUNNER_TEXT_H
#define PITH_RUNNER_TEXT_H

#include <stdbool.h>

/* The formatted text, malloced. Ends the program with a message when memory is out. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy of TEXT, malloced like that; NULL for NULL. */
char *text_copy(const char *text);

bool text_ends_with(const char *text, const char *end);

#endif
