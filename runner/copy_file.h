/* SPDX-License-Identifier: Apache-2.0 */
/* copy_file.h: the content of a file into another. */
#ifndef PITH_RUNNER_COPY_FILE_H
#define PITH_RUNNER_COPY_FILE_H

/* Copy all of the file FROM, whose offset stays where it is, behind what TO holds. Returns 0,
 * -errno, or -ESTALE when FROM became shorter meanwhile. */
int copy_file(int from, int to);

#endif
