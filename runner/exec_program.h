/* SPDX-License-Identifier: Apache-2.0 */
/* exec_program.h: the program of pith exec, and the files that the guest needs to run it. A part of
 * exec_plan.c: each function fills PLAN and returns 0, or -1 with FAILURE filled. */
#ifndef PITH_RUNNER_EXEC_PROGRAM_H
#define PITH_RUNNER_EXEC_PROGRAM_H

#include "exec_plan.h"

/* Find the program NAME as a shell would; a NAME with a slash counts from this folder, with
 * --rootfs in that tree from its folder CWD. plan->program stays NULL in an image, where only the
 * guest can look. FAILURE: EXEC_FAILED with 127 (not found) or 126 (it cannot be run). */
int exec_program_find(struct exec_plan *plan, const char *name, const char *cwd,
		      struct outcome *failure);

/* After that: take along what --add names, the program, and what both need: interpreter, loader,
 * libraries. plan->process.vm.arch becomes the program's. ENVIRONMENT: the guest's, whose PATH and
 * LD_LIBRARY_PATH count. FAILURE: EXEC_FAILED with 126 for what the program lacks, else
 * SETUP_FAILED. */
int exec_program_gather(struct exec_plan *plan, const struct exec_options *options,
			const struct strv *environment, struct outcome *failure);

#endif
