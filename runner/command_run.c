/* SPDX-License-Identifier: Apache-2.0 */
/* command_run.c: pith run: run the processes of a configuration. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_socket.h"
#include "command.h"
#include "config.h"
#include "duration.h"
#include "events.h"
#include "guard.h"
#include "launch.h"
#include "message.h"
#include "output_file.h"
#include "result.h"
#include "result_tests.h"
#include "run_dir.h"
#include "spawn.h"
#include "summary.h"
#include "supervise.h"
#include "terminal.h"

static const char help[] =
    "Usage: pith run [OPTIONS] CONFIG\n"
    "       pith CONFIG\n"
    "\n"
    "Runs the processes of a configuration (pith.toml(5)) and ends with the exit code of the "
    "first\n"
    "that fails, or 0.\n"
    "\n"
    "  --boot-timeout TIME  until the app in a VM starts (default 60s, 240s under emulation; 0: "
    "none)\n"
    "  --timeout TIME       for the whole run (default: none)\n"
    "  --result FILE        write how it ended as JSON\n"
    "  --events FILE        write what happens as JSON lines while it does, guests included\n"
    "  --junit FILE         write how each process ended as JUnit XML\n"
    "  --tap                print the same as TAP at the end\n"
    "  --no-labels          output of several processes as it is, without names before the lines\n"
    "  -v, --verbose        show the guest's console and every step\n"
    "  -q, --quiet          show only errors\n"
    "  --help\n"
    "\n"
    "TIME is a number with ms, s, m or h (10s, 1.5m); a bare number is seconds.\n"
    "Exit codes: the app's own; 128+n for signal n; 127 not found; 126 not executable; 125 pith,\n"
    "guest set-up, verification, a panic or QEMU failed; 124 a time limit passed; 2 configuration\n"
    "not valid, or wrong usage.\n";

struct run_arguments {
	struct supervise_options options;
	const char *result_path, *events_path, *junit_path;
	bool tap;
	const char *config_path;
};

__attribute__((format(printf, 1, 2))) static int usage_error(const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	say_error("run: %s; see pith run --help", message);
	return -1;
}

/* The value of an option at *INDEX, given as "--option VALUE" or "--option=VALUE"; NULL when word
 * *INDEX is another option. "" stands for a missing value. */
static const char *option_value(char **argv, int argc, int *index, const char *option)
{
	const char *word = argv[*index];
	size_t size = strlen(option);

	if (strncmp(word, option, size) != 0)
		return NULL;
	if (word[size] == '=')
		return word + size + 1;
	if (word[size] != '\0')
		return NULL;
	return *index + 1 < argc ? argv[++*index] : "";
}

static int take_path(const char **path, const char *value, const char *option)
{
	*path = value;
	return value[0] == '\0' ? usage_error("%s wants a file", option) : 0;
}

static int take_config(struct run_arguments *arguments, const char *word)
{
	if (arguments->config_path != NULL)
		return usage_error("'%s': one configuration is accepted", word);
	arguments->config_path = word;
	return 0;
}

static int parse_word(char **argv, int argc, int *index, struct run_arguments *arguments)
{
	const char *word = argv[*index], *value;

	if ((value = option_value(argv, argc, index, "--boot-timeout")) != NULL) {
		arguments->options.has_boot_timeout = true;
		if (duration_parse(value, &arguments->options.boot_timeout_ms) < 0)
			return usage_error("--boot-timeout '%s': accepted are 10s, 500ms, 2m, 1h",
					   value);
	} else if ((value = option_value(argv, argc, index, "--timeout")) != NULL) {
		if (duration_parse(value, &arguments->options.run_timeout_ms) < 0)
			return usage_error("--timeout '%s': accepted are 10s, 500ms, 2m, 1h",
					   value);
	} else if ((value = option_value(argv, argc, index, "--result")) != NULL) {
		return take_path(&arguments->result_path, value, "--result");
	} else if ((value = option_value(argv, argc, index, "--events")) != NULL) {
		return take_path(&arguments->events_path, value, "--events");
	} else if ((value = option_value(argv, argc, index, "--junit")) != NULL) {
		return take_path(&arguments->junit_path, value, "--junit");
	} else if (strcmp(word, "--tap") == 0) {
		arguments->tap = true;
	} else if (strcmp(word, "-v") == 0 || strcmp(word, "--verbose") == 0) {
		message_verbose = true;
	} else if (strcmp(word, "-q") == 0 || strcmp(word, "--quiet") == 0) {
		message_quiet = true;
	} else if (strcmp(word, "--no-labels") == 0) {
		arguments->options.no_labels = true;
	} else if (word[0] == '-' && word[1] != '\0') {
		return usage_error("unknown option '%s'", word);
	} else {
		return take_config(arguments, word);
	}
	return 0;
}

/* 0; 1 when help was asked for and given; -1 for wrong usage, said. */
static int parse_arguments(int argc, char **argv, struct run_arguments *arguments)
{
	int i = 1;

	for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			fputs(help, stdout);
			return 1;
		}
		if (parse_word(argv, argc, &i, arguments) < 0)
			return -1;
	}
	for (i++; i < argc; i++)
		if (take_config(arguments, argv[i]) < 0)
			return -1;
	if (arguments->config_path == NULL)
		return usage_error("CONFIG is missing");
	return 0;
}

/* mode = "exec": the shell process takes pith's place, PID and all. Returns only on failure. */
static int replace_pith(const struct config_process *process)
{
	struct credentials credentials;
	struct outcome failure;
	struct strv argv = {0}, env = {0};
	int boot_fd = boot_socket_for(process);

	launch_argv(process, &argv);
	for (size_t i = 0; i < process->env.count; i++)
		strv_add(&env, process->env.items[i]);
	if (boot_fd >= 0 && fcntl(boot_fd, F_SETFD, 0) == 0)
		boot_socket_tell(&env, boot_fd);
	if (credentials_find(process->user, process->group, &credentials, &failure) == 0) {
		const struct spawn spawn = {
		    .argv = argv.items,
		    .cwd = process->cwd,
		    .env = env.items,
		    .credentials = &credentials,
		    .privileges = &process->privileges,
		    .rlimits = process->rlimits,
		    .rlimit_count = process->rlimit_count,
		};
		spawn_replace(&spawn, &failure);
	}
	say_error("%s: %s: %s", process->name, outcome_name(failure.kind), failure.message);
	FILE *out = events_begin("process-end", process->name);
	events_add_outcome(out, &failure);
	events_end();
	strv_free(&argv);
	strv_free(&env);
	return outcome_exit_code(&failure);
}

static bool needs_run_dir(const struct config *config)
{
	for (size_t i = 0; i < config->process_count; i++)
		if (config->processes[i].type == PROCESS_VM &&
		    vm_helpers_are_needed(&config->processes[i].vm))
			return true;
	return false;
}

/* A time limit or a report needs somebody who stays. */
static bool needs_to_stay(const struct run_arguments *arguments)
{
	return arguments->options.run_timeout_ms != 0 || arguments->result_path != NULL ||
	       arguments->events_path != NULL || arguments->junit_path != NULL || arguments->tap;
}

/* All that was asked for, even when one of them cannot be written. */
static bool write_reports(const struct run_arguments *arguments,
			  const struct supervise_result *result)
{
	bool good = true;

	if (arguments->tap)
		result_tests_print_tap(result);
	if (arguments->result_path != NULL)
		good &= result_write(arguments->result_path, result) == 0;
	if (arguments->junit_path != NULL)
		good &= result_tests_write_junit(arguments->junit_path, result) == 0;
	return good;
}

static int run_config(const struct config *config, const struct run_arguments *arguments)
{
	struct supervise_result result;
	int exit_code;

	events_init();
	boot_socket_init();
	if (output_file_check(arguments->result_path) < 0 ||
	    output_file_check(arguments->junit_path) < 0)
		return EXIT_CODE_PITH;
	if (arguments->events_path != NULL && events_open(arguments->events_path) < 0)
		return EXIT_CODE_PITH;
	if (config->mode == CONFIG_EXEC && config->processes[0].type == PROCESS_SHELL &&
	    !needs_to_stay(arguments))
		return replace_pith(&config->processes[0]);
	terminal_save();
	if (needs_run_dir(config) && run_dir_make() < 0)
		return EXIT_CODE_PITH;
	guard_start();
	exit_code = supervise_run(config, &arguments->options, &result);
	summary_run(&result);
	if (!write_reports(arguments, &result) && exit_code == 0)
		exit_code = EXIT_CODE_PITH;
	supervise_free(&result);
	run_dir_remove();
	return exit_code;
}

int command_run(int argc, char **argv)
{
	struct run_arguments arguments = {0};
	struct config *config = NULL;
	struct config_errors errors = {0};
	int result = parse_arguments(argc, argv, &arguments);

	if (result != 0)
		return result > 0 ? 0 : 2;
	if (config_load(arguments.config_path, &config, &errors) != 0) {
		for (size_t i = 0; i < errors.messages.count; i++)
			say_error("%s", errors.messages.items[i]);
		config_errors_free(&errors);
		return 2;
	}
	int exit_code = run_config(config, &arguments);
	config_free(config);
	return exit_code;
}
