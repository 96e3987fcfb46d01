/* SPDX-License-Identifier: Apache-2.0 */
/* attest_key.h: the key under which a guest attests, as a file of the base system. */
#ifndef PITH_RUNNER_ATTEST_KEY_H
#define PITH_RUNNER_ATTEST_KEY_H

#include <stddef.h>

#define ATTEST_KEY_HEX_SIZE 65

/* The key in the SIZE bytes at TEXT: exactly 64 hexadecimal digits, and at most one newline behind
 * them, as `openssl rand -hex 32` writes. Returns 0 or -EINVAL. */
int attest_key_parse(const char *text, size_t size, char hex[ATTEST_KEY_HEX_SIZE]);

/* Read such a file. Returns 0, or -errno after saying why, without the content. HEX is the caller's
 * to cleanse. */
int attest_key_read(const char *path, char hex[ATTEST_KEY_HEX_SIZE]);

#endif
