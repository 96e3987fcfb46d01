/* SPDX-License-Identifier: Apache-2.0 */
/* tasks.h: what the tasks of the guest do, for the autopsy of a run that hangs. */
#ifndef PITH_INIT_TASKS_H
#define PITH_INIT_TASKS_H

/* Report, from /proc, the tasks that are blocked in the kernel (state D, the kernel's own threads
 * too), then all other tasks of processes, PID 1 left out: TASKS_TOLD_MAX of them, looking for
 * TASKS_TIME_MS at most; then the end of it. */
#define TASKS_TOLD_MAX 24
#define TASKS_TIME_MS 500
void tasks_tell(void);

#endif
