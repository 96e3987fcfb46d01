/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: the app's standard streams, carried between pipes and virtio-serial ports, or rings. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "file.h"
#include "port.h"
#include "report.h"
#include "ring.h"
#include "rings.h"

#define BUFFER_SIZE (32 * 1024) /* the most that virtio_console takes in one write */
#define PIPE_SIZE (256 * 1024)  /* fewer switches between the app and PID 1 */
#define TURNS 8                 /* buffers in one go, before the others get theirs */
#define TOLD_STEP 1024          /* bytes of input from a serial line, before that is told */
#define HUNG_UP_STEP_MS 100     /* virtio_console announces the other side's coming by SIGIO only */

/* On whole pages, which stream_trim() gives back. */
static char buffers[STREAM_COUNT][BUFFER_SIZE] __attribute__((aligned(4096)));

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

static uint64_t input_told; /* of what came from a serial line or ring */

static const char *const port_names[STREAM_COUNT] = {
    REPORT_STDIN_PORT_NAME, REPORT_STDOUT_PORT_NAME, REPORT_STDERR_PORT_NAME};

/* What stream_prepare has opened for later; -1: nothing. */
static int ready_ports[STREAM_COUNT] = {-1, -1, -1}, ready_null = -1;
static int ready_pipes[STREAM_COUNT][2] = {{-1, -1}, {-1, -1}, {-1, -1}};

static int open_port(int number)
{
	return port_open(port_names[number], number == 0 ? O_RDONLY : O_WRONLY);
}

static int open_null(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int make_pipe(int number, int ends[2])
{
	const int own = number == 0;
	int result = file_pipe(ends, own);

	if (result == 0)
		(void)fcntl(ends[own], F_SETPIPE_SZ, PIPE_SIZE); /* the usual size does too */
	return result;
}

/* *READY, which is the caller's now, or -1. */
static int take(int *ready)
{
	int fd = *ready;

	*ready = -1;
	return fd;
}

static int take_port(int number)
{
	int fd = take(&ready_ports[number]);

	return fd >= 0 ? fd : open_port(number);
}

static int take_null(void)
{
	int fd = take(&ready_null);

	return fd >= 0 ? fd : open_null();
}

void stream_prepare(void)
{
	for (int i = 0; i < STREAM_COUNT; i++) {
		ready_ports[i] = open_port(i);
		if (ready_ports[i] >= 0)
			(void)make_pipe(i, ready_pipes[i]);
	}
	ready_null = open_null();
}

/* -1: closed. */
static int childs_end(const struct stream *stream)
{
	return stream == &streams[0] ? stream->to : stream->from;
}

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
	int ends[2] = {take(&ready_pipes[number][0]), take(&ready_pipes[number][1])};
	int port = rings_are_open() ? -1 : take_port(number), result = 0;

	if (port < 0 && !rings_are_open())
		return port == -ENOENT ? 0 : port;
	if (ends[0] < 0)
		result = make_pipe(number, ends);
	if (result != 0) {
		if (port >= 0)
			close(port);
		return result;
	}
	*child_fd = ends[number != 0];
	stream->from = number == 0 ? port : ends[0];
	stream->to = number == 0 ? ends[1] : port;
	return 0;
}

int stream_open(int child_fds[STREAM_COUNT], bool with_input)
{
	for (int i = 0; i < STREAM_COUNT; i++) {
		child_fds[i] = -1;
		int result = i == 0 && !with_input ? 0 : open_one(i, &child_fds[i]);
		if (result != 0)
			return result;
	}
	if (port_is_serial() && !rings_are_open() && child_fds[0] >= 0)
		report_input(0);
	/* Output to a port, but no input from one: then there is none. */
	if (child_fds[1] >= 0 && child_fds[0] < 0) {
		child_fds[0] = take_null();
		if (child_fds[0] < 0)
			return child_fds[0];
	}
	return 0;
}

int stream_open_ports(int fds[STREAM_COUNT], bool with_input)
{
	for (int i = 0; i < STREAM_COUNT; i++) {
		fds[i] = i == 0 && !with_input ? -ENOENT : take_port(i);
		if (fds[i] == -ENOENT && i == 0)
			fds[i] = take_null();
		if (fds[i] < 0)
			return fds[i];
		(void)fcntl(fds[i], F_SETFL, 0); /* writes are to wait for the base system */
	}
	return 0;
}

void stream_join(int fds[STREAM_COUNT])
{
	if (fds[2] >= 0)
		close(fds[2]);
	fds[2] = fds[1];
}

int stream_poll(struct pollfd *entries)
{
	int wait_ms = -1;

	for (int i = 0; i < STREAM_COUNT; i++) {
		const struct stream *stream = &streams[i];
		bool full = stream->begin < stream->end;

		if (rings_are_open()) {
			rings_poll(i, childs_end(stream), &entries[i]);
			continue;
		}
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

	if (rings_are_open()) {
		moved = rings_carry((int)(stream - streams), childs_end(stream));
		if (moved > 0) {
			stream->carried += (size_t)moved;
			return true;
		}
	} else if (stream->begin < stream->end) {
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

/* A serial line has neither flow control nor an end on the way in, a ring has an end. */
static void keep_input_going(struct stream *input)
{
	const uint64_t taken = input->carried + (input->end - input->begin);

	if (taken - input_told >= (rings_are_open() ? RING_TOLD : TOLD_STEP)) {
		input_told = taken;
		report_input(taken);
	}
	if (input->carried >= report_input_end())
		close_stream(input);
}

bool stream_run(const struct pollfd *entries)
{
	bool moved = false;

	for (int i = 0; i < STREAM_COUNT; i++) {
		struct stream *stream = &streams[i];

		if (childs_end(stream) < 0)
			continue;
		stream->hung_up = entries[i].fd >= 0 && entries[i].fd == stream->to &&
				  (entries[i].revents & POLLHUP) != 0;
		for (int turn = 0; turn < TURNS && step(stream); turn++)
			moved = true;
	}
	rings_bell();
	if (port_is_serial() && childs_end(&streams[0]) >= 0)
		keep_input_going(&streams[0]);
	return moved;
}

void stream_trim(void)
{
	/* A kernel with pages of 64 KB would take the next buffer along; with 16 KB it may refuse,
	 * and the buffer stays. */
	if (BUFFER_SIZE % getpagesize() != 0)
		return;
	for (int i = 0; i < STREAM_COUNT; i++) {
		struct stream *stream = &streams[i];

		if (stream->end == 0 || stream->begin < stream->end)
			continue;
		(void)madvise(stream->buffer, BUFFER_SIZE, MADV_DONTNEED);
		stream->begin = stream->end = 0;
	}
}

bool stream_output_left(void)
{
	return streams[1].from >= 0 || streams[2].from >= 0;
}

int stream_open_more(int *fd)
{
	int ends[2], result = rings_are_open() ? make_pipe(1, ends) : -ENOENT;

	if (result != 0)
		return result;
	streams[1].from = ends[0];
	*fd = ends[1];
	return 0;
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
