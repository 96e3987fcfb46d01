/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c: the socket on which a process says that it is ready. */
#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A process that floods PID 1 with messages must not keep it from the rest. */
#define MESSAGES_AT_ONCE 64

/* In the abstract namespace, by a name that the kernel chooses (unix(7), autobind): no file to be
 * left behind. sd_notify(3) writes such a name with an @ for the NUL. */
int notify_open(char address[NOTIFY_ADDRESS_SIZE])
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
	snprintf(address, NOTIFY_ADDRESS_SIZE, "@%.*s",
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

bool notify_read(int fd, unsigned uid)
{
	char text[4096];
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	bool ready = false;

	for (int left = MESSAGES_AT_ONCE; left > 0; left--) {
		struct iovec vector = {text, sizeof(text) - 1};
		struct msghdr message = {.msg_iov = &vector,
					 .msg_iovlen = 1,
					 .msg_control = &control,
					 .msg_controllen = sizeof(control)};
		ssize_t size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
		if (size < 0)
			break;
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
	return ready;
}
