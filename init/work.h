/* SPDX-License-Identifier: Apache-2.0 */
/* work.h: where the work of a guest that was resumed from a saved state lies: the memory of an
 * ivshmem device (QEMU's docs/specs/ivshmem-spec.txt), which the base system fills before it starts
 * QEMU. Numbers are little-endian, as all our architectures are. */
#ifndef PITH_INIT_WORK_H
#define PITH_INIT_WORK_H

#include <stdint.h>

#define WORK_DEVICE_BYTES (4ull << 30) /* of the device's memory, whatever the work needs */
#define WORK_MAGIC "pith work 1"
#define WORK_SEED_BYTES 64
#define WORK_ARCHIVE_OFFSET 4096

struct work_header {
	char magic[16];                /* WORK_MAGIC, the rest NUL */
	uint64_t archive_size;         /* bytes at WORK_ARCHIVE_OFFSET: a newc archive whose first
					  member is the bulk configuration (cmdline.h), which
					  is for PID 1 and becomes no file */
	uint8_t seed[WORK_SEED_BYTES]; /* fresh random bytes */
};

#endif
