/* SPDX-License-Identifier: Apache-2.0 */
/* ready.c: whether somebody listens on a socket. */
#include "ready.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define ACCEPTS_CONNECTIONS 0x10000 /* __SO_ACCEPTCON, the flags of /proc/net/unix (proc(5)) */

/* NAME, as its owner bound it, may stand for PATH: a relative one is seen from a folder that only
 * its owner knows. */
static bool may_be(const char *name, const char *path)
{
	const char *slash = strrchr(name, '/'), *path_slash = strrchr(path, '/');

	if (name[0] == '/')
		return strcmp(name, path) == 0;
	return strcmp(slash == NULL ? name : slash + 1,
		      path_slash == NULL ? path : path_slash + 1) == 0;
}

/* Between bind(2) and listen(2) the file is there, and connecting to it fails: the kernel's own
 * list tells the difference. A socket that the list does not know by this name, as one of another
 * network namespace, is taken as listening. */
bool ready_socket_listens(const char *path)
{
	struct stat status;
	char line[512], name[256];
	unsigned flags;
	bool known = false, listens = false;

	if (stat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
		return false;
	FILE *file = fopen("/proc/net/unix", "re");
	if (file == NULL)
		return true;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "%*s %*s %*s %x %*s %*s %*s %255[^\n]", &flags, name) != 2 ||
		    !may_be(name, path))
			continue;
		known = true;
		listens |= (flags & ACCEPTS_CONNECTIONS) != 0;
	}
	fclose(file);
	return listens || !known;
}
