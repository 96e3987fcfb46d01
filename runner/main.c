/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: pith, the runner and command line: the table of subcommands. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../init/outcome.h"
#include "command.h"
#include "message.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
    {"cache", command_cache, "list or clear what is kept for later runs"},
    {"check", command_check, "check a configuration"},
    {"doctor", command_doctor, "look at what this machine has of what VMs need"},
    {"exec", command_exec, "run one program in a fresh kernel"},
    {"image", command_image, "build, verify and show app images"},
    {"junit-merge", command_junit_merge, "put several JUnit files into one"},
    {"measure", command_measure, "predict a trusted boot measure from files"},
    {"readonly", command_readonly, "run a helper that sees a folder it cannot write to"},
    {"run", command_run, "run a configuration"},
    {"send", command_send, "within a guest: send files to the base system"},
    {"show", command_show, "print the command lines of a configuration"},
    {"timeline", command_timeline, "show where the time of a run went"},
    {"version", command_version, "print the version"},
    {"vm", command_vm, "run a virtual machine from the command line alone"},
};

int command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts("pith " PITH_VERSION);
	return 0;
}

static void print_help(void)
{
	puts("Usage: pith COMMAND ...\n"
	     "       pith CONFIG.toml       like pith run CONFIG.toml\n\n"
	     "Commands (each explains itself with --help; -- ends the options):");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-11s %s\n", commands[i].name, commands[i].summary);
}

/* A lone word that ends in .toml is a configuration to run, as OpenSUT's vm_runner took it. */
static bool is_config(int argc, const char *word)
{
	size_t size = strlen(word);

	return argc == 2 && word[0] != '-' && size > 5 && strcmp(word + size - 5, ".toml") == 0;
}

/* A standard descriptor that pith was started without would go to the next file it opens. */
static void fill_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int run(int argc, char **argv)
{
	const char *word = argc >= 2 ? argv[1] : "";

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(word, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (is_config(argc, word))
		return command_run(argc, argv);
	if (strcmp(word, "--version") == 0)
		return command_version(argc, argv);
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
		print_help();
		return 0;
	}
	say_error("%s%s: pith --help lists what is accepted",
		  argc < 2 ? "no command given" : "unknown command ", word);
	return 2;
}

/* What was printed has been written, or it is no success. */
int main(int argc, char **argv)
{
	fill_standard_descriptors();

	int exit_code = run(argc, argv);

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return exit_code;
	say_error("standard output: %s", strerror(errno != 0 ? errno : EIO));
	return exit_code != 0 ? exit_code : EXIT_CODE_PITH;
}
