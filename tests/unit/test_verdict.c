/* SPDX-License-Identifier: Apache-2.0 */
/* How a virtual machine's run ended: without a report never success, where one is expected. */
#include <signal.h>

#include "../../runner/verdict.h"
#include "../tap.h"

static struct outcome app_exit(int code)
{
	struct outcome outcome;

	outcome_set(&outcome, OUTCOME_APP_EXIT, code, 0, "%s", "");
	return outcome;
}

/* Facts of a guest that ended without a word. */
static struct verdict_facts silence(bool expects_report)
{
	return (struct verdict_facts){
	    .expects_report = expects_report,
	    .last_stage = "",
	    .panic = "",
	    .shutdown_reason = "guest-shutdown",
	    .last_words = "",
	    .helper_failure = "",
	    .lost_output = "",
	};
}

static struct outcome decided;

static void decides(const struct verdict_facts *facts, enum outcome_kind kind, int exit_code,
		    const char *what)
{
	verdict_decide(facts, &decided);
	if (!ok(decided.kind == kind && outcome_exit_code(&decided) == exit_code, "%s: %s, %d",
		what, outcome_name(kind), exit_code))
		printf("# got %s, %d\n", outcome_name(decided.kind), outcome_exit_code(&decided));
}

static void test_reported(void)
{
	struct verdict_facts facts = silence(true);
	struct outcome outcome = app_exit(0);

	facts.reported = &outcome;
	decides(&facts, OUTCOME_APP_EXIT, 0, "a report of success");
	facts.wait_status = SIGKILL;
	decides(&facts, OUTCOME_APP_EXIT, 0, "... also when QEMU was killed after it");
	facts.stop_signal = SIGTERM;
	decides(&facts, OUTCOME_APP_EXIT, 0, "... and after a stop: the app's own code");
	facts.panic = "Kernel panic - x";
	decides(&facts, OUTCOME_PANIC, 125, "... but not with a panic");
	outcome = app_exit(7);
	decides(&facts, OUTCOME_APP_EXIT, 7, "a failure stays what it is");
	outcome_set(&outcome, OUTCOME_APP_SIGNAL, 0, SIGTERM, "%s", "");
	facts.panic = "";
	facts.stop_signal = SIGPIPE;
	decides(&facts, OUTCOME_INTERRUPTED, 141,
		"SIGTERM to the app is the stop that was asked for");
	facts.stop_signal = SIGTERM;
	outcome_set(&outcome, OUTCOME_APP_SIGNAL, 0, SIGKILL, "%s", "");
	decides(&facts, OUTCOME_APP_SIGNAL, 137, "SIGKILL");
	outcome_set(&outcome, OUTCOME_OOM, 0, 0, "%s", "Out of memory: Killed process 1");
	decides(&facts, OUTCOME_OOM, 125, "SIGKILL by the OOM killer, as PID 1 says");
	outcome = app_exit(0);
	facts.run_timeout_ms = 1500;
	decides(&facts, OUTCOME_RUN_TIMEOUT, 124, "a report after the deadline");
}

static void test_silence(void)
{
	struct verdict_facts facts = silence(true);

	facts.last_stage = "verify";
	decides(&facts, OUTCOME_SETUP_FAILED, 125, "a power-off without a report");
	ok(strstr(decided.message, "verify") != NULL, "... names the last stage");
	facts.panicked = true;
	decides(&facts, OUTCOME_PANIC, 125, "QEMU tells of a panic");
	facts.panicked = false;
	facts.panic = "Kernel panic - y";
	decides(&facts, OUTCOME_PANIC, 125, "the console tells of a panic");
	facts.panic = "";
	facts.wait_status = 1 << 8;
	facts.last_words = "no such device";
	decides(&facts, OUTCOME_VMM_FAILED, 125, "QEMU fails");
	ok(strstr(decided.message, "no such device") != NULL, "... with its last words");
	facts.wait_status = SIGSEGV;
	decides(&facts, OUTCOME_VMM_CRASHED, 125, "QEMU crashes");
	facts.helper_failure = "swtpm was killed by signal 9";
	decides(&facts, OUTCOME_VMM_FAILED, 125, "a helper fails");
	is_str(decided.message, facts.helper_failure, "... by its name");
	facts.helper_failure = "";
	facts.lost_output = "spoilt";
	decides(&facts, OUTCOME_SETUP_FAILED, 125, "output that was lost");
	is_str(decided.message, "spoilt", "... with the reason");
	facts.reported = &(struct outcome){.kind = OUTCOME_APP_EXIT};
	decides(&facts, OUTCOME_SETUP_FAILED, 125, "... makes no success of an app's");
	facts.reported = &(struct outcome){.kind = OUTCOME_APP_EXIT, .code = 3};
	decides(&facts, OUTCOME_APP_EXIT, 3, "... and leaves its failure");
	facts.reported = NULL;
	facts.lost_output = "";
	facts.killed_by_us = true;
	decides(&facts, OUTCOME_SETUP_FAILED, 125, "QEMU killed by pith is no crash");
	facts.stop_signal = SIGINT;
	decides(&facts, OUTCOME_INTERRUPTED, 130, "stopped by SIGINT");
	facts.boot_timeout_ms = 60000;
	decides(&facts, OUTCOME_BOOT_TIMEOUT, 124, "the boot's deadline");
}

static void test_no_report_expected(void)
{
	struct verdict_facts facts = silence(false);

	decides(&facts, OUTCOME_APP_EXIT, 0, "no report expected: a power-off");
	facts.shutdown_reason = "guest-reset";
	decides(&facts, OUTCOME_SETUP_FAILED, 125, "no report expected: a reset");
	facts.shutdown_reason = "guest-panic";
	decides(&facts, OUTCOME_PANIC, 125, "no report expected: a panic");
	facts.shutdown_reason = "";
	facts.wait_status = SIGKILL;
	decides(&facts, OUTCOME_VMM_CRASHED, 125, "no report expected: QEMU killed");
	facts.wait_status = 1 << 8;
	decides(&facts, OUTCOME_VMM_FAILED, 125, "no report expected: QEMU fails");
}

int main(void)
{
	test_reported();
	test_silence();
	test_no_report_expected();
	return done();
}
