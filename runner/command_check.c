/* SPDX-License-Identifier: Apache-2.0 */
/* command_check.c: pith check: is a configuration valid? */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "config.h"
#include "message.h"

static const char help[] =
    "Usage: pith check CONFIG\n"
    "\n"
    "Reads a configuration and prints every error in it, one a line, in the order of the file:\n"
    "FILE:LINE:COLUMN: what was found; what is accepted. Starts nothing, and looks at no other "
    "file.\n"
    "Exit codes: 0 valid, 2 not valid, or wrong usage.\n";

int command_check(int argc, char **argv)
{
	struct config *config = NULL;
	struct config_errors errors = {0};

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	bool is_operand = command_ends_options(&argc, &argv);
	if (argc != 2 || (argv[1][0] == '-' && !is_operand)) {
		say_error("check: usage: pith check CONFIG");
		return 2;
	}
	if (config_load(argv[1], &config, &errors) != 0)
		for (size_t i = 0; i < errors.messages.count; i++)
			puts(errors.messages.items[i]);
	config_free(config);
	int code = errors.messages.count == 0 ? 0 : 2;
	config_errors_free(&errors);
	return code;
}
