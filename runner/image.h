/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: app images: building through mksquashfs, reproducibly, and hashing. */
#ifndef PITH_RUNNER_IMAGE_H
#define PITH_RUNNER_IMAGE_H

/* SHA-256 of the whole file as 64 lower-case hex digits and NUL. Returns 0 or -errno. */
int image_sha256(const char *path, char hex[65]);

#endif
