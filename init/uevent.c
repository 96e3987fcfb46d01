/* SPDX-License-Identifier: Apache-2.0 */
/* uevent.c: the kernel's announcements of devices (lib/kobject_uevent.c, netlink(7)). */
#include "uevent.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "clock.h"

#define KERNEL_GROUP 1
#define RECEIVE_BYTES (1 << 20)
#define RECHECK_MS 200    /* should an event be lost to a full buffer */
#define EVENTS_AT_ONCE 64 /* whoever floods PID 1 must not keep it from the rest */

int uevent_open(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	const int receive_bytes = RECEIVE_BYTES;
	int fd =
	    socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		int result = -errno;

		close(fd);
		return result;
	}
	/* Without the larger buffer it still works, thanks to RECHECK_MS. */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_bytes, sizeof(receive_bytes));
	return fd;
}

size_t uevent_read(int fd, char *buffer)
{
	struct sockaddr_nl sender = {0};
	struct iovec vector = {.iov_base = buffer, .iov_len = UEVENT_SIZE - 1};
	struct msghdr message = {.msg_name = &sender,
				 .msg_namelen = sizeof(sender),
				 .msg_iov = &vector,
				 .msg_iovlen = 1};

	for (int left = EVENTS_AT_ONCE; fd >= 0 && left > 0; left--) {
		ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT);

		if (size < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (size <= 0)
			return 0;
		message.msg_namelen = sizeof(sender);
		if (sender.nl_pid != 0) /* any process may send; only the kernel is 0 */
			continue;
		buffer[size] = '\0';
		return (size_t)size;
	}
	return 0;
}

const char *uevent_value(const char *event, size_t size, const char *key)
{
	const size_t key_size = strlen(key);

	for (const char *at = event; at < event + size; at += strlen(at) + 1)
		if (strncmp(at, key, key_size) == 0 && at[key_size] == '=')
			return at + key_size + 1;
	return NULL;
}

int uevent_wait(int fd, int64_t deadline_ms)
{
	char event[UEVENT_SIZE];
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	int left_ms = clock_left_ms(deadline_ms);

	if (left_ms == 0)
		return -ETIMEDOUT;
	/* poll() passes over a negative descriptor: then this is a bounded re-check. */
	(void)poll(&readable, 1, left_ms < RECHECK_MS ? left_ms : RECHECK_MS);
	for (int left = EVENTS_AT_ONCE; left > 0 && uevent_read(fd, event) > 0; left--)
		;
	return 0;
}
