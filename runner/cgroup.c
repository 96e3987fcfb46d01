/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.c: a control group for each process of a configuration. */
#include "cgroup.h"

#include <errno.h>
#include <ftw.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../init/file.h"
#include "guest.h"

#define MOUNT_POINT "/sys/fs/cgroup" /* where pith-init mounts it (init/mounts.c) */
#define NFTW_FDS 8

/* pith's own group: the line "0::/PATH" of /proc/self/cgroup (cgroups(7)). */
static int find_own(char path[CGROUP_PATH_SIZE])
{
	char text[4096];
	ssize_t size = file_read("/proc/self/cgroup", text, sizeof(text));

	if (size < 0)
		return (int)size;
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		if (strncmp(line, "0::/", 4) == 0)
			return snprintf(path, CGROUP_PATH_SIZE, MOUNT_POINT "%s",
					strcmp(line + 3, "/") == 0 ? "" : line + 3) <
				       CGROUP_PATH_SIZE
				   ? 0
				   : -ENAMETOOLONG;
	}
	return -ENOTSUP;
}

/* Elsewhere than in a guest the groups are the service manager's, which does not share them. */
static bool may_use(void)
{
	struct statfs status;

	return guest_is_its_runner() && geteuid() == 0 && statfs(MOUNT_POINT, &status) == 0 &&
	       status.f_type == CGROUP2_SUPER_MAGIC;
}

int cgroup_make(struct cgroup *cgroup, const char *name)
{
	char own[CGROUP_PATH_SIZE];
	int result;

	cgroup->path[0] = '\0';
	if (!may_use())
		return -ENOTSUP;
	if ((result = find_own(own)) < 0)
		return result;
	if (snprintf(cgroup->path, CGROUP_PATH_SIZE, "%s/%s-XXXXXX", own, name) <
	    CGROUP_PATH_SIZE) {
		if (mkdtemp(cgroup->path) != NULL)
			return 0;
		result = -errno;
	} else {
		result = -ENAMETOOLONG;
	}
	cgroup->path[0] = '\0';
	return result;
}

bool cgroup_is_there(const struct cgroup *cgroup)
{
	return cgroup->path[0] != '\0';
}

/* Write TEXT to a file of the group. Returns 0 or -errno. */
static int write_to(const struct cgroup *cgroup, const char *file, const char *text)
{
	char path[CGROUP_PATH_SIZE + 32];

	snprintf(path, sizeof(path), "%s/%s", cgroup->path, file);
	return file_write(path, text);
}

int cgroup_enter(const struct cgroup *cgroup)
{
	return write_to(cgroup, "cgroup.procs", "0");
}

static int signal_to_send; /* nftw() passes on nothing */

static int signal_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	FILE *file;
	int pid;

	(void)status;
	if (type != FTW_F || strcmp(path + place->base, "cgroup.procs") != 0)
		return 0;
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	/* 0 is one of another PID namespace: not pith's to signal. */
	while (fscanf(file, "%d", &pid) == 1)
		if (pid > 1 && kill(pid, signal_to_send) == 0 && signal_to_send == SIGTERM)
			kill(pid, SIGCONT);
	fclose(file);
	return 0;
}

void cgroup_signal(const struct cgroup *cgroup, int signal)
{
	signal_to_send = signal;
	nftw(cgroup->path, signal_one, NFTW_FDS, FTW_PHYS);
}

void cgroup_kill(const struct cgroup *cgroup)
{
	if (write_to(cgroup, "cgroup.kill", "1") < 0)
		cgroup_signal(cgroup, SIGKILL);
}

static bool is_populated(const struct cgroup *cgroup)
{
	char path[CGROUP_PATH_SIZE + 32], text[256];

	snprintf(path, sizeof(path), "%s/cgroup.events", cgroup->path);
	return file_read(path, text, sizeof(text)) < 0 || strstr(text, "populated 0") == NULL;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)place;
	if (type == FTW_DP)
		rmdir(path); /* its files go along */
	return 0;
}

bool cgroup_remove(struct cgroup *cgroup)
{
	if (rmdir(cgroup->path) != 0 && errno == EBUSY) {
		/* Processes are left, or empty groups that the process has made. */
		if (is_populated(cgroup))
			return false;
		nftw(cgroup->path, remove_one, NFTW_FDS, FTW_PHYS | FTW_DEPTH);
		if (access(cgroup->path, F_OK) == 0)
			return false;
	}
	cgroup->path[0] = '\0';
	return true;
}
