/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: bytes carried from one descriptor to another. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* The sink is pith's own standard output, shared with whoever started pith: it cannot be made
 * non-blocking without their noticing. So it is asked first, and given no more than PIPE_BUF bytes,
 * for which a writable pipe has room (pipe(7)). */
static bool sink_is_writable(const struct stream *stream)
{
	struct pollfd poll_fd = {.fd = stream->sink.fd, .events = POLLOUT};

	return stream->sink_is_regular || poll(&poll_fd, 1, 0) == 1;
}

static void write_out(struct stream *stream)
{
	while (stream->head < stream->tail && !stream->sink_is_gone) {
		size_t size = stream->tail - stream->head;
		if (!sink_is_writable(stream))
			return;
		if (!stream->sink_is_regular && size > PIPE_BUF)
			size = PIPE_BUF;
		ssize_t written = write(stream->sink.fd, stream->buffer + stream->head, size);
		if (written >= 0)
			stream->head += (size_t)written;
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR)
			stream->sink_is_gone = true;
	}
	stream->head = stream->tail = 0;
}

/* After a write: wait for the sink while there is something left, else for the source. Never both:
 * a hang-up of the one not waited for would be told again and again. */
static void choose_watch(struct stream *stream)
{
	bool waits = stream->head < stream->tail;

	if (waits == stream->waits_for_sink)
		return;
	stream->waits_for_sink = waits;
	loop_pause(stream->loop, waits ? &stream->source : &stream->sink);
	if (waits)
		loop_add(stream->loop, &stream->sink, EPOLLOUT);
	else
		loop_add(stream->loop, &stream->source, EPOLLIN);
}

static void source_ready(struct loop_watch *watch, uint32_t events)
{
	struct stream *stream = watch->owner;
	ssize_t size = read(watch->fd, stream->buffer, sizeof(stream->buffer));

	(void)events;
	if (size < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (size <= 0) { /* an error is an end too: there is nothing more to come */
		stream_end(stream);
		return;
	}
	stream->tail = (size_t)size;
	write_out(stream);
	choose_watch(stream);
}

static void sink_ready(struct loop_watch *watch, uint32_t events)
{
	struct stream *stream = watch->owner;

	(void)events;
	write_out(stream);
	choose_watch(stream);
}

int stream_start(struct stream *stream, struct loop *loop, int source_fd, int sink_fd)
{
	struct stat status;
	int result;

	*stream = (struct stream){.loop = loop};
	stream->source = (struct loop_watch){source_fd, source_ready, stream};
	stream->sink = (struct loop_watch){-1, sink_ready, stream};
	stream->sink.fd = fcntl(sink_fd, F_DUPFD_CLOEXEC, 0);
	if (stream->sink.fd < 0) {
		stream->sink_is_gone = true; /* closed by who started pith: nowhere to write */
	} else {
		stream->sink_is_regular = fstat(stream->sink.fd, &status) == 0 &&
					  (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode));
	}
	result = loop_add(loop, &stream->source, EPOLLIN);
	if (result < 0)
		stream_end(stream);
	return result;
}

bool stream_is_done(const struct stream *stream)
{
	return stream->source.fd < 0;
}

void stream_end(struct stream *stream)
{
	loop_remove(stream->loop, &stream->source);
	loop_remove(stream->loop, &stream->sink);
	stream->head = stream->tail = 0;
}
