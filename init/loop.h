/* SPDX-License-Identifier: Apache-2.0 */
/* loop.h: a block device on top of a file, for file systems that mount nothing else. */
#ifndef PITH_INIT_LOOP_H
#define PITH_INIT_LOOP_H

/* A read-only loop device on the file FD, which it holds from then on; it goes away with its last
 * user. Returns a descriptor of the device, the caller's, or -errno (-ENOENT: no loop driver). */
int loop_attach(int fd);

#endif
