/* SPDX-License-Identifier: Apache-2.0 */
/* result_tests.h: how a run ended, as the results of tests, a process being a test: for CI. */
#ifndef PITH_RUNNER_RESULT_TESTS_H
#define PITH_RUNNER_RESULT_TESTS_H

#include "supervise.h"

/* As JUnit XML in the file PATH, which appears only when it is whole. Returns 0 or -errno, said. */
int result_tests_write_junit(const char *path, const struct supervise_result *result);
/* As TAP on standard output. */
void result_tests_print_tap(const struct supervise_result *result);

#endif
