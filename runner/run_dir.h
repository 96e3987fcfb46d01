/* SPDX-License-Identifier: Apache-2.0 */
/* run_dir.h: the folder of a run, for the sockets and the state of helpers; gone at its end. */
#ifndef PITH_RUNNER_RUN_DIR_H
#define PITH_RUNNER_RUN_DIR_H

#define RUN_DIR_SIZE 64

/* Make it, below $XDG_RUNTIME_DIR or /tmp, only for this user. To be called before guard_start, so
 * that the guard can remove it after a killed supervisor. Returns 0 or -errno after saying why. */
int run_dir_make(void);
/* Its path, "" when there is none. */
const char *run_dir_path(void);
/* Remove it and all that is in it. Harmless when there is none. */
void run_dir_remove(void);

#endif
