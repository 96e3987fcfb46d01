/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h: pith takes its signals from a descriptor, and gives its children the signal state that
 * it was started with itself. */
#ifndef PITH_RUNNER_SIGNALS_H
#define PITH_RUNNER_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Block the signals that pith handles; ignore SIGPIPE, and the SIGTTOU that a background process
 * gets for writing to its terminal. SET gets what was blocked, for signalfd(2) or sigwaitinfo(2).
 */
void signals_take_over(sigset_t *set);
/* Mask and dispositions as they were before. For a forked child, or before exec. */
void signals_restore(void);
/* Signals that ask pith to end. */
bool signals_is_stop(int signal);
/* "SIGTERM" and the like, "signal 42" for those without a name. Valid until the next call. */
const char *signals_name(int signal);

#endif
