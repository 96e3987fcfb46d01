/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: pith, the runner and command line: the table of subcommands. */
#include <stdio.h>
#include <string.h>

#include "../init/outcome.h"
#include "command.h"
#include "message.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
    {"check", command_check, "check a configuration"},
    {"image", command_image, "build app images"},
    {"show", command_show, "print the command lines of a configuration"},
    {"version", command_version, "print the version"},
};

int command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("pith " PITH_VERSION);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 2)
		for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
			if (strcmp(argv[1], commands[i].name) == 0)
				return commands[i].run(argc - 1, argv + 1);
	say_error("usage");
	return 2;
}
