/* SPDX-License-Identifier: Apache-2.0 */
/* exec_records.c: the records for the PID 1 of pith exec. */
#include "exec_records.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/cmdline.h"
#include "exec_failure.h"
#include "message.h"
#include "one_output.h"
#include "path.h"
#include "text.h"

#define RECORDS_MAX (CMDLINE_BULK_MAX - 4096) /* the rest is for what pith itself tells PID 1 */

/* --- Environment and user ----------------------------------------------------------------------
 */

/* NAME or NAME=VALUE, unless there is one of that name already. */
static void add_variable(struct strv *environment, const char *given)
{
	size_t size = strcspn(given, "=");
	char *name = strndup(given, size);
	const char *value;

	if (name == NULL)
		die_out_of_memory();
	value = given[size] == '=' ? given + size + 1 : getenv(name);
	if (value != NULL && strv_variable(environment, name) == NULL)
		strv_addf(environment, "%s=%s", name, value);
	free(name);
}

void exec_records_environment(const struct exec_options *options, struct strv *environment)
{
	static const char *const carried[] = {"PATH", "HOME", "TERM", "TZ"};

	/* The last one given counts, so they go in from the last to the first. */
	for (size_t i = options->envs.count; i-- > 0;)
		add_variable(environment, options->envs.items[i]);
	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++)
		add_variable(environment, carried[i]);
}

/* NAME, UID or UID:GID as "UID:GID" into TEXT. */
static int resolve_user(const char *user, char text[32], struct outcome *failure)
{
	unsigned uid, gid;
	const struct passwd *entry;

	if (exec_options_user(user, &uid, &gid) == 0) {
		snprintf(text, 32, "%u:%u", uid, gid);
		return 0;
	}
	entry = getpwnam(user);
	if (entry == NULL)
		return exec_failure_setup(
		    failure, user, "--user: there is no such user here, nor is it UID or UID:GID");
	snprintf(text, 32, "%u:%u", (unsigned)entry->pw_uid, (unsigned)entry->pw_gid);
	return 0;
}

/* --- Outputs -----------------------------------------------------------------------------------
 */

/* Takes over GUEST and HOST. The folder that it is in is made in the guest. */
static int add_output(struct exec_plan *plan, char *guest, char *host, bool is_optional,
		      struct outcome *failure)
{
	char *folder = text_copy(guest);
	int result;

	*strrchr(folder, '/') = '\0';
	result = exec_files_folder(&plan->files, folder);
	if (result == -EINVAL)
		result = 0; /* below /proc, /sys and /dev the guest has its own */
	free(folder);
	plan->outputs = reallocarray(plan->outputs, plan->output_count + 1, sizeof(*plan->outputs));
	if (plan->outputs == NULL)
		die_out_of_memory();
	plan->outputs[plan->output_count++] =
	    (struct exec_output){.guest = guest, .host = host, .is_optional = is_optional};
	bulk_add(&plan->records, "output", guest);
	return result == 0 ? 0 : exec_failure_files(&plan->files, failure);
}

static int add_given_outputs(struct exec_plan *plan, const struct exec_options *options,
			     const char *cwd, struct outcome *failure)
{
	for (size_t i = 0; i < options->outputs.count; i++) {
		char *given = text_copy(options->outputs.items[i]);
		char *equals = strrchr(given, '=');
		if (equals != NULL)
			*equals++ = '\0';
		int result = add_output(plan, path_clean_from(cwd, given),
					text_copy(equals != NULL ? equals : given), false, failure);
		free(given);
		if (result != 0)
			return -1;
	}
	return 0;
}

/* A test program of Go is told by its arguments which files to write (go help testflag); go test
 * looks for them here under the same names. */
static int add_go_outputs(struct exec_plan *plan, const struct exec_options *options,
			  const char *cwd, struct outcome *failure)
{
	static const char *const flags[] = {"coverprofile", "cpuprofile",   "memprofile",
					    "blockprofile", "mutexprofile", "trace",
					    "testlogfile",  "gocoverdir",   "outputdir"};
	const char *folder = cwd;

	for (size_t i = 1; i < options->argc; i++)
		if (strncmp(options->argv[i], "-test.outputdir=", 16) == 0)
			folder = options->argv[i] + 16;
	for (size_t i = 1; i < options->argc; i++) {
		for (size_t j = 0; j < sizeof(flags) / sizeof(flags[0]); j++) {
			char flag[32];
			int size = snprintf(flag, sizeof(flag), "-test.%s=", flags[j]);
			const char *value = options->argv[i] + size;
			if (strncmp(options->argv[i], flag, (size_t)size) != 0 || *value == '\0')
				continue;
			char *path = path_clean_from(folder, value);
			bool is_folder = strstr(flags[j], "dir") != NULL;
			if (is_folder && exec_files_folder(&plan->files, path) != 0)
				return exec_failure_files(&plan->files, failure);
			if (add_output(plan, path, text_copy(path), true, failure) != 0)
				return -1;
		}
	}
	return 0;
}

/* --- All of them -------------------------------------------------------------------------------
 */

int exec_records_write(struct exec_plan *plan, const struct exec_options *options,
		       const struct strv *environment, const char *cwd, struct outcome *failure)
{
	/* Where BINARY's own name would mean another file there, its absolute path is the name. */
	bool moves = (options->cwd != NULL || plan->root.folder != NULL) &&
		     options->argv[0][0] != '/' && strchr(options->argv[0], '/') != NULL;
	bulk_add(&plan->records, "arg", moves ? plan->program : options->argv[0]);
	for (size_t i = 1; i < options->argc; i++)
		bulk_add(&plan->records, "arg", options->argv[i]);
	for (size_t i = 0; i < environment->count; i++)
		bulk_add(&plan->records, "env", environment->items[i]);
	bulk_add(&plan->records, "cwd", cwd);
	if (options->user != NULL) {
		char user[32];
		if (resolve_user(options->user, user, failure) != 0)
			return -1;
		bulk_add(&plan->records, "user", user);
	}
	/* Else what was written to one would overtake the other on the way. Results are read from
	 * one of the two. */
	if (options->tests == EXEC_TESTS_OFF && one_output(STDOUT_FILENO, STDERR_FILENO))
		bulk_add(&plan->records, "stderr", "stdout");
	if (options->standalone)
		bulk_add(&plan->records, "standalone", "yes");
	else if (add_given_outputs(plan, options, cwd, failure) != 0 ||
		 add_go_outputs(plan, options, cwd, failure) != 0)
		return -1;
	if (plan->records.size <= RECORDS_MAX)
		return 0;
	outcome_set(failure, OUTCOME_EXEC_FAILED, EXIT_CODE_NOT_EXECUTABLE, 0,
		    "%.300s: arguments and environment of %zu bytes; at most %u are accepted",
		    options->argv[0], plan->records.size, RECORDS_MAX);
	return -1;
}
