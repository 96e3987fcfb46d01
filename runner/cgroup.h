/* SPDX-License-Identifier: Apache-2.0 */
/* cgroup.h: a control group for each process of a configuration, where pith is the runner of a
 * guest (Documentation/admin-guide/cgroup-v2.rst): what a process leaves behind is found in it,
 * sessions of its own and double forks included, and is ended at once. */
#ifndef PITH_RUNNER_CGROUP_H
#define PITH_RUNNER_CGROUP_H

#include <stdbool.h>

#define CGROUP_PATH_SIZE 512

struct cgroup {
	char path[CGROUP_PATH_SIZE]; /* below the mount point of cgroup2; "": there is none */
};

/* Make one below pith's own, with NAME (of config_read_name's characters) in its name. Returns 0,
 * -ENOTSUP outside of guests and without cgroup2 or the right to it, or another -errno; then CGROUP
 * is none. */
int cgroup_make(struct cgroup *cgroup, const char *name);
bool cgroup_is_there(const struct cgroup *cgroup);
/* Move the calling process into it. Returns 0 or -errno. */
int cgroup_enter(const struct cgroup *cgroup);
/* Send SIGNAL to each process in it and in the groups below; SIGCONT follows SIGTERM. */
void cgroup_signal(const struct cgroup *cgroup, int signal);
/* End every process in it, those that it is forking included (cgroup.kill); before Linux 5.14,
 * those that it has now. */
void cgroup_kill(const struct cgroup *cgroup);
/* Remove it and the groups below where no process is left in them: true, and CGROUP is none from
 * then on. */
bool cgroup_remove(struct cgroup *cgroup);

#endif
