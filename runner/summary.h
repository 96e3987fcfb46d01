/* SPDX-License-Identifier: Apache-2.0 */
/* summary.h: what a person is told about how processes and the run ended. */
#ifndef PITH_RUNNER_SUMMARY_H
#define PITH_RUNNER_SUMMARY_H

#include <stdbool.h>

#include "supervise.h"

/* PROCESS has ended; FIRST: it is the first failure, and so decides pith's exit code. */
void summary_process(const struct supervised *process, bool first);
/* A whole run of several processes has ended. */
void summary_run(const struct supervise_result *result);

#endif
