/* SPDX-License-Identifier: Apache-2.0 */
/* events.h: what happens, as JSON lines: to a file (--events); in a guest to PID 1, which passes
 * them to the base system (init/report.h, "runner"). Fields: "event", "process" (its name), "t_us"
 * (CLOCK_BOOTTIME), and those of the event; docs/result.md lists them. */
#ifndef PITH_RUNNER_EVENTS_H
#define PITH_RUNNER_EVENTS_H

#include <stdbool.h>
#include <stdio.h>

#include "../init/outcome.h"

#define EVENTS_LINE_MAX 2000 /* with its newline: what PID 1 wraps must fit REPORT_LINE_MAX */

/* Take the descriptor that the environment variable PITH_REPORT_FD names, keep it from children,
 * and remove the variable. */
void events_init(void);
/* Is this the runner of a guest, which reports to its PID 1? */
bool events_in_guest(void);
/* Write all lines to the file PATH as well, from its beginning. Returns 0 or -errno, said. */
int events_open(const char *path);
/* Begin a line about PROCESS (NULL: pith itself). Add members to what comes back, each with a comma
 * before it, then call events_end. */
FILE *events_begin(const char *event, const char *process);
void events_end(void);
/* Add ,"outcome":..,"code":..,"signal":..,"message":.. */
void events_add_outcome(FILE *out, const struct outcome *outcome);
/* Add ,"KEY":"TEXT". */
void events_add_string(FILE *out, const char *key, const char *text);

#endif
