/* SPDX-License-Identifier: Apache-2.0 */
/* command_exec.c: pith exec: run one binary in a fresh kernel, as if it ran here. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "duration.h"
#include "events.h"
#include "exec_options.h"
#include "exec_output.h"
#include "exec_plan.h"
#include "exec_tests.h"
#include "guard.h"
#include "matrix.h"
#include "matrix_run.h"
#include "message.h"
#include "output_file.h"
#include "result.h"
#include "run_dir.h"
#include "summary.h"
#include "supervise.h"
#include "terminal.h"
#include "text.h"

#define OPTIONS_FILE_MAX (1 << 20)

static const char help_head[] =
    "Usage: pith exec [OPTIONS] BINARY [ARGUMENTS]\n"
    "\n"
    "Boots a virtual machine and runs BINARY in it, with its libraries and ARGUMENTS byte for "
    "byte:\n"
    "standard input, output and error are pith's own, and so is the exit code.\n"
    "\n";

static const char help_tail[] =
    "  * may be repeated\n"
    "\n"
    "Options also come from the file " EXEC_OPTIONS_FILE " (an option a line, # comments) of this\n"
    "folder or the nearest one above it, and from $" EXEC_OPTIONS_ENVIRONMENT
    ", in this order before\n"
    "the command line. TIME is a number with ms, s, m or h.\n"
    "Exit codes: BINARY's own; 128+n for signal n; 127 not found; 126 not executable; 125 pith,\n"
    "guest set-up, a panic or QEMU failed; 124 a time limit passed; 2 wrong usage. Of a matrix: 0\n"
    "every run ended with 0; 1 one did not; 128+n stopped by signal n; 125 a file cannot be "
    "written.\n";

static int usage_error(const char *message)
{
	say_error("exec: %s; see pith exec --help", message);
	return -1;
}

/* --- Sources -----------------------------------------------------------------------------------
 */

/* The nearest .pith-exec from this folder upwards; -1 for none. PATH gets its name. */
static int open_options_file(char path[PATH_MAX])
{
	char *slash;

	if (getcwd(path, PATH_MAX - sizeof("/" EXEC_OPTIONS_FILE)) == NULL)
		return -1;
	slash = path + (path[1] == '\0' ? 0 : strlen(path));
	for (;;) {
		strcpy(slash, "/" EXEC_OPTIONS_FILE);
		int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0 || slash == path)
			return fd;
		*slash = '\0';
		slash = strrchr(path, '/');
	}
}

/* An option can name any program (--qemu-arg): what another user wrote into a folder above, such as
 * /tmp, is not obeyed. */
static const char *check_options_file(int fd, struct stat *status)
{
	if (fstat(fd, status) != 0)
		return strerror(errno);
	if (!S_ISREG(status->st_mode))
		return "it is not a regular file";
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return "it belongs to another user, and is not obeyed";
	return status->st_size > OPTIONS_FILE_MAX ? "it is longer than 1 MiB" : NULL;
}

static int apply_file(struct exec_options *options, struct strv *words)
{
	char path[PATH_MAX], source[PATH_MAX + sizeof(struct exec_error) + 4], *text;
	struct exec_error error;
	struct stat status;
	int fd = open_options_file(path), result;

	if (fd < 0)
		return 0;
	const char *problem = check_options_file(fd, &status);
	text = problem == NULL ? malloc((size_t)status.st_size + 1) : NULL;
	ssize_t size = text == NULL ? 0 : read(fd, text, (size_t)status.st_size);
	if (problem == NULL && size != status.st_size)
		problem = "it cannot be read";
	close(fd);
	if (problem == NULL && exec_options_lines(text, (size_t)size, words, &error) != 0)
		problem = error.message;
	if (problem != NULL) {
		snprintf(source, sizeof(source), "%s: %s", path, problem);
		free(text);
		return usage_error(source);
	}
	result = exec_options_apply(options, words->items, words->count, path, &error);
	free(text);
	return result == 0 ? 0 : usage_error(error.message);
}

static int apply_environment(struct exec_options *options, struct strv *words)
{
	const char *text = getenv(EXEC_OPTIONS_ENVIRONMENT);
	struct exec_error error;

	if (text == NULL)
		return 0;
	if (exec_options_split(text, words, &error) != 0 ||
	    exec_options_apply(options, words->items, words->count, EXEC_OPTIONS_ENVIRONMENT,
			       &error) != 0)
		return usage_error(error.message);
	return 0;
}

static int check_matrix(const struct exec_options *options)
{
	if (options->matrix == NULL &&
	    (options->jobs != 0 || options->matrix_run != NULL || options->matrix_dir != NULL))
		return usage_error("--jobs, --matrix-run and --matrix-dir need --matrix");
	if (options->matrix != NULL && options->name != NULL)
		return usage_error("--name is not for a matrix, whose runs have names");
	if (options->matrix != NULL && options->matrix_run == NULL && options->result != NULL)
		return usage_error("--result is of one run; --matrix-dir keeps those of all");
	return 0;
}

/* The one that comes last would be all there is, and nobody would know. */
static int check_outputs(const struct exec_options *options)
{
	const char *first, *second;
	char message[1024];

	if (!exec_output_clash(options->outputs.items, options->outputs.count, &first, &second))
		return 0;
	snprintf(message, sizeof(message), "--output '%.300s' and '%.300s' go to the same place",
		 first, second);
	return usage_error(message);
}

static int read_options(struct exec_options *options, int argc, char **argv)
{
	struct strv file_words = {0}, environment_words = {0};
	struct exec_error error;
	int result = apply_file(options, &file_words);

	if (result == 0)
		result = apply_environment(options, &environment_words);
	if (result == 0 &&
	    exec_options_apply(options, argv + 1, (size_t)argc - 1, NULL, &error) != 0)
		result = usage_error(error.message);
	if (result == 0 && !options->help && options->argc == 0 && options->matrix == NULL)
		result = usage_error("BINARY is missing");
	if (result == 0 && options->tests == EXEC_TESTS_OFF && options->matrix == NULL &&
	    options->tests_output != EXEC_OUTPUT_RAW)
		result = usage_error("--tests-output needs --tests");
	if (result == 0 && options->tests == EXEC_TESTS_OFF && options->matrix == NULL &&
	    options->tests_source != EXEC_SOURCE_STDOUT)
		result = usage_error("--tests-source needs --tests");
	if (result == 0)
		result = check_matrix(options);
	if (result == 0)
		result = check_outputs(options);
	if (result == 0 && options->standalone &&
	    (options->user != NULL || options->outputs.count > 0))
		result = usage_error("--user and --output need pith-init, which --standalone ends");
	strv_free(&file_words);
	strv_free(&environment_words);
	return result;
}

/* --- Run ---------------------------------------------------------------------------------------
 */

/* A plan that failed ends like a process that could not be started. */
static void fail_before_start(const struct exec_plan *plan, const struct outcome *failure,
			      struct supervise_result *result)
{
	*result = (struct supervise_result){.count = 1, .outcome = *failure};
	result->started_us = result->ended_us = duration_now_us();
	result->processes = calloc(1, sizeof(*result->processes));
	if (result->processes == NULL)
		die_out_of_memory();
	result->processes[0] =
	    (struct supervised){.config = &plan->process, .has_ended = true, .outcome = *failure};
	result->first_failure = &result->processes[0];
	summary_process(&result->processes[0], true);
}

static int run(struct exec_plan *plan, const struct exec_options *options, struct exec_tests *tests,
	       struct supervise_result *result)
{
	struct supervise_options supervise = {
	    .has_boot_timeout = options->boot_timeout_ms != UINT64_MAX,
	    .boot_timeout_ms = options->boot_timeout_ms,
	    .run_timeout_ms = options->timeout_ms,
	    .addition = &plan->addition,
	};

	events_init();
	if (vm_helpers_are_needed(&plan->process.vm) && run_dir_make() < 0)
		return EXIT_CODE_PITH;
	guard_start();
	/* This process reads the terminal, and has just left the group that could. */
	if (plan->addition.use_stdin && terminal_is_ours())
		terminal_give(getpgrp());
	plan->addition.take_context = tests;
	plan->addition.drops_output = options->tests_output != EXEC_OUTPUT_RAW;
	if (options->tests != EXEC_TESTS_OFF && options->tests_source == EXEC_SOURCE_CONSOLE)
		plan->addition.take_console = exec_tests_feed;
	else if (options->tests != EXEC_TESTS_OFF)
		plan->addition.take_output = exec_tests_feed;
	int exit_code = supervise_run(&plan->config, &supervise, result);
	run_dir_remove();
	return exit_code;
}

/* Of a program that ran, however it ended. Where the guest did not come so far, that is the
 * failure, and nothing was sent. */
static int take_outputs(const struct exec_plan *plan, const struct supervise_result *result)
{
	bool ran = result->outcome.kind == OUTCOME_APP_EXIT ||
		   result->outcome.kind == OUTCOME_APP_SIGNAL ||
		   lseek(plan->addition.outputs_fd, 0, SEEK_END) > 0;

	return ran ? exec_output_unpack(plan->addition.outputs_fd, plan->outputs,
					plan->output_count)
		   : 0;
}

static int begin_keep(struct exec_plan *plan, const char *folder, struct outcome *failure)
{
	int result = vm_keep_begin(&plan->addition.keep, folder);

	if (result != 0)
		outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0,
			    "--keep %.200s: %s; accepted is a new or empty folder", folder,
			    strerror(-result));
	return result;
}

static int end_keep(struct exec_plan *plan, const char *folder,
		    const struct supervise_result *result)
{
	char *path = text_format("%s/result.json", folder);
	int written = plan->addition.keep.folder == 0 ? 0 : result_write(path, result);

	vm_keep_end(&plan->addition.keep);
	free(path);
	return written;
}

static int exec(const struct exec_options *options)
{
	static struct exec_tests tests;
	struct exec_plan plan = {0};
	struct supervise_result result = {0};
	struct outcome failure;
	int exit_code = 0;

	message_verbose = options->verbose;
	message_quiet = !options->verbose;
	if (output_file_check(options->result) < 0 || output_file_check(options->junit) < 0)
		return EXIT_CODE_PITH;
	terminal_save();
	bool is_planned = exec_plan_make(&plan, options, &failure) == 0;
	if (is_planned && options->dry_run) {
		/* What a run adds below, for which a guest boots. */
		plan.addition.warm &=
		    options->keep == NULL && (options->tests == EXEC_TESTS_OFF ||
					      options->tests_source != EXEC_SOURCE_CONSOLE);
		exec_plan_print(&plan, stdout);
		exec_plan_free(&plan);
		return 0;
	}
	if (is_planned && options->keep != NULL)
		is_planned = begin_keep(&plan, options->keep, &failure) == 0;
	if (options->tests != EXEC_TESTS_OFF)
		exec_tests_begin(&tests, options);
	if (is_planned && plan.output_count > 0) {
		plan.addition.outputs_fd = exec_output_spool();
		if (plan.addition.outputs_fd < 0) {
			say_error("--output: no temporary file: %s",
				  strerror(-plan.addition.outputs_fd));
			return EXIT_CODE_PITH;
		}
	}
	if (is_planned) {
		exit_code = run(&plan, options, &tests, &result);
	} else {
		fail_before_start(&plan, &failure, &result);
		exit_code = outcome_exit_code(&failure);
	}
	if (is_planned && plan.output_count > 0 && take_outputs(&plan, &result) != 0 &&
	    exit_code == 0)
		exit_code = EXIT_CODE_PITH;
	if (options->tests != EXEC_TESTS_OFF)
		exit_code = exec_tests_end(&tests, options, &result);
	else if (options->junit != NULL && exec_tests_run_junit(options, &result) != 0 &&
		 exit_code == 0)
		exit_code = EXIT_CODE_PITH;
	if (options->result != NULL && result_write(options->result, &result) < 0 && exit_code == 0)
		exit_code = EXIT_CODE_PITH;
	if (is_planned && options->keep != NULL && end_keep(&plan, options->keep, &result) < 0 &&
	    exit_code == 0)
		exit_code = EXIT_CODE_PITH;
	supervise_free(&result);
	exec_plan_free(&plan);
	return exit_code;
}

static int exec_matrix(const struct exec_options *options)
{
	struct matrix matrix = {0};
	struct strv errors = {0};
	const struct matrix_run *run = NULL;
	int exit_code = 2;

	if (matrix_read(&matrix, options->matrix, &errors) != 0) {
		for (size_t i = 0; i < errors.count; i++)
			say_error("%s", errors.items[i]);
	} else if (options->matrix_run != NULL &&
		   (run = matrix_find(&matrix, options->matrix_run)) == NULL) {
		say_error("exec: --matrix-run '%.100s': accepted is 1 to %zu, or a name that "
			  "--matrix %s --dry-run lists",
			  options->matrix_run, matrix.count, options->matrix);
	} else if (matrix_has_binaries(&matrix, options)) {
		if (run != NULL)
			exit_code = matrix_run_one(&matrix, run, options);
		else if (options->dry_run)
			exit_code = (matrix_print(&matrix, options, stdout), 0);
		else
			exit_code = matrix_run_all(&matrix, options);
	}
	strv_free(&errors);
	matrix_free(&matrix);
	return exit_code;
}

int command_exec(int argc, char **argv)
{
	struct exec_options options;
	int exit_code = 0;

	exec_options_defaults(&options);
	if (read_options(&options, argc, argv) != 0) {
		exit_code = 2;
	} else if (options.help) {
		fputs(help_head, stdout);
		exec_options_help(stdout);
		fputs(help_tail, stdout);
	} else if (options.matrix != NULL) {
		exit_code = exec_matrix(&options);
	} else {
		exit_code = exec(&options);
	}
	exec_options_free(&options);
	return exit_code;
}
