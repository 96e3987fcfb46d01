/* SPDX-License-Identifier: Apache-2.0 */
/* ready.h: whether somebody listens on a socket. For sd_notify(3): init/notify.h. */
#ifndef PITH_RUNNER_READY_H
#define PITH_RUNNER_READY_H

#include <stdbool.h>

/* Somebody listens on the unix socket PATH. Without connecting: that could be the only connection
 * its owner takes. */
bool ready_socket_listens(const char *path);

#endif
