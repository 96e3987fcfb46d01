/* SPDX-License-Identifier: Apache-2.0 */
/* image_tar.h: an image plan as a tar archive, the form in which mksquashfs takes a file tree
 * without a staging folder. */
#ifndef PITH_RUNNER_IMAGE_TAR_H
#define PITH_RUNNER_IMAGE_TAR_H

#include "image_plan.h"

/* Write the entries of PLAN but its root, and the contents of the files, to DESCRIPTOR as a
 * POSIX.1-2001
 * ("pax") archive with owner 0 and time 0. Returns 0; -EPIPE, without a word, when the reader
 * has gone; -EINTR on an interrupt; or another -errno after saying why. */
int image_tar_write(const struct image_plan *plan, int descriptor);

#endif
