/* SPDX-License-Identifier: Apache-2.0 */
/* verity.h: dm-verity: every block of the image is checked when it is read, against a root hash. */
#ifndef PITH_INIT_VERITY_H
#define PITH_INIT_VERITY_H

#include <stdbool.h>
#include <stdint.h>

#include "cmdline.h"
#include "outcome.h"

/* Read the superblock of the block device FD of SIZE_BYTES at CONFIG's verity_offset, and make a
 * device that gives the data before it, checked against CONFIG's verity_root. Nothing of the
 * superblock needs to be believed: with any other salt or count the tree does not lead to the root
 * hash. *DATA_BYTES gets the size of the data. Returns a descriptor of the new device, the
 * caller's, or -1 with OUTCOME filled. */
int verity_open(int fd, uint64_t size_bytes, const struct boot_config *config, uint64_t *data_bytes,
		struct outcome *outcome);

/* Look whether a block did not match, as dm-verity announces by uevent on UEVENT_FD (uevent.h).
 * Returns true once, with OUTCOME filled (whatever it held) with the block's number; never when
 * CONFIG wanted EIO only, or no device was made. */
bool verity_watch(int uevent_fd, struct outcome *outcome);

/* The same at the end of the run, also from the device's own state, should an event be lost. */
bool verity_last_look(int uevent_fd, struct outcome *outcome);

#endif
