/* SPDX-License-Identifier: Apache-2.0 */
/* one_output.h: whether standard output and error are one and the same. */
#ifndef PITH_RUNNER_ONE_OUTPUT_H
#define PITH_RUNNER_ONE_OUTPUT_H

#include <stdbool.h>

/* Whether what is written to A and to B comes out in the order in which it was written: one open
 * file (2>&1), one pipe, socket or terminal, or one file that both append to. False where that
 * can't be told. */
bool one_output(int a, int b);

#endif
