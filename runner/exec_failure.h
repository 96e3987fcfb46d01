/* SPDX-License-Identifier: Apache-2.0 */
/* exec_failure.h: why a plan of pith exec fails, as the outcome of its run. */
#ifndef PITH_RUNNER_EXEC_FAILURE_H
#define PITH_RUNNER_EXEC_FAILURE_H

#include "../init/outcome.h"
#include "exec_files.h"

/* Fill FAILURE: SETUP_FAILED, "WHAT: REASON". Returns -1. */
int exec_failure_setup(struct outcome *failure, const char *what, const char *reason);

/* The same with what exec_files.h has left as the problem of FILES. */
int exec_failure_files(const struct exec_files *files, struct outcome *failure);

#endif
