/* SPDX-License-Identifier: Apache-2.0 */
/* loop.h: the one place where pith waits: descriptors that become ready, each with a function. */
#ifndef PITH_RUNNER_LOOP_H
#define PITH_RUNNER_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop {
	int epoll_fd;
};

/* One watched descriptor. Embedded in its owner and alive until loop_remove. */
struct loop_watch {
	int fd; /* -1: not watched */
	void (*ready)(struct loop_watch *watch, uint32_t events);
	void *owner;
};

/* All return 0 or -errno. */
int loop_init(struct loop *loop);
/* Begin to watch for EVENTS (EPOLLIN, EPOLLOUT). A regular file cannot be watched: -EPERM. */
int loop_add(struct loop *loop, struct loop_watch *watch, uint32_t events);
/* Stop watching; the descriptor stays open. */
void loop_pause(struct loop *loop, struct loop_watch *watch);
/* Stop watching and close the descriptor; watch->fd becomes -1. Harmless when it is -1. */
void loop_remove(struct loop *loop, struct loop_watch *watch);
/* Wait up to TIMEOUT_MS (-1: for ever) for one descriptor and call its function. */
int loop_run_once(struct loop *loop, int timeout_ms);
void loop_end(struct loop *loop);
/* Whether FD takes something (as much as PIPE_BUF bytes, where it is a pipe): within a second, and
 * at once after it has failed to, which *IS_STUCK keeps. For what may be lost, but not hold up. */
bool loop_can_write(int fd, bool *is_stuck);

#endif
