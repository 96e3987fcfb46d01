/* SPDX-License-Identifier: Apache-2.0 */
/* mac.h: HMAC-SHA-256 (RFC 2104) with libcrypto's SHA-256 alone: its HMAC() needs glibc and 4 MB.
 */
#ifndef OPENSUT_MAC_H
#define OPENSUT_MAC_H

#include <stddef.h>

#define MAC_KEY_BYTES 32
#define MAC_BYTES 32

void mac_of(const unsigned char key[MAC_KEY_BYTES], const void *text, size_t size,
	    unsigned char mac[MAC_BYTES]);

#endif
