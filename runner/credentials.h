/* SPDX-License-Identifier: Apache-2.0 */
/* credentials.h: user and group of a process, by name or number. */
#ifndef PITH_RUNNER_CREDENTIALS_H
#define PITH_RUNNER_CREDENTIALS_H

#include <stdbool.h>
#include <sys/types.h>

#include "../init/outcome.h"

#define CREDENTIALS_GROUPS_MAX 64

struct credentials {
	bool given;
	uid_t uid;
	gid_t gid;
	gid_t groups[CREDENTIALS_GROUPS_MAX];
	int group_count;
	char name[64], home[256]; /* "" for a number without an entry in passwd(5) */
};

/* Look up USER and GROUP (NULL: not given; a group alone changes only the group). Returns 0, or
 * -ENOENT with FAILURE filled. */
int credentials_find(const char *user, const char *group, struct credentials *credentials,
		     struct outcome *failure);
/* Take them on, and set USER, LOGNAME and HOME. Returns 0 or -1 with errno set. */
int credentials_take(const struct credentials *credentials);

#endif
