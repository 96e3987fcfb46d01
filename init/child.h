/* SPDX-License-Identifier: Apache-2.0 */
/* child.h: the one process that PID 1 starts: the runner, or the app itself. */
#ifndef PITH_INIT_CHILD_H
#define PITH_INIT_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "cmdline.h"
#include "outcome.h"

#define CHILD_REPORT_FD 3 /* its end of the runner pipe, also told as PITH_REPORT_FD */

#define CHILD_ATTEST_FD 4 /* its end of the trusted boot socket, told as VERSE_TRUSTED_BOOT_FD */

struct child_plan {
	char *const *args;  /* ended by NULL; a program without a slash is looked for in PATH */
	char **environment; /* ended by NULL */
	const struct boot_config *config; /* whose user it is */
	const char *cwd;                  /* NULL: the root directory */
	int fds[3];      /* 0, 1, 2; -1: what PID 1 has, or the terminal where there is one */
	int terminal_fd; /* becomes its controlling terminal; -1: none */
	int report_fd;
	int attest_fd; /* -1: none */
};

/* The child's environment: the marks of pith, what CONFIG gives, what the kernel gave PID 1, and
 * defaults for PATH, HOME and TERM; of two variables of the same name the first in this order.
 * HASH_HEX may be "", and so may NOTIFY_ADDRESS, which is for NOTIFY_SOCKET. HAS_ATTEST: it gets
 * CHILD_ATTEST_FD. NULL when out of memory. */
char **child_environment(const struct boot_config *config, const char *hash_hex,
			 const char *notify_address, bool has_attest);

/* Before a machine waits for work (park.h): make a process that waits to become the child. What
 * child_start is to give it has to be open by now. Without it child_start makes one itself. */
void child_prepare(void);

/* The process that waits, if there is one, is not needed: it ends. */
void child_discard(void);

/* Start it: in a process group of its own, signals as after a fresh boot. With a terminal it is in
 * PID 1's session and in the terminal's foreground; else it has its own session. (Were it the
 * leader of the terminal's session, its end would hang the terminal up and lose output not yet
 * sent.) Returns its process id when the exec has succeeded, or -1 with OUTCOME filled. */
pid_t child_start(const struct child_plan *plan, struct outcome *outcome);

/* Become it: the program is PID 1 from now on. Returns only where that fails, with OUTCOME filled.
 */
void child_take_place(const struct child_plan *plan, struct outcome *outcome);

#endif
