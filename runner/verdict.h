/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.h: from everything that was seen of a virtual machine to how its run ended. Pure.
 * The rule above all: where a report is expected, only a report can make success. */
#ifndef PITH_RUNNER_VERDICT_H
#define PITH_RUNNER_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "../init/outcome.h"

struct verdict_facts {
	bool expects_report;            /* qemu_uses_report */
	const struct outcome *reported; /* NULL: none */
	const char *last_stage;         /* the last stage begun, "" for none */
	const char *panic;              /* the console's panic line, "" for none */
	bool panicked;                  /* QEMU's GUEST_PANICKED */
	const char *shutdown_reason;    /* of QEMU's SHUTDOWN, "" for none */
	int wait_status;                /* QEMU's */
	bool killed_by_us;              /* QEMU, with SIGKILL, at the end of a stop */
	const char *last_words;         /* of QEMU's standard error, "" for none */
	const char *helper_failure;     /* a helper daemon that ended out of turn, "" for none */
	const char *lost_output;        /* why some of the app's did not come, "" for none */
	int stop_signal;                /* the run was asked to stop: SIGTERM, SIGINT; else 0 */
	uint64_t boot_timeout_ms;       /* not 0: it passed */
	uint64_t run_timeout_ms;        /* not 0: it passed */
};

void verdict_decide(const struct verdict_facts *facts, struct outcome *outcome);

#endif
