/* SPDX-License-Identifier: Apache-2.0 */
/* run_dir.c: the folder of a run, for the sockets and the state of helpers. */
#include "run_dir.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static char run_dir[RUN_DIR_SIZE];

int run_dir_make(void)
{
	const char *parent = getenv("XDG_RUNTIME_DIR");

	/* What is longer leaves no room for a socket's name (unix(7): 108 bytes). */
	if (parent == NULL || parent[0] != '/' || strlen(parent) > RUN_DIR_SIZE / 2)
		parent = "/tmp";
	snprintf(run_dir, sizeof(run_dir), "%s/pith-XXXXXX", parent);
	if (mkdtemp(run_dir) != NULL)
		return 0;
	int error = errno;
	say_error("folder for helpers %s: %s", run_dir, strerror(error));
	run_dir[0] = '\0';
	return -error;
}

const char *run_dir_path(void)
{
	return run_dir;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
	(void)status;
	(void)kind;
	(void)walk;
	remove(path);
	return 0;
}

void run_dir_remove(void)
{
	if (run_dir[0] != '\0')
		nftw(run_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
