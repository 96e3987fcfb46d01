/* SPDX-License-Identifier: Apache-2.0 */
/* outcome.c: how a run ended, its name on the wire, and the exit code it becomes. Pure. */
#include "outcome.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const char *const outcome_names[OUTCOME_KINDS] = {
    [OUTCOME_NONE] = "none",
    [OUTCOME_APP_EXIT] = "app-exit",
    [OUTCOME_APP_SIGNAL] = "app-signal",
    [OUTCOME_EXEC_FAILED] = "exec-failed",
    [OUTCOME_SETUP_FAILED] = "setup-failed",
    [OUTCOME_VERIFY_FAILED] = "verify-failed",
    [OUTCOME_PANIC] = "panic",
    [OUTCOME_OOM] = "oom",
    [OUTCOME_BOOT_TIMEOUT] = "boot-timeout",
    [OUTCOME_RUN_TIMEOUT] = "run-timeout",
    [OUTCOME_VMM_FAILED] = "vmm-failed",
    [OUTCOME_VMM_CRASHED] = "vmm-crashed",
    [OUTCOME_INTERRUPTED] = "interrupted",
};

const char *outcome_name(enum outcome_kind kind)
{
	if ((unsigned)kind >= OUTCOME_KINDS)
		return outcome_names[OUTCOME_NONE];
	return outcome_names[kind];
}

enum outcome_kind outcome_from_name(const char *name)
{
	for (unsigned kind = OUTCOME_NONE + 1; kind < OUTCOME_KINDS; kind++)
		if (strcmp(name, outcome_names[kind]) == 0)
			return (enum outcome_kind)kind;
	return OUTCOME_NONE;
}

int outcome_exit_code(const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_APP_EXIT:
		if (outcome->code >= 0 && outcome->code <= 255)
			return outcome->code;
		return EXIT_CODE_PITH;
	case OUTCOME_APP_SIGNAL:
	case OUTCOME_INTERRUPTED:
		if (outcome->signal > 0 && outcome->signal < 128)
			return EXIT_CODE_SIGNAL_BASE + outcome->signal;
		return EXIT_CODE_PITH;
	case OUTCOME_EXEC_FAILED:
		if (outcome->code == EXIT_CODE_NOT_FOUND ||
		    outcome->code == EXIT_CODE_NOT_EXECUTABLE)
			return outcome->code;
		return EXIT_CODE_PITH;
	case OUTCOME_BOOT_TIMEOUT:
	case OUTCOME_RUN_TIMEOUT:
		return EXIT_CODE_DEADLINE;
	default:
		return EXIT_CODE_PITH;
	}
}

void outcome_set(struct outcome *outcome, enum outcome_kind kind, int code, int signal,
		 const char *format, ...)
{
	va_list args;

	outcome->kind = kind;
	outcome->code = code;
	outcome->signal = signal;
	va_start(args, format);
	if (vsnprintf(outcome->message, sizeof(outcome->message), format, args) < 0)
		outcome->message[0] = '\0';
	va_end(args);
	for (char *p = outcome->message; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
}

void outcome_from_wait_status(struct outcome *outcome, int wait_status)
{
	if (WIFEXITED(wait_status))
		outcome_set(outcome, OUTCOME_APP_EXIT, WEXITSTATUS(wait_status), 0, "%s", "");
	else if (WIFSIGNALED(wait_status))
		outcome_set(outcome, OUTCOME_APP_SIGNAL, 0, WTERMSIG(wait_status), "%s", "");
	else
		outcome_set(outcome, OUTCOME_NONE, 0, 0, "wait status %#x", (unsigned)wait_status);
}
