/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: the app's standard streams, carried between pipes and virtio-serial ports. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "port.h"
#include "report.h"

#define BUFFER_SIZE (32 * 1024) /* the most that virtio_console takes in one write */
#define PIPE_SIZE (256 * 1024)  /* fewer switches between the app and PID 1 */
#define TURNS 8                 /* buffers in one go, before the others get theirs */
#define HUNG_UP_STEP_MS 100     /* virtio_console announces the other side's coming by SIGIO only */

static char buffers[STREAM_COUNT][BUFFER_SIZE];

static struct stream {
	int from, to; /* -1: closed */
	size_t begin, end;
	uint64_t carried;
	bool hung_up; /* nobody is at the other end of the port for now */
	char *buffer; /* of BUFFER_SIZE bytes */
} streams[STREAM_COUNT] = {
    {.from = -1, .to = -1, .buffer = buffers[0]},
    {.from = -1, .to = -1, .buffer = buffers[1]},
    {.from = -1, .to = -1, .buffer = buffers[2]},
};

static const char *const port_names[STREAM_COUNT] = {
    REPORT_STDIN_PORT_NAME, REPORT_STDOUT_PORT_NAME, REPORT_STDERR_PORT_NAME};

static void close_stream(struct stream *stream)
{
	if (stream->from >= 0)
		close(stream->from);
	if (stream->to >= 0)
		close(stream->to);
	stream->from = stream->to = -1;
}

static int open_one(int number, int *child_fd)
{
	struct stream *stream = &streams[number];
	int port = port_open(port_names[number], number == 0 ? O_RDONLY : O_WRONLY);
	int ends[2], result;

	if (port < 0)
		return port == -ENOENT ? 0 : port;
	if (pipe2(ends, O_CLOEXEC) != 0)
		goto fail;
	const int own = number == 0 ? ends[1] : ends[0];
	*child_fd = number == 0 ? ends[0] : ends[1];
	(void)fcntl(own, F_SETPIPE_SZ, PIPE_SIZE); /* the usual size does too */
	stream->from = number == 0 ? port : own;
	stream->to = number == 0 ? own : port;
	if (fcntl(own, F_SETFL, O_NONBLOCK) == 0)
		return 0;
fail:
	result = -errno;
	close(port);
	return result;
}

int stream_open(int child_fds[STREAM_COUNT], bool with_input)
{
	for (int i = 0; i < STREAM_COUNT; i++) {
		child_fds[i] = -1;
		int result = i == 0 && !with_input ? 0 : open_one(i, &child_fds[i]);
		if (result != 0)
			return result;
	}
	/* Output to a port, but no input from one: then there is none. */
	if (child_fds[1] >= 0 && child_fds[0] < 0) {
		child_fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (child_fds[0] < 0)
			return -errno;
	}
	return 0;
}

int stream_open_ports(int fds[STREAM_COUNT])
{
	for (int i = 0; i < STREAM_COUNT; i++) {
		fds[i] = port_open(port_names[i], i == 0 ? O_RDONLY : O_WRONLY);
		if (fds[i] == -ENOENT && i == 0)
			fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fds[i] < 0)
			return fds[i];
		(void)fcntl(fds[i], F_SETFL, 0); /* writes are to wait for the base system */
	}
	return 0;
}

int stream_poll(struct pollfd *entries)
{
	int wait_ms = -1;

	for (int i = 0; i < STREAM_COUNT; i++) {
		const struct stream *stream = &streams[i];
		bool full = stream->begin < stream->end;

		entries[i] = (struct pollfd){.fd = full ? stream->to : stream->from,
					     .events = full ? POLLOUT : POLLIN};
		if (stream->hung_up) { /* poll() would return at once, again and again */
			entries[i].fd = -1;
			wait_ms = HUNG_UP_STEP_MS;
		}
	}
	return wait_ms;
}

/* One read or write. Returns whether it is worth trying again. */
static bool step(struct stream *stream)
{
	ssize_t moved;

	if (stream->begin < stream->end) {
		moved =
		    write(stream->to, stream->buffer + stream->begin, stream->end - stream->begin);
		if (moved > 0) {
			stream->begin += (size_t)moved;
			stream->carried += (size_t)moved;
			return true;
		}
	} else {
		moved = read(stream->from, stream->buffer, BUFFER_SIZE);
		if (moved > 0) {
			stream->begin = 0;
			stream->end = (size_t)moved;
			return true;
		}
	}
	if (moved < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (moved == 0 && stream != &streams[0]) {
		/* The end of the output. Its port stays open until the last byte has arrived. */
		close(stream->from);
		stream->from = -1;
	} else {
		close_stream(stream); /* the end of the input, or a reader or port that is gone */
	}
	return false;
}

bool stream_run(const struct pollfd *entries)
{
	bool moved = false;

	for (int i = 0; i < STREAM_COUNT; i++) {
		struct stream *stream = &streams[i];

		if (stream->from < 0)
			continue;
		stream->hung_up = entries[i].fd >= 0 && entries[i].fd == stream->to &&
				  (entries[i].revents & POLLHUP) != 0;
		for (int turn = 0; turn < TURNS && step(stream); turn++)
			moved = true;
	}
	return moved;
}

bool stream_output_left(void)
{
	return streams[1].from >= 0 || streams[2].from >= 0;
}

uint64_t stream_carried(int number)
{
	return streams[number].carried;
}

void stream_close(void)
{
	for (int i = 0; i < STREAM_COUNT; i++)
		close_stream(&streams[i]);
}
