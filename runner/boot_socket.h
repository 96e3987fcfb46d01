/* SPDX-License-Identifier: Apache-2.0 */
/* boot_socket.h: the trusted boot socket (init/attest.h) that pith itself was given, and hands on
 * to one process of a configuration, the one with attest. It is one stream: two that wrote to it
 * would cut each other's requests. */
#ifndef PITH_RUNNER_BOOT_SOCKET_H
#define PITH_RUNNER_BOOT_SOCKET_H

#include "config.h"
#include "strv.h"

/* Take the descriptor that the environment variable VERSE_TRUSTED_BOOT_FD names, and keep it and
 * the variable from children. Without the variable nothing happens. */
void boot_socket_init(void);

/* The descriptor that PROCESS is to be given, or -1. */
int boot_socket_for(const struct config_process *process);

/* Tell it in ENV that it has the socket as NUMBER. */
void boot_socket_tell(struct strv *env, int number);

#endif
