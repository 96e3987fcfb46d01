/* SPDX-License-Identifier: Apache-2.0 */
/* tests_write.h: results of tests as TAP or for a reader. Names and notes come from programs
 * that may be hostile: control characters never get out. */
#ifndef PITH_RUNNER_TESTS_WRITE_H
#define PITH_RUNNER_TESTS_WRITE_H

#include <stdio.h>

#include "tests_parse.h"

/* The whole run as TAP, subtests indented as TAP 14 has them. What is wrong with the run as a whole
 * becomes "Bail out!", so that no TAP reader takes it for a success. */
void tests_write_tap(FILE *out, const struct test *root);

/* What failed and why, then one line of totals. */
void tests_write_summary(FILE *out, const struct test *root);

/* SIZE bytes of TEXT with control characters, tabs too, replaced by '?'. */
void tests_write_plain(FILE *out, const char *text, size_t size);

#endif
