/* SPDX-License-Identifier: Apache-2.0 */
/* command.h: the subcommands of pith, each in a file of its own (run in command_run.c, and so on).
 * argv[0] is the subcommand's name; the return value is pith's exit code. Wrong usage is exit code
 * 2 with one line that says what is accepted. */
#ifndef PITH_RUNNER_COMMAND_H
#define PITH_RUNNER_COMMAND_H

#include <stdbool.h>
#include <string.h>

/* Whether ARGV[1] is "--", the end of the options (POSIX.1-2017 12.2, guideline 10): it is dropped,
 * and what follows is an operand, whatever it begins with. For commands that use no getopt(3). */
static inline bool command_ends_options(int *argc, char ***argv)
{
	if (*argc < 2 || strcmp((*argv)[1], "--") != 0)
		return false;
	--*argc;
	++*argv;
	return true;
}

int command_cache(int argc, char **argv);
int command_check(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_exec(int argc, char **argv);
int command_image(int argc, char **argv);
int command_junit_merge(int argc, char **argv);
int command_measure(int argc, char **argv);
int command_readonly(int argc, char **argv);
int command_run(int argc, char **argv);
int command_send(int argc, char **argv);
int command_show(int argc, char **argv);
int command_timeline(int argc, char **argv);
int command_version(int argc, char **argv);
int command_vm(int argc, char **argv);

#endif
