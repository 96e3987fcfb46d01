/* SPDX-License-Identifier: Apache-2.0 */
/* autopsy.h: what is found out about a guest that hangs or panicked before it is ended: QEMU's
 * state of the machine, the processors' registers, and what the guest's tasks do. All of it is
 * bounded, and what came from a guest is printable. Who asks is vm.c; nothing here waits. */
#ifndef PITH_RUNNER_AUTOPSY_H
#define PITH_RUNNER_AUTOPSY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../init/tasks.h"
#include "console.h"
#include "qmp.h"
#include "report_reader.h"
#include "strv.h"

#define AUTOPSY_CPUS_MAX 8
#define AUTOPSY_REGISTERS_MAX 8192 /* bytes kept for a processor */

/* Zero-initialised; freed with autopsy_free. */
struct autopsy {
	bool begun;
	bool was_running;         /* when it began: else it was paused, or at its end */
	char state[32];           /* of the machine, as QEMU calls it ("running"); "": unknown */
	struct strv registers;    /* a text for each processor, lines ended by \n */
	unsigned answers_awaited; /* of QEMU */
	bool guest_asked, guest_told;
	struct report_task tasks[TASKS_TOLD_MAX];
	size_t task_count;
	uint64_t tasks_left_out;
};

/* Ask QEMU, and pause the machine while it looks. CPUS: how many processors it has. Returns false
 * when QEMU cannot be asked yet. */
bool autopsy_begin(struct autopsy *autopsy, struct qmp *qmp, uint64_t cpus);
/* An answer or error of QEMU; false when it is not one to the autopsy's questions. */
bool autopsy_take_answer(struct autopsy *autopsy, const struct qmp_event *event);
/* REPORT_TASK, REPORT_TASKS_END. */
void autopsy_take_report(struct autopsy *autopsy, const struct report_event *event);

/* All that QEMU was asked has been answered; and the guest, too. */
bool autopsy_machine_is_done(const struct autopsy *autopsy);
bool autopsy_is_done(const struct autopsy *autopsy);

/* Say on standard error what was found, and the last lines of CONSOLE. NAME: of the process;
 * PLACED: of the serial line that the configuration makes the console, which then does not come
 * here; "" for that of pith vm, which has no configuration; or NULL. */
void autopsy_say(const struct autopsy *autopsy, const char *name, const struct console *console,
		 const char *placed);
/* The same, more of it, as a JSON object (docs/result.md). */
void autopsy_write(const struct autopsy *autopsy, const struct console *console, FILE *out);
void autopsy_free(struct autopsy *autopsy);

#endif
