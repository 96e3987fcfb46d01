/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h: how far long work is, on a terminal. */
#ifndef PITH_RUNNER_PROGRESS_H
#define PITH_RUNNER_PROGRESS_H

#include <stdint.h>

/* Work on TOTAL_BYTES begins, called WHAT in a line that is written over itself on standard error.
 * Nothing is written when that is no terminal, with -q, or when there is too little to do for
 * anybody to wait for. One work at a time. */
void progress_begin(const char *what, uint64_t total_bytes);

/* BYTES more are done. May be called by several threads. */
void progress_add(uint64_t bytes);

/* The work has ended, well or not: the line is cleared. */
void progress_end(void);

#endif
