/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h: PID 1 takes every signal synchronously; its child gets the state of a fresh boot. */
#ifndef PITH_INIT_SIGNALS_H
#define PITH_INIT_SIGNALS_H

#include <stdbool.h>

/* Block all signals and open the signalfd, which is then kept (close-on-exec, non-blocking).
 * Returns its descriptor or -errno. */
int signals_block(void);

/* Every disposition default, nothing blocked: for a child before exec. */
void signals_restore(void);

/* Read what is pending from the signalfd. Returns whether one of them asks the machine to stop
 * (SIGTERM, SIGINT as sent for Ctrl-Alt-Del, SIGPWR, SIGUSR1, SIGUSR2); SIGCHLD and the others are
 * only taken. */
bool signals_take(int fd);

#endif
