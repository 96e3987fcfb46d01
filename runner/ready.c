/* SPDX-License-Identifier: Apache-2.0 */
/* ready.c: how a process says that it is ready. */
#include "ready.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define ACCEPTS_CONNECTIONS 0x10000 /* __SO_ACCEPTCON, the flags of /proc/net/unix (proc(5)) */

/* In the abstract namespace, by a name that the kernel chooses (unix(7), autobind): no file to be
 * left behind. sd_notify(3) writes such a name with an @ for the NUL. */
int ready_notify_open(char address[READY_ADDRESS_SIZE])
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(name);
	int on = 1, error;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &size) < 0) {
		error = errno;
		close(fd);
		return -error;
	}
	snprintf(address, READY_ADDRESS_SIZE, "@%.*s",
		 (int)(size - offsetof(struct sockaddr_un, sun_path) - 1), name.sun_path + 1);
	return fd;
}

/* TEXT holds lines; is one of them READY=1? */
static bool says_ready(const char *text)
{
	for (const char *found = text; (found = strstr(found, "READY=1")) != NULL; found++)
		if ((found == text || found[-1] == '\n') && (found[7] == '\0' || found[7] == '\n'))
			return true;
	return false;
}

bool ready_notify_read(int fd, unsigned uid)
{
	char text[4096];
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	bool ready = false;

	for (;;) {
		struct iovec vector = {text, sizeof(text) - 1};
		struct msghdr message = {.msg_iov = &vector,
					 .msg_iovlen = 1,
					 .msg_control = &control,
					 .msg_controllen = sizeof(control)};
		ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
		if (size < 0)
			return ready;
		text[size] = '\0';
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		struct ucred sender;
		if (header == NULL || header->cmsg_level != SOL_SOCKET ||
		    header->cmsg_type != SCM_CREDENTIALS)
			continue;
		memcpy(&sender, CMSG_DATA(header), sizeof(sender));
		if (sender.uid == 0 || sender.uid == uid || sender.uid == geteuid())
			ready |= says_ready(text);
	}
}

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
