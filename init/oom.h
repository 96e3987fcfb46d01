/* SPDX-License-Identifier: Apache-2.0 */
/* oom.h: whether the kernel's OOM killer ended the app, by the kernel's own records. What the app
 * writes into the kernel's log is told apart: such records never have the kernel's facility. */
#ifndef PITH_INIT_OOM_H
#define PITH_INIT_OOM_H

#include <sys/types.h>

#include "outcome.h"

/* RECORD as read from /dev/kmsg, a string. Returns the PID that the kernel says it has killed, and
 * TEXT points to its words, which RECORD then ends with; 0 where it is no such record. Pure. */
pid_t oom_parse(char *record, const char **text);

/* From here on: to be called before there is an app. A second time it changes nothing. */
void oom_watch(void);

/* After the end of CHILD, which OUTCOME is about: SIGKILL by the OOM killer becomes OUTCOME_OOM;
 * where that took another process and the child failed, OUTCOME's message says so. */
void oom_look(pid_t child, struct outcome *outcome);

#endif
