/* SPDX-License-Identifier: Apache-2.0 */
/* attest_socket.h: PID 1's end of the socket on which the app measures and attests (attest.h).
 *
 * It is served by PID 1 itself, from its poll loop: the measure must not be lost or begun anew by
 * the end of another process, nothing waits for it at the end of the run, and the protocol is four
 * states. It takes no memory that depends on what the app sends, reads a bounded amount in one
 * turn, and reads nothing while a reply has not been taken. */
#ifndef PITH_INIT_ATTEST_SOCKET_H
#define PITH_INIT_ATTEST_SOCKET_H

#include <poll.h>
#include <stdbool.h>

#include "cmdline.h"
#include "digest.h"

/* Whether the app of CONFIG gets such a socket: it came from an image, or there is a key. */
bool attest_socket_is_wanted(const struct boot_config *config);

/* Make the socket. The key is CONFIG's, which is cleansed, or 32 random bytes. The measure begins
 * with that of DIGEST, which was verified as the image's; NULL: 32 zero bytes take its place, as no
 * image has them for a hash, so that what was not verified never has the measure of what was.
 * MEASURE gets the result. Returns the app's end, the caller's, or -errno. */
int attest_socket_open(struct boot_config *config, const uint8_t digest[DIGEST_BYTES],
		       uint8_t measure[DIGEST_BYTES]);

/* The entry for poll(2); its fd is -1 where there is nothing to wait for. */
void attest_socket_poll(struct pollfd *entry);
/* Afterwards: read, answer. */
void attest_socket_run(const struct pollfd *entry);

/* Close it and overwrite the key. Harmless where it is not open. */
void attest_socket_close(void);

#endif
