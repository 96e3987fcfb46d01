/* SPDX-License-Identifier: Apache-2.0 */
/* outcome.h: how a run ended, its name on the wire, and the exit code it becomes. Pure. */
#ifndef PITH_INIT_OUTCOME_H
#define PITH_INIT_OUTCOME_H

#define OUTCOME_MESSAGE_MAX 512

/* Exit codes of pith that are not the app's own (docs/exit-codes.md; the shell's and timeout(1)'s
 * conventions). */
enum {
	EXIT_CODE_DEADLINE = 124, /* --timeout or --boot-timeout passed */
	EXIT_CODE_PITH = 125,     /* pith, guest set-up, verification, panic or the VMM failed */
	EXIT_CODE_NOT_EXECUTABLE = 126, /* found, but cannot be executed */
	EXIT_CODE_NOT_FOUND = 127,      /* the program does not exist */
	EXIT_CODE_SIGNAL_BASE = 128,    /* 128 + n: ended by signal n */
};

enum outcome_kind {
	OUTCOME_NONE, /* nothing was reported: never success */
	OUTCOME_APP_EXIT,
	OUTCOME_APP_SIGNAL,
	OUTCOME_EXEC_FAILED,
	OUTCOME_SETUP_FAILED,
	OUTCOME_VERIFY_FAILED,
	OUTCOME_PANIC,
	OUTCOME_OOM,
	OUTCOME_BOOT_TIMEOUT,
	OUTCOME_RUN_TIMEOUT,
	OUTCOME_VMM_FAILED,
	OUTCOME_VMM_CRASHED,
	OUTCOME_INTERRUPTED,
	OUTCOME_KINDS /* how many there are */
};

struct outcome {
	enum outcome_kind kind;
	int code;   /* APP_EXIT: the app's exit status; EXEC_FAILED: 126 or 127; else 0 */
	int signal; /* APP_SIGNAL, INTERRUPTED: the signal's number; else 0 */
	char message[OUTCOME_MESSAGE_MAX]; /* why, in words; may be empty; never holds a newline */
};

/* The name used in report lines and result files ("app-exit"), or "none". Never NULL. */
const char *outcome_name(enum outcome_kind kind);

/* The kind that NAME stands for, OUTCOME_NONE when it stands for none. */
enum outcome_kind outcome_from_name(const char *name);

/* The exit code, 0 to 255, that pith ends with for OUTCOME. Only APP_EXIT with code 0 gives 0;
 * an outcome whose fields make no sense gives EXIT_CODE_PITH. */
int outcome_exit_code(const struct outcome *outcome);

/* Fill OUTCOME in one call. The message is formatted as by printf, cut at OUTCOME_MESSAGE_MAX - 1
 * bytes, and control characters in it become spaces. */
void outcome_set(struct outcome *outcome, enum outcome_kind kind, int code, int signal,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));

/* From a wait(2) status: APP_EXIT or APP_SIGNAL, with an empty message. */
void outcome_from_wait_status(struct outcome *outcome, int wait_status);

#endif
