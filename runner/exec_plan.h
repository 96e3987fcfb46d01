/* SPDX-License-Identifier: Apache-2.0 */
/* exec_plan.h: from the options of pith exec to a virtual machine, what it takes along, and what
 * its PID 1 is told. Nothing is run or written here: a plan can be printed. */
#ifndef PITH_RUNNER_EXEC_PLAN_H
#define PITH_RUNNER_EXEC_PLAN_H

#include <stdio.h>

#include "../init/outcome.h"
#include "bulk.h"
#include "exec_files.h"
#include "exec_options.h"
#include "exec_output.h"
#include "exec_root.h"
#include "supervise.h"
#include "vm.h"

/* Zero-initialised; stays where it is, as its parts point to each other. */
struct exec_plan {
	char *sysroot;         /* absolute; NULL: none */
	struct exec_root root; /* --rootfs; all NULL without it */
	char *program; /* absolute path of BINARY in the guest; NULL: it finds it itself, in an
			  image */
	char *modules; /* folder, or NULL */
	struct exec_files files;
	struct strv added;    /* what --add named: source, path in the guest, source, ... */
	struct strv cached;   /* libraries that the loader finds only by its cache */
	struct config config; /* of the one process */
	struct config_process process;
	struct bulk records; /* for PID 1 */
	struct exec_output *outputs;
	size_t output_count;
	struct vm_addition addition;
};

/* Fill PLAN from OPTIONS, whose strings it goes on using. Returns 0, or -1 with FAILURE filled:
 * EXEC_FAILED with 127 when BINARY, or with 126 when it cannot be run; SETUP_FAILED for the rest.
 */
int exec_plan_make(struct exec_plan *plan, const struct exec_options *options,
		   struct outcome *failure);
void exec_plan_free(struct exec_plan *plan);

/* Write QEMU's command line (KERNEL standing for a default kernel that is not there), a line for
 * each file of the guest and a line for each record, quoted as a shell would. */
void exec_plan_print(const struct exec_plan *plan, FILE *out);

#endif
