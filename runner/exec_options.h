/* SPDX-License-Identifier: Apache-2.0 */
/* exec_options.h: the options of pith exec, from three sources into one struct. Pure. One table
 * gives the parser its rules and --help its text. */
#ifndef PITH_RUNNER_EXEC_OPTIONS_H
#define PITH_RUNNER_EXEC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config.h"
#include "strv.h"

#define EXEC_OPTIONS_FILE ".pith-exec"
#define EXEC_OPTIONS_ENVIRONMENT "PITH_EXEC_ARGS"

enum exec_warm { EXEC_WARM_AUTO, EXEC_WARM_ON, EXEC_WARM_OFF };
enum exec_tests_format { EXEC_TESTS_OFF, EXEC_TESTS_AUTO, EXEC_TESTS_TAP, EXEC_TESTS_KTAP };
enum exec_tests_output { EXEC_OUTPUT_RAW, EXEC_OUTPUT_TAP, EXEC_OUTPUT_SUMMARY };
enum exec_tests_source { EXEC_SOURCE_STDOUT, EXEC_SOURCE_CONSOLE };

struct exec_options {
	char *kernel;  /* file; "host": the running kernel; NULL: pith's own */
	char *modules; /* the kernel's lib/modules/RELEASE folder; NULL: found beside the kernel */
	struct strv module_names;
	struct strv adds;    /* SRC[=DEST] */
	struct strv envs;    /* NAME=VALUE, or NAME for pith's own value */
	char *cwd;           /* in the guest; NULL: pith's own */
	uint64_t memory_mib; /* 0: by the size of what the guest holds */
	uint64_t cpus;
	char *machine, *cpu; /* as QEMU takes them; NULL: default */
	struct strv appends; /* words for the kernel command line */
	struct strv qemu_args;
	struct strv outputs;      /* GUEST[=HOST] */
	char *user;               /* NAME or UID[:GID]; NULL: root */
	struct strv disks;        /* FILE[:ro] */
	char *sysroot;            /* folder; NULL: this system */
	char *rootfs;             /* folder or image; NULL: none */
	struct strv shares;       /* DIR[=DEST|=TAG][:ro] */
	struct strv nets;         /* as exec_net.h takes them */
	uint64_t timeout_ms;      /* 0: none */
	uint64_t boot_timeout_ms; /* UINT64_MAX: not given; 0: none */
	int transport;            /* enum config_transport */
	int kvm;                  /* enum config_kvm */
	char *keep;               /* folder; NULL: none */
	int warm;                 /* enum exec_warm */
	char *result;             /* file; NULL: none */
	int tests;                /* enum exec_tests_format */
	int tests_output;         /* enum exec_tests_output */
	int tests_source;         /* enum exec_tests_source */
	char *junit;              /* file; NULL: none */
	bool standalone;          /* BINARY is PID 1 */
	bool dry_run, verbose, help;
	char *name;        /* of the run, in messages and results; NULL: BINARY's */
	char *matrix;      /* file; NULL: one run */
	uint64_t jobs;     /* 0: not given */
	char *matrix_run;  /* number or name of the one to run; NULL: all */
	char *matrix_dir;  /* folder for what the runs leave; NULL: nothing stays */
	struct strv given; /* options of the command line, but those of a matrix itself */
	char **argv;       /* BINARY and its arguments, words of the command line; not owned */
	size_t argc;
};

struct exec_error {
	char message[512]; /* one line: what was found, what is accepted */
};

void exec_options_defaults(struct exec_options *options);
void exec_options_free(struct exec_options *options);

/* Apply COUNT words, over what earlier calls set: a value replaces, a list grows. SOURCE names
 * where they come from and then only options are accepted; NULL is the command line, whose first
 * word that is no option, or follows "--", is BINARY. Returns 0, or -EINVAL with ERROR filled. */
int exec_options_apply(struct exec_options *options, char **words, size_t count, const char *source,
		       struct exec_error *error);

/* "UID" or "UID:GID", in decimal digits; the GID is the UID where none is given. Returns 0, or
 * -EINVAL for anything else, a user's name say, and for the number that means "none" to the kernel.
 */
int exec_options_user(const char *text, unsigned *uid, unsigned *gid);

/* Split the content of PITH_EXEC_ARGS: words separated by white space; quotes and backslash as in a
 * POSIX shell, nothing is expanded. Returns 0, or -EINVAL for a quote without its end. */
int exec_options_split(const char *text, struct strv *words, struct exec_error *error);

/* Split the content of a .pith-exec file: a word a line, as it stands; white space around it, empty
 * lines and lines that begin with # are passed over. Returns 0, or -EINVAL for a NUL byte. */
int exec_options_lines(const char *text, size_t size, struct strv *words, struct exec_error *error);

/* What the option --NAME (given without the dashes) takes, for a matrix file. */
enum exec_option_takes {
	EXEC_OPTION_UNKNOWN,
	EXEC_OPTION_NO_RUN, /* not an option of one run: --matrix, --help, ... */
	EXEC_OPTION_NOTHING,
	EXEC_OPTION_VALUE,
	EXEC_OPTION_VALUES, /* may be repeated */
};
enum exec_option_takes exec_options_takes(const char *name);
/* The option whose name is nearest to --NAME, without its dashes; NULL for none. */
const char *exec_options_nearest(const char *name);

/* Write the list of options, for --help. */
void exec_options_help(FILE *out);

#endif
