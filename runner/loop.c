/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c: the one place where pith waits. */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <unistd.h>

#define WRITE_MS 1000

int loop_init(struct loop *loop)
{
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return loop->epoll_fd < 0 ? -errno : 0;
}

int loop_add(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0 ? -errno : 0;
}

void loop_pause(struct loop *loop, struct loop_watch *watch)
{
	epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
}

void loop_remove(struct loop *loop, struct loop_watch *watch)
{
	if (watch->fd < 0)
		return;
	loop_pause(loop, watch);
	close(watch->fd);
	watch->fd = -1;
}

/* One event at a time, so that a function may remove any watch without leaving a stale event behind
 * in a batch; epoll itself takes turns among the ready ones. */
int loop_run_once(struct loop *loop, int timeout_ms)
{
	struct epoll_event event;
	int count = epoll_wait(loop->epoll_fd, &event, 1, timeout_ms);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	if (count == 1) {
		struct loop_watch *watch = event.data.ptr;
		watch->ready(watch, event.events);
	}
	return 0;
}

void loop_end(struct loop *loop)
{
	close(loop->epoll_fd);
	loop->epoll_fd = -1;
}

bool loop_can_write(int fd, bool *is_stuck)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

	*is_stuck = poll(&poll_fd, 1, *is_stuck ? 0 : WRITE_MS) != 1;
	return !*is_stuck;
}
