/* SPDX-License-Identifier: Apache-2.0 */
/* text.h: formatted text in memory of its own. */
#ifndef PITH_RUNNER_TEXT_H
#define PITH_RUNNER_TEXT_H

/* The formatted text, malloced. Ends the program with a message when memory is out. */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
