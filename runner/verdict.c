/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c: how a virtual machine's run ended. Pure. */
#include "verdict.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "duration.h"

static const char *stage_text(const struct verdict_facts *facts)
{
	return facts->last_stage[0] == '\0' ? "none" : facts->last_stage;
}

static void decide_timeout(const struct verdict_facts *facts, struct outcome *outcome)
{
	bool boot = facts->boot_timeout_ms != 0;
	uint64_t timeout_ms = boot ? facts->boot_timeout_ms : facts->run_timeout_ms;

	outcome_set(outcome, boot ? OUTCOME_BOOT_TIMEOUT : OUTCOME_RUN_TIMEOUT, 0, 0,
		    "%s after %.*f s; last stage reached: %s",
		    boot ? "the app had not started" : "not ended", duration_decimals(timeout_ms),
		    (double)timeout_ms / 1000, stage_text(facts));
}

static void decide_panic(const struct verdict_facts *facts, struct outcome *outcome)
{
	outcome_set(outcome, OUTCOME_PANIC, 0, 0, "%s",
		    facts->panic[0] != '\0' ? facts->panic : "the guest's kernel panicked");
}

/* What the guest said, unless what was seen besides speaks against it. */
static void decide_reported(const struct verdict_facts *facts, bool panicked,
			    struct outcome *outcome)
{
	*outcome = *facts->reported;
	if (outcome->kind == OUTCOME_APP_SIGNAL && outcome->signal == SIGTERM &&
	    facts->stop_signal != 0)
		/* TERM is how the guest asks it to end; what asked for that is another matter. */
		outcome_set(outcome, OUTCOME_INTERRUPTED, 0, facts->stop_signal,
			    "stopped by request");
	else if (outcome_exit_code(outcome) == 0 && panicked)
		decide_panic(facts, outcome); /* between the app's end and the power-off */
	else if (outcome_exit_code(outcome) == 0 && facts->lost_output[0] != '\0')
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "%s", facts->lost_output);
}

/* QEMU itself ended out of turn. */
static bool decide_vmm(const struct verdict_facts *facts, struct outcome *outcome)
{
	const char *between = facts->last_words[0] == '\0' ? "" : ": ";

	if (WIFSIGNALED(facts->wait_status))
		outcome_set(outcome, OUTCOME_VMM_CRASHED, 0, 0, "QEMU was killed by signal %d%s%s",
			    WTERMSIG(facts->wait_status), between, facts->last_words);
	else if (WEXITSTATUS(facts->wait_status) != 0)
		outcome_set(outcome, OUTCOME_VMM_FAILED, 0, 0, "QEMU ended with status %d%s%s",
			    WEXITSTATUS(facts->wait_status), between, facts->last_words);
	else
		return false;
	return true;
}

void verdict_decide(const struct verdict_facts *facts, struct outcome *outcome)
{
	bool panicked = facts->panicked || facts->panic[0] != '\0' ||
			strcmp(facts->shutdown_reason, "guest-panic") == 0;

	if (facts->boot_timeout_ms != 0 || facts->run_timeout_ms != 0)
		decide_timeout(facts, outcome);
	else if (facts->reported != NULL)
		decide_reported(facts, panicked, outcome);
	else if (facts->stop_signal != 0)
		outcome_set(outcome, OUTCOME_INTERRUPTED, 0, facts->stop_signal,
			    "stopped by request");
	else if (facts->lost_output[0] != '\0')
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "%s", facts->lost_output);
	else if (facts->helper_failure[0] != '\0')
		outcome_set(outcome, OUTCOME_VMM_FAILED, 0, 0, "%s", facts->helper_failure);
	else if (panicked)
		decide_panic(facts, outcome);
	else if (!facts->killed_by_us && decide_vmm(facts, outcome))
		return;
	else if (facts->expects_report)
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0,
			    "the guest ended without a report; last stage reached: %s",
			    stage_text(facts));
	else if (strcmp(facts->shutdown_reason, "guest-reset") == 0)
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0,
			    "the guest was reset, by itself or after a panic (on_reset = "
			    "\"restart\" would let it go on)");
	else
		outcome_set(outcome, OUTCOME_APP_EXIT, 0, 0, "powered off (no report expected)");
}
