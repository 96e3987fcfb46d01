/* SPDX-License-Identifier: Apache-2.0 */
/* image_source.h: the content of the files of an image plan, whole or not at all. */
#ifndef PITH_RUNNER_IMAGE_SOURCE_H
#define PITH_RUNNER_IMAGE_SOURCE_H

#include <stddef.h>

#include "image_plan.h"

/* Write the content of ENTRY's file to DESCRIPTOR: exactly the bytes that were planned. Returns 0;
 * -EPIPE, without a word, when a reader has gone; -EINTR on an interrupt (interrupt.h); or another
 * -errno after saying why, also when the file has changed since it was planned. */
int image_source_copy(const struct image_entry *entry, int descriptor);

/* write(2) until all is written. Returns 0 or -errno; -EINTR only on an interrupt. */
int image_source_write(int descriptor, const void *bytes, size_t size);

#endif
