/* SPDX-License-Identifier: Apache-2.0 */
/* Names and exit codes of outcomes: success is only an app's own exit 0. */
#include "../../init/outcome.h"
#include "../tap.h"

static int exit_code(enum outcome_kind kind, int code, int signal)
{
	struct outcome outcome;

	outcome_set(&outcome, kind, code, signal, "%s", "");
	return outcome_exit_code(&outcome);
}

int main(void)
{
	for (int kind = OUTCOME_NONE + 1; kind < OUTCOME_KINDS; kind++)
		is_int((int)outcome_from_name(outcome_name((enum outcome_kind)kind)), kind,
		       outcome_name((enum outcome_kind)kind));
	is_int(outcome_from_name("app-exit "), OUTCOME_NONE, "an unknown name is no outcome");
	is_int(outcome_from_name("none"), OUTCOME_NONE, "'none' is no outcome");
	is_str(outcome_name((enum outcome_kind)99), "none", "a kind out of range has a name");

	is_int(exit_code(OUTCOME_APP_EXIT, 0, 0), 0, "exit 0 is 0");
	is_int(exit_code(OUTCOME_APP_EXIT, 255, 0), 255, "exit 255 is 255");
	is_int(exit_code(OUTCOME_APP_EXIT, 256, 0), 125, "exit 256 makes no sense: 125");
	is_int(exit_code(OUTCOME_APP_EXIT, -1, 0), 125, "exit -1 makes no sense: 125");
	is_int(exit_code(OUTCOME_APP_SIGNAL, 0, 11), 139, "SIGSEGV is 139");
	is_int(exit_code(OUTCOME_APP_SIGNAL, 0, 0), 125, "signal 0 makes no sense: 125");
	is_int(exit_code(OUTCOME_EXEC_FAILED, 127, 0), 127, "not found is 127");
	is_int(exit_code(OUTCOME_EXEC_FAILED, 126, 0), 126, "not executable is 126");
	is_int(exit_code(OUTCOME_EXEC_FAILED, 0, 0), 125, "a failed exec is never 0");
	is_int(exit_code(OUTCOME_RUN_TIMEOUT, 0, 0), 124, "a deadline is 124");
	is_int(exit_code(OUTCOME_BOOT_TIMEOUT, 0, 0), 124, "a boot deadline is 124");
	is_int(exit_code(OUTCOME_INTERRUPTED, 0, 15), 143, "SIGTERM is 143");
	for (int kind = 0; kind < OUTCOME_KINDS; kind++)
		if (kind != OUTCOME_APP_EXIT)
			ok(exit_code((enum outcome_kind)kind, 0, 0) != 0,
			   "%s with zeros is not success", outcome_name((enum outcome_kind)kind));

	struct outcome outcome;
	outcome_set(&outcome, OUTCOME_PANIC, 0, 0, "a\nb\x1b[0m");
	is_str(outcome.message, "a b [0m", "control characters in messages become spaces");
	return done();
}
