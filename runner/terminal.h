/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h: the terminal that pith was started on: who has it, and how it was set. */
#ifndef PITH_RUNNER_TERMINAL_H
#define PITH_RUNNER_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

/* Remember the settings and the foreground group of the terminal on standard input, if it is one.
 */
void terminal_save(void);
/* Standard input is a terminal. */
bool terminal_is_there(void);
/* ... and this process was in its foreground when terminal_save was called, so that it may pass it
 * on to a process group of its own. */
bool terminal_is_ours(void);
/* Its size, now. False where it has none to tell. */
bool terminal_size(unsigned *rows, unsigned *columns);
/* Make GROUP the foreground group. SIGTTOU must be blocked or ignored. */
void terminal_give(pid_t group);
/* Settings and foreground group as they were. SIGTTOU must be blocked or ignored. */
void terminal_restore(void);

#endif
