/* SPDX-License-Identifier: Apache-2.0 */
/* result.h: --result FILE: how a run ended, as JSON (docs/result.md). */
#ifndef PITH_RUNNER_RESULT_H
#define PITH_RUNNER_RESULT_H

#include "supervise.h"

/* Write RESULT to PATH, which appears only when it is whole. Returns 0 or -errno, said. */
int result_write(const char *path, const struct supervise_result *result);

#endif
