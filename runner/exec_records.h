/* SPDX-License-Identifier: Apache-2.0 */
/* exec_records.h: the records for the PID 1 of pith exec (../init/cmdline.h): argument vector,
 * environment, working directory, user, outputs, byte for byte. A part of exec_plan.c. */
#ifndef PITH_RUNNER_EXEC_RECORDS_H
#define PITH_RUNNER_EXEC_RECORDS_H

#include "exec_plan.h"

/* The guest's environment into ENVIRONMENT (empty before): what --env gives, each name once, and
 * then what makes the guest like here (PATH, HOME, TERM, TZ). */
void exec_records_environment(const struct exec_options *options, struct strv *environment);

/* Write plan->records and plan->outputs, and add the folders that outputs are in. The plan has its
 * program; CWD is the working directory in the guest. Returns 0, or -1 with FAILURE filled:
 * EXEC_FAILED with 126 when arguments and environment are too long, SETUP_FAILED for the rest. */
int exec_records_write(struct exec_plan *plan, const struct exec_options *options,
		       const struct strv *environment, const char *cwd, struct outcome *failure);

#endif
