/* SPDX-License-Identifier: Apache-2.0 */
/* matrix_run.c: the runs of a matrix as processes.
 *
 * 1. Each run is a pith exec of its own, with the words of the file before those of the command
 *    line, nothing on its standard input, and its output in a file.
 * 2. As many as were asked for run at a time; the next is started when one ends.
 * 3. A signal is passed on to those that run, and none is started after it.
 * 4. In the end the JUnit parts that they wrote become one file; a part that is missing is an
 *    error in it. */
#include "matrix_run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../init/outcome.h"
#include "duration.h"
#include "guard.h"
#include "json.h"
#include "junit.h"
#include "junit_merge.h"
#include "matrix_table.h"
#include "message.h"
#include "output_file.h"
#include "run_dir.h"
#include "signals.h"
#include "spawn.h"
#include "terminal.h"

#define SHOW_MS 200
#define RESULT_MAX (16 << 20)
#define PITH_PROGRAM "/proc/self/exe"

struct job {
	const struct matrix_run *run;
	pid_t pid;  /* 0: does not run */
	char *stem; /* path of its files, without .log, .json, .xml */
	FILE *log;  /* while it runs */
	bool ended;
	uint64_t started_us, ended_us;
	int exit_code;
	char words[256];
};

struct schedule {
	const struct matrix *matrix;
	const struct exec_options *options;
	struct job *jobs; /* as many as the matrix has runs */
	size_t at_a_time, started, running, ended, failed;
	int signal_fd;
	int stop_signal; /* 0: none came */
	int null_fd;
	struct matrix_table table;
	struct matrix_row *rows; /* room for what the table shows */
};

/* --- Command lines -----------------------------------------------------------------------------
 */

static const char *binary_of(const struct matrix_run *run, const struct exec_options *options)
{
	return run->binary != NULL ? run->binary : options->argc > 0 ? options->argv[0] : NULL;
}

bool matrix_has_binaries(const struct matrix *matrix, const struct exec_options *options)
{
	for (size_t i = 0; i < matrix->count; i++) {
		if (binary_of(&matrix->runs[i], options) != NULL)
			continue;
		say_error("exec: %s: run '%s' has no program; give BINARY on the command line, or "
			  "'binary' in the file",
			  options->matrix, matrix->runs[i].name);
		return false;
	}
	return true;
}

/* STEM: of the files for its result and JUnit part; NULL: none. */
static void make_command(const struct matrix_run *run, const struct exec_options *options,
			 const char *stem, struct strv *argv)
{
	strv_add(argv, "exec");
	for (size_t i = 0; i < run->words.count; i++)
		strv_add(argv, run->words.items[i]);
	for (size_t i = 0; i < options->given.count; i++)
		strv_add(argv, options->given.items[i]);
	strv_addf(argv, "--name=%s", run->name);
	if (stem != NULL) {
		strv_addf(argv, "--result=%s.json", stem);
		strv_addf(argv, "--junit=%s.xml", stem);
	}
}

static void add_program(const struct matrix_run *run, const struct exec_options *options,
			struct strv *argv)
{
	strv_add(argv, "--");
	strv_add(argv, binary_of(run, options));
	for (size_t i = 1; i < options->argc; i++)
		strv_add(argv, options->argv[i]);
}

void matrix_print(const struct matrix *matrix, const struct exec_options *options, FILE *out)
{
	for (size_t i = 0; i < matrix->count; i++) {
		struct strv argv = {0};
		strv_add(&argv, "pith");
		make_command(&matrix->runs[i], options, NULL, &argv);
		add_program(&matrix->runs[i], options, &argv);
		fprintf(out, "%zu\t%s\t", i + 1, matrix->runs[i].name);
		strv_print_quoted(out, argv.items);
		strv_free(&argv);
	}
}

/* "DIR/003-6.1-four": a run's number keeps names apart that differ in "/" only. */
static char *make_stem(const char *dir, size_t number, const char *name)
{
	char *stem;
	int head = snprintf(NULL, 0, "%s/%03zu-", dir, number);

	if (head < 0 || asprintf(&stem, "%s/%03zu-%s", dir, number, name) < 0)
		die_out_of_memory();
	for (char *c = stem + head; *c != '\0'; c++)
		if (*c == '/')
			*c = '-';
	return stem;
}

/* Returns its path, or NULL after saying why. Runs may have folders of their own. */
static const char *make_dir(const struct exec_options *options)
{
	if (options->matrix_dir == NULL)
		return run_dir_make() == 0 ? run_dir_path() : NULL;
	if (mkdir(options->matrix_dir, 0777) == 0 || errno == EEXIST)
		return options->matrix_dir;
	say_error("--matrix-dir %s: %s", options->matrix_dir, strerror(errno));
	return NULL;
}

int matrix_run_one(const struct matrix *matrix, const struct matrix_run *run,
		   const struct exec_options *options)
{
	struct strv argv = {0};
	char *stem = NULL;

	if (options->matrix_dir != NULL && !options->dry_run) {
		if (make_dir(options) == NULL)
			return EXIT_CODE_PITH;
		stem = make_stem(options->matrix_dir, (size_t)(run - matrix->runs) + 1, run->name);
	}
	strv_add(&argv, "pith");
	make_command(run, options, stem, &argv);
	if (options->result != NULL)
		strv_addf(&argv, "--result=%s", options->result);
	if (options->junit != NULL)
		strv_addf(&argv, "--junit=%s", options->junit);
	if (options->dry_run)
		strv_add(&argv, "--dry-run");
	add_program(run, options, &argv);
	execv(PITH_PROGRAM, argv.items);
	say_error("exec: %s: %s", PITH_PROGRAM, strerror(errno));
	return EXIT_CODE_PITH;
}

/* --- Start and end of a run --------------------------------------------------------------------
 */

static int start_job(struct schedule *schedule, struct job *job)
{
	struct strv argv = {0};
	struct outcome failure;
	char *path;
	int result = 0;

	if (asprintf(&path, "%s.log", job->stem) < 0)
		die_out_of_memory();
	job->log = fopen(path, "w+e");
	if (job->log == NULL) {
		say_error("%s: %s", path, strerror(errno));
		free(path);
		return -1;
	}
	free(path);
	strv_add(&argv, PITH_PROGRAM);
	make_command(job->run, schedule->options, job->stem, &argv);
	add_program(job->run, schedule->options, &argv);
	const struct spawn spawn = {
	    .argv = argv.items,
	    .stdin_fd = schedule->null_fd,
	    .stdout_fd = fileno(job->log),
	    .stderr_fd = fileno(job->log),
	};
	job->started_us = duration_now_us();
	if (spawn_start(&spawn, &job->pid, &failure) < 0) {
		say_error("%s: %s", job->run->name, failure.message);
		fclose(job->log);
		job->log = NULL;
		job->pid = 0;
		result = -1;
	} else {
		schedule->running++;
	}
	strv_free(&argv);
	return result;
}

/* What the result file says, for the table. */
static void read_words(struct job *job)
{
	char *path, *text;
	struct json_value *json = NULL;
	FILE *in;

	if (asprintf(&path, "%s.json", job->stem) < 0 || (text = malloc(RESULT_MAX)) == NULL)
		die_out_of_memory();
	in = fopen(path, "re");
	size_t size = in == NULL ? 0 : fread(text, 1, RESULT_MAX, in);
	if (in != NULL)
		fclose(in);
	if (size < RESULT_MAX && json_parse(text, size, &json) == 0) {
		const char *outcome = json_get_string(json, "outcome");
		const char *message = json_get_string(json, "message");
		if (outcome == NULL || message == NULL)
			snprintf(job->words, sizeof(job->words), "no outcome");
		else if (strcmp(outcome, "app-exit") != 0)
			snprintf(job->words, sizeof(job->words), "%s%s%s", outcome,
				 *message == '\0' ? "" : ": ", message);
		else if (json_get_integer(json, "code", -1) == 0)
			snprintf(job->words, sizeof(job->words), "the program ended with 0, but %s",
				 job->exit_code == EXIT_CODE_PITH ? "files are missing"
								  : "tests failed");
		else
			snprintf(job->words, sizeof(job->words), "%s", message);
		json_free(json);
	}
	free(text);
	free(path);
}

static void end_job(struct schedule *schedule, struct job *job, int wait_status)
{
	job->ended_us = duration_now_us();
	job->pid = 0;
	job->ended = true;
	if (WIFSIGNALED(wait_status)) {
		job->exit_code = EXIT_CODE_SIGNAL_BASE + WTERMSIG(wait_status);
		snprintf(job->words, sizeof(job->words), "its pith was ended by %s",
			 signals_name(WTERMSIG(wait_status)));
	} else {
		job->exit_code = WEXITSTATUS(wait_status);
		if (job->exit_code != 0)
			read_words(job);
	}
	schedule->running--;
	schedule->ended++;
	schedule->failed += job->exit_code != 0;
	const struct matrix_row row = {job->run->name, job->ended_us - job->started_us,
				       job->exit_code, job->words};
	matrix_table_ended(&schedule->table, &row, schedule->stop_signal == 0 ? job->log : NULL);
	fclose(job->log);
	job->log = NULL;
}

/* What is no job of ours is an orphan that came to us: reaped. */
static void reap(struct schedule *schedule)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < schedule->started; i++)
			if (schedule->jobs[i].pid == pid)
				end_job(schedule, &schedule->jobs[i], status);
}

/* --- The loop ----------------------------------------------------------------------------------
 */

static void take_signal(struct schedule *schedule)
{
	struct signalfd_siginfo info;

	while (read(schedule->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (!signals_is_stop((int)info.ssi_signo))
			continue;
		if (schedule->stop_signal == 0)
			schedule->stop_signal = (int)info.ssi_signo;
		for (size_t i = 0; i < schedule->started; i++)
			if (schedule->jobs[i].pid != 0)
				kill(schedule->jobs[i].pid, (int)info.ssi_signo);
	}
}

static void show(struct schedule *schedule)
{
	size_t count = 0;
	uint64_t now = duration_now_us();

	for (size_t i = 0; i < schedule->started; i++)
		if (schedule->jobs[i].pid != 0)
			schedule->rows[count++] =
			    (struct matrix_row){.name = schedule->jobs[i].run->name,
						.duration_us = now - schedule->jobs[i].started_us};
	matrix_table_show(&schedule->table, schedule->rows, count, schedule->ended,
			  schedule->failed, schedule->matrix->count);
}

/* Returns 0, or -1 when a run could not be started: then none is any more, and all end. */
static int run_jobs(struct schedule *schedule)
{
	int result = 0;

	for (;;) {
		while (result == 0 && schedule->stop_signal == 0 &&
		       schedule->running < schedule->at_a_time &&
		       schedule->started < schedule->matrix->count) {
			result = start_job(schedule, &schedule->jobs[schedule->started]);
			schedule->started++;
		}
		if (schedule->running == 0)
			return result;
		show(schedule);
		struct pollfd entry = {.fd = schedule->signal_fd, .events = POLLIN};
		(void)poll(&entry, 1, schedule->table.is_terminal ? SHOW_MS : -1);
		take_signal(schedule);
		reap(schedule);
	}
}

/* --- JUnit -------------------------------------------------------------------------------------
 */

static void write_part(FILE *out, const struct schedule *schedule, const struct job *job)
{
	double seconds = job->ended ? (double)(job->ended_us - job->started_us) / 1e6 : 0;
	char *path, why[300] = "not run";

	if (job->ended)
		snprintf(why, sizeof(why), "exit code %d%s%s", job->exit_code,
			 job->words[0] == '\0' ? "" : ": ", job->words);
	else if (schedule->stop_signal != 0)
		snprintf(why, sizeof(why), "not run: stopped by %s",
			 signals_name(schedule->stop_signal));
	if (!job->ended) {
		junit_suite(out, job->run->name, NULL, 0, why);
		return;
	}
	if (asprintf(&path, "%s.xml", job->stem) < 0)
		die_out_of_memory();
	(void)junit_merge_file(out, path, job->run->name, why, seconds);
	free(path);
}

static int write_junit(const struct schedule *schedule, const char *path)
{
	struct output_file file;
	FILE *out;

	if (output_file_open(&file, path) != 0)
		return -1;
	out = output_file_stream(&file);
	junit_begin(out);
	for (size_t i = 0; i < schedule->matrix->count; i++)
		write_part(out, schedule, &schedule->jobs[i]);
	junit_end(out);
	return output_file_finish(&file, out);
}

/* --- All ---------------------------------------------------------------------------------------
 */

static size_t processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (size_t)CPU_COUNT(&set) : 1;
}

static size_t prepare(struct schedule *schedule, const char *dir)
{
	const struct matrix *matrix = schedule->matrix;
	size_t width = 0;

	schedule->at_a_time = schedule->options->jobs != 0 ? schedule->options->jobs : processors();
	schedule->jobs = calloc(matrix->count, sizeof(*schedule->jobs));
	schedule->rows = calloc(schedule->at_a_time, sizeof(*schedule->rows));
	if (schedule->jobs == NULL || schedule->rows == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < matrix->count; i++) {
		char *path;
		schedule->jobs[i].run = &matrix->runs[i];
		schedule->jobs[i].stem = make_stem(dir, i + 1, matrix->runs[i].name);
		/* What an earlier matrix left under these names is no result of this one. */
		if (asprintf(&path, "%s.json", schedule->jobs[i].stem) < 0)
			die_out_of_memory();
		unlink(path);
		strcpy(path + strlen(path) - strlen(".json"), ".xml");
		unlink(path);
		free(path);
		if (strlen(matrix->runs[i].name) > width)
			width = strlen(matrix->runs[i].name);
	}
	return width;
}

static int finish(struct schedule *schedule, int result, uint64_t begun_us)
{
	const struct matrix *matrix = schedule->matrix;
	const char *junit = schedule->options->junit;
	int exit_code = schedule->failed > 0 ? 1 : 0;

	matrix_table_end(&schedule->table, schedule->ended - schedule->failed, schedule->failed,
			 matrix->count - schedule->ended, duration_now_us() - begun_us);
	if (result != 0)
		exit_code = EXIT_CODE_PITH;
	if (schedule->stop_signal != 0)
		exit_code = EXIT_CODE_SIGNAL_BASE + schedule->stop_signal;
	if (junit != NULL && write_junit(schedule, junit) != 0 && exit_code <= 1)
		exit_code = EXIT_CODE_PITH;
	for (size_t i = 0; i < matrix->count; i++)
		free(schedule->jobs[i].stem);
	free(schedule->jobs);
	free(schedule->rows);
	return exit_code;
}

int matrix_run_all(const struct matrix *matrix, const struct exec_options *options)
{
	struct schedule schedule = {.matrix = matrix, .options = options};
	uint64_t begun_us = duration_now_us();
	const char *dir = make_dir(options);
	sigset_t set;

	if (dir == NULL)
		return EXIT_CODE_PITH;
	terminal_save();
	guard_start();
	signals_take_over(&set);
	schedule.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	schedule.null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (schedule.signal_fd < 0 || schedule.null_fd < 0) {
		say_error("exec: %s", strerror(errno));
		run_dir_remove();
		return EXIT_CODE_PITH;
	}
	matrix_table_begin(&schedule.table, stdout, prepare(&schedule, dir));
	int result = run_jobs(&schedule);
	int exit_code = finish(&schedule, result, begun_us);
	close(schedule.signal_fd);
	close(schedule.null_fd);
	run_dir_remove();
	return exit_code;
}
