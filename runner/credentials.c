/* SPDX-License-Identifier: Apache-2.0 */
/* credentials.c: user and group of a process, by name or number. */
#include "credentials.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_number(const char *text, unsigned *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	*number = (unsigned)value;
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && value < UINT32_MAX;
}

static int not_found(const char *what, const char *name, struct outcome *failure)
{
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "%s %s: there is none of that name", what,
		    name);
	return -ENOENT;
}

/* The user's own groups; a user without an entry in passwd(5) has none but the one given. */
static int find_user(const char *user, struct credentials *credentials, struct outcome *failure)
{
	unsigned number;
	const struct passwd *entry = is_number(user, &number) ? getpwuid(number) : getpwnam(user);

	if (entry == NULL && !is_number(user, &number))
		return not_found("user", user, failure);
	credentials->uid = entry == NULL ? number : entry->pw_uid;
	credentials->gid = entry == NULL ? number : entry->pw_gid;
	credentials->group_count = 0;
	if (entry == NULL)
		return 0;
	snprintf(credentials->name, sizeof(credentials->name), "%s", entry->pw_name);
	snprintf(credentials->home, sizeof(credentials->home), "%s", entry->pw_dir);
	credentials->group_count = CREDENTIALS_GROUPS_MAX;
	if (getgrouplist(entry->pw_name, entry->pw_gid, credentials->groups,
			 &credentials->group_count) < 0)
		credentials->group_count = CREDENTIALS_GROUPS_MAX;
	return 0;
}

int credentials_find(const char *user, const char *group, struct credentials *credentials,
		     struct outcome *failure)
{
	unsigned number;

	*credentials = (struct credentials){
	    .given = user != NULL || group != NULL, .uid = geteuid(), .gid = getegid()};
	if (user != NULL && find_user(user, credentials, failure) < 0)
		return -ENOENT;
	if (group == NULL)
		return 0;
	const struct group *entry = is_number(group, &number) ? NULL : getgrnam(group);
	if (entry == NULL && !is_number(group, &number))
		return not_found("group", group, failure);
	credentials->gid = entry == NULL ? number : entry->gr_gid;
	return 0;
}

int credentials_take(const struct credentials *credentials)
{
	if (!credentials->given)
		return 0;
	/* Without privileges only what pith has already can be taken. */
	if (geteuid() == 0 && setgroups((size_t)credentials->group_count, credentials->groups) < 0)
		return -1;
	if (setresgid(credentials->gid, credentials->gid, credentials->gid) < 0 ||
	    setresuid(credentials->uid, credentials->uid, credentials->uid) < 0)
		return -1;
	if (credentials->name[0] == '\0')
		return 0;
	if (setenv("USER", credentials->name, 1) < 0 || setenv("LOGNAME", credentials->name, 1) < 0)
		return -1;
	return setenv("HOME", credentials->home, 1);
}
