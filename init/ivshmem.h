/* SPDX-License-Identifier: Apache-2.0 */
/* ivshmem.h: the memory of QEMU's ivshmem device (its docs/specs/ivshmem-spec.txt), reached through
 * sysfs without a driver. */
#ifndef PITH_INIT_IVSHMEM_H
#define PITH_INIT_IVSHMEM_H

/* Find the first such device, switch it on and open its memory, to be mapped. Returns the
 * descriptor, the caller's, or -errno (-ENODEV: there is none). */
int ivshmem_open(void);

#endif
