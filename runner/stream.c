/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: bytes carried from one descriptor to another. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
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

/* As much as STREAM's limit has allowed is free, unless the guest says otherwise: then it gets no
 * more. */
static void write_ring(struct stream *stream)
{
	while (stream->head < stream->tail) {
		char *places;
		ssize_t size = ring_look(stream->ring, &places);
		if (size <= 0) {
			stream->sink_is_gone = true;
			break;
		}
		if ((size_t)size > stream->tail - stream->head)
			size = (ssize_t)(stream->tail - stream->head);
		memcpy(places, stream->buffer + stream->head, (size_t)size);
		ring_move(stream->ring, (size_t)size);
		stream->head += (size_t)size;
		stream->has_news = true;
	}
	stream->head = stream->tail = 0;
}

static void write_out(struct stream *stream)
{
	if (stream->ring != NULL && stream->is_input) {
		write_ring(stream);
		return;
	}
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
		else if (errno != EINTR) {
			stream->sink_error = errno;
			stream->sink_is_gone = true;
		}
	}
	stream->head = stream->tail = 0;
}

/* After a write: wait for the sink while there is something left, else for the source. Never both:
 * a hang-up of the one not waited for would be told again and again. */
static void choose_watch(struct stream *stream)
{
	bool waits = stream->head < stream->tail || stream->source_is_regular;

	if (stream->source.fd < 0 || stream->is_held)
		return;
	if (stream->is_limited && stream->head == stream->tail && stream->taken >= stream->limit) {
		stream->is_held = true;
		loop_pause(stream->loop, stream->waits_for_sink ? &stream->sink : &stream->source);
		return;
	}
	if (waits == stream->waits_for_sink)
		return;
	stream->waits_for_sink = waits;
	loop_pause(stream->loop, waits ? &stream->source : &stream->sink);
	if (waits)
		loop_add(stream->loop, &stream->sink, EPOLLOUT);
	else
		loop_add(stream->loop, &stream->source, EPOLLIN);
}

/* As read(2): SIZE bytes at the most of what is in the ring, copied once, so that the guest cannot
 * change them any more. */
static ssize_t read_ring(struct stream *stream, char *bytes, size_t size)
{
	char *places;
	eventfd_t events;
	ssize_t got = ring_look(stream->ring, &places);

	if (got < 0) {
		stream->ring_is_broken = true;
		errno = (int)-got;
		return -1;
	}
	if (got > 0) {
		if ((size_t)got > size)
			got = (ssize_t)size;
		memcpy(bytes, places, (size_t)got);
		ring_move(stream->ring, (size_t)got);
		return got;
	}
	if (stream->ring_is_final)
		return 0;
	stream->has_news |= stream->answer_asked;
	stream->answer_asked = false;
	(void)eventfd_read(stream->source.fd, &events); /* until the next stream_look */
	errno = EAGAIN;
	return -1;
}

static ssize_t read_in(struct stream *stream, char *bytes, size_t size)
{
	return stream->ring != NULL && !stream->is_input ? read_ring(stream, bytes, size)
							 : read(stream->source.fd, bytes, size);
}

/* Read once and write what there is room for. */
static void carry(struct stream *stream)
{
	size_t room = sizeof(stream->buffer);

	if (stream->is_limited && stream->limit - stream->taken < room)
		room = stream->limit - stream->taken;
	if (room == 0)
		return;
	ssize_t size = read_in(stream, stream->buffer, room);

	if (size < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (size <= 0) { /* an error is an end too: there is nothing more to come */
		stream_end(stream);
		return;
	}
	stream->tail = (size_t)size;
	stream->taken += (size_t)size;
	if (stream->take != NULL)
		stream->take(stream->take_context, stream->buffer, (size_t)size);
	write_out(stream);
}

/* Pith's own input belongs to who reads it: to nobody, once the sink is gone. */
static void go_on(struct stream *stream)
{
	if (stream->sink_is_gone && stream->is_input)
		stream_end(stream);
	choose_watch(stream);
}

static void source_ready(struct loop_watch *watch, uint32_t events)
{
	(void)events;
	carry(watch->owner);
	go_on(watch->owner);
}

static void sink_ready(struct loop_watch *watch, uint32_t events)
{
	struct stream *stream = watch->owner;

	(void)events;
	write_out(stream);
	if (stream->head == stream->tail && stream->source_is_regular && !stream->sink_is_gone)
		carry(stream);
	go_on(stream);
}

static int start(struct stream *stream, struct loop *loop, int source_fd, int sink_fd)
{
	struct stat status;
	int result;

	stream->loop = loop;
	stream->head = stream->tail = 0;
	stream->taken = 0;
	stream->source = (struct loop_watch){source_fd, source_ready, stream};
	stream->sink = (struct loop_watch){-1, sink_ready, stream};
	stream->sink.fd = fcntl(sink_fd, F_DUPFD_CLOEXEC, 0);
	if (stream->sink.fd < 0 && errno != EBADF) {
		result = -errno;
		stream_end(stream);
		return result;
	}
	if (stream->sink.fd < 0) {
		stream->sink_is_gone = true; /* closed by who started pith: nowhere to write */
	} else {
		stream->sink_is_regular = fstat(stream->sink.fd, &status) == 0 &&
					  (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode));
	}
	result = loop_add(loop, &stream->source, EPOLLIN);
	if (result == -EPERM && stream->is_input) {
		stream->source_is_regular = true;
		stream->waits_for_sink = true;
		result = loop_add(loop, &stream->sink, EPOLLOUT);
	}
	if (result < 0)
		stream_end(stream);
	return result;
}

int stream_start(struct stream *stream, struct loop *loop, int source_fd, int sink_fd)
{
	*stream = (struct stream){.is_input = false};
	return start(stream, loop, source_fd, sink_fd);
}

int stream_start_input(struct stream *stream, struct loop *loop, int source_fd, int sink_fd)
{
	*stream = (struct stream){.is_input = true};
	return start(stream, loop, source_fd, sink_fd);
}

int stream_start_limited(struct stream *stream, struct loop *loop, int source_fd, int sink_fd)
{
	*stream = (struct stream){.is_input = true, .is_limited = true};
	return start(stream, loop, source_fd, sink_fd);
}

int stream_start_ring(struct stream *stream, struct loop *loop, struct ring *ring, int sink_fd)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	*stream = (struct stream){.ring = ring};
	return fd < 0 ? -errno : start(stream, loop, fd, sink_fd);
}

int stream_start_ring_input(struct stream *stream, struct loop *loop, int source_fd,
			    struct ring *ring)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), result;

	*stream = (struct stream){
	    .ring = ring, .is_input = true, .is_limited = true, .limit = RING_BYTES};
	if (fd < 0) {
		result = -errno;
		close(source_fd);
		return result;
	}
	result = start(stream, loop, source_fd, fd);
	close(fd);
	return result;
}

void stream_look(struct stream *stream, bool asks)
{
	if (stream->source.fd < 0)
		return;
	stream->answer_asked |= asks;
	(void)eventfd_write(stream->source.fd, 1);
}

void stream_finish(struct stream *stream)
{
	stream->ring_is_final = true;
	stream_look(stream, false);
}

void stream_allow(struct stream *stream, uint64_t limit)
{
	if (limit <= stream->limit)
		return;
	stream->limit = limit;
	if (!stream->is_held || stream->source.fd < 0)
		return;
	stream->is_held = false;
	stream->waits_for_sink = stream->source_is_regular;
	if (stream->waits_for_sink)
		loop_add(stream->loop, &stream->sink, EPOLLOUT);
	else
		loop_add(stream->loop, &stream->source, EPOLLIN);
}

bool stream_turn(struct stream *stream, int sink_fd)
{
	int fd;

	if (stream->head < stream->tail)
		return false;
	fd = fcntl(sink_fd, F_DUPFD_CLOEXEC, 0);
	if (stream->sink.fd >= 0)
		close(stream->sink.fd);
	stream->sink.fd = fd;
	stream->sink_is_gone = fd < 0;
	stream->sink_is_regular = true;
	stream->take = NULL;
	return true;
}

bool stream_is_done(const struct stream *stream)
{
	return stream->source.fd < 0;
}

void stream_end(struct stream *stream)
{
	if (stream->ring != NULL && stream->is_input) {
		ring_close(stream->ring);
		stream->has_news = true;
	}
	if (stream->is_input && !stream->is_limited && stream->sink.fd >= 0)
		shutdown(stream->sink.fd, SHUT_WR);
	loop_remove(stream->loop, &stream->source);
	loop_remove(stream->loop, &stream->sink);
	stream->head = stream->tail = 0;
}
