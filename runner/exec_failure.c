/* SPDX-License-Identifier: Apache-2.0 */
/* exec_failure.c: why a plan of pith exec fails, as the outcome of its run. */
#include "exec_failure.h"

int exec_failure_setup(struct outcome *failure, const char *what, const char *reason)
{
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "%.300s: %s", what, reason);
	return -1;
}

int exec_failure_files(const struct exec_files *files, struct outcome *failure)
{
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "%s", files->problem);
	return -1;
}
