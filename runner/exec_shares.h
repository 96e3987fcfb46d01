/* SPDX-License-Identifier: Apache-2.0 */
/* exec_shares.h: pith exec --share and --disk: folders and disks of this system in the guest. */
#ifndef PITH_RUNNER_EXEC_SHARES_H
#define PITH_RUNNER_EXEC_SHARES_H

#include "../init/outcome.h"
#include "bulk.h"
#include "config.h"
#include "exec_files.h"
#include "exec_root.h"

#define EXEC_SHARES_MAX 15 /* CMDLINE_MOUNTS_MAX of pith-init, less the root directory */

/* What shares are put into. */
struct exec_shares {
	struct config_vm *vm;
	struct exec_files *files; /* gets the folders that are mounted over */
	struct bulk *records;
	const char *modules; /* of the kernel that will boot; NULL: those of the default kernel, or
				beside the one that VM names */
};

/* Choose by what the folders of VM come: virtiofs where virtiofsd and the right to start it are
 * there, else 9p; and either only where the kernel has it. Returns 0, or -1 with FAILURE filled. */
int exec_shares_choose(const struct exec_shares *shares, enum config_share_kind *kind,
		       struct outcome *failure);

/* Add GIVEN, "DIR[=DEST|=TAG][:ro]", to be mounted at the same path, at the absolute path DEST, or
 * (TAG) not at all. Returns 0, or -1 with FAILURE filled. */
int exec_shares_add(const struct exec_shares *shares, enum config_share_kind kind,
		    const char *given, struct outcome *failure);

/* Add the root directory, before any share and after all disks. Returns like exec_shares_add. */
int exec_shares_add_root(const struct exec_shares *shares, enum config_share_kind kind,
			 const struct exec_root *root, struct outcome *failure);

/* Add the disk GIVEN, "FILE[:ro]". Returns 0, or -1 with FAILURE filled. */
int exec_shares_add_disk(struct config_vm *vm, const char *given, struct outcome *failure);

/* Free the shares and disks of VM. */
void exec_shares_free(struct config_vm *vm);

#endif
