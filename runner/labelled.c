/* SPDX-License-Identifier: Apache-2.0 */
/* labelled.c: output of several processes on one standard output.
 *
 * Each process has a buffer for the line it is writing. Whole lines go to the queue of their sink,
 * which is written in order, so that no line is cut by another. While a queue is long, the sources
 * of that sink are not read, and their writers wait. */
#include "labelled.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lines.h"
#include "message.h"

#define QUEUE_HIGH 65536 /* bytes from which on sources wait */
#define READ_SIZE 16384

struct sink {
	struct loop *loop; /* NULL: not used yet */
	struct loop_watch watch;
	bool is_watched, is_gone, is_regular;
	char *queue;
	size_t head, tail, room;
	struct labelled *sources;
};

struct labelled {
	struct sink *sink;
	struct labelled *next; /* of the same sink */
	struct loop_watch source;
	bool waits;
	uint64_t taken;
	int log_fd;
	char *label;
	struct lines lines;
	char line[LABELLED_LINE_MAX];
};

static struct sink sinks[2];

/* --- Sinks -------------------------------------------------------------------------------------
 */

/* Shared with who started pith, so not made non-blocking: asked first, and given no more than a
 * writable pipe has room for (pipe(7)). */
static void write_queue(struct sink *sink)
{
	struct pollfd poll_fd = {.fd = sink->watch.fd, .events = POLLOUT};

	while (sink->head < sink->tail && !sink->is_gone) {
		size_t size = sink->tail - sink->head;
		if (!sink->is_regular && poll(&poll_fd, 1, 0) != 1)
			return;
		if (!sink->is_regular && size > PIPE_BUF)
			size = PIPE_BUF;
		ssize_t written = write(sink->watch.fd, sink->queue + sink->head, size);
		if (written >= 0)
			sink->head += (size_t)written;
		else if (errno != EINTR && errno != EAGAIN)
			sink->is_gone = true;
		else if (errno == EAGAIN)
			return;
	}
	sink->head = sink->tail = 0;
}

static void flush(struct sink *sink)
{
	write_queue(sink);
	bool watch = sink->head < sink->tail;
	if (watch != sink->is_watched) {
		sink->is_watched = watch;
		if (watch)
			loop_add(sink->loop, &sink->watch, EPOLLOUT);
		else
			loop_pause(sink->loop, &sink->watch);
	}
	bool waits = sink->tail - sink->head >= QUEUE_HIGH;
	for (struct labelled *output = sink->sources; output != NULL; output = output->next) {
		if (output->waits == waits || output->source.fd < 0)
			continue;
		output->waits = waits;
		if (waits)
			loop_pause(sink->loop, &output->source);
		else
			loop_add(sink->loop, &output->source, EPOLLIN);
	}
}

static void sink_ready(struct loop_watch *watch, uint32_t events)
{
	(void)events;
	flush(watch->owner);
}

static struct sink *open_sink(struct loop *loop, int fd)
{
	struct sink *sink = &sinks[fd == STDERR_FILENO];
	struct stat status;

	if (sink->loop != NULL)
		return sink;
	*sink = (struct sink){.loop = loop};
	sink->watch = (struct loop_watch){fcntl(fd, F_DUPFD_CLOEXEC, 0), sink_ready, sink};
	sink->is_gone = sink->watch.fd < 0;
	sink->is_regular = fstat(sink->watch.fd, &status) == 0 && S_ISREG(status.st_mode);
	return sink;
}

static void queue_bytes(struct sink *sink, const char *bytes, size_t size)
{
	if (sink->room - sink->tail < size) {
		memmove(sink->queue, sink->queue + sink->head, sink->tail - sink->head);
		sink->tail -= sink->head;
		sink->head = 0;
	}
	if (sink->room - sink->tail < size) {
		size_t room = 2 * (sink->tail + size);
		char *queue = realloc(sink->queue, room);
		if (queue == NULL)
			die_out_of_memory();
		sink->queue = queue;
		sink->room = room;
	}
	memcpy(sink->queue + sink->tail, bytes, size);
	sink->tail += size;
}

/* --- Sources -----------------------------------------------------------------------------------
 */

static void queue_line(void *context, const char *line, size_t size, bool cut)
{
	struct labelled *output = context;

	(void)cut;
	queue_bytes(output->sink, output->label, strlen(output->label));
	queue_bytes(output->sink, line, size);
	queue_bytes(output->sink, "\n", 1);
}

/* Lines that do not fit are handed on in pieces: nothing is lost. */
static void queue_lines(struct labelled *output, const char *bytes, size_t size)
{
	while (size > 0) {
		size_t piece = output->lines.room - output->lines.used;
		if (piece > size)
			piece = size;
		if (piece == 0) {
			lines_end(&output->lines, queue_line, output);
			continue;
		}
		lines_feed(&output->lines, bytes, piece, queue_line, output);
		bytes += piece;
		size -= piece;
	}
}

static void write_log(struct labelled *output, const char *bytes, size_t size)
{
	while (output->log_fd >= 0 && size > 0) {
		ssize_t written = write(output->log_fd, bytes, size);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0) {
			say_warning("log file: %s: the rest is not logged", strerror(errno));
			output->log_fd = -1;
			return;
		}
		bytes += written;
		size -= (size_t)written;
	}
}

static ssize_t take(struct labelled *output)
{
	char bytes[READ_SIZE];
	ssize_t size = read(output->source.fd, bytes, sizeof(bytes));

	if (size < 0 && (errno == EINTR || errno == EAGAIN))
		return size;
	if (size <= 0) {
		loop_remove(output->sink->loop, &output->source);
		lines_end(&output->lines, queue_line, output);
	} else {
		output->taken += (size_t)size;
		write_log(output, bytes, (size_t)size);
		if (output->label[0] == '\0')
			queue_bytes(output->sink, bytes, (size_t)size);
		else
			queue_lines(output, bytes, (size_t)size);
	}
	flush(output->sink);
	return size;
}

static void source_ready(struct loop_watch *watch, uint32_t events)
{
	(void)events;
	take(watch->owner);
}

struct labelled *labelled_start(struct loop *loop, int source_fd, int sink_fd, const char *label,
				int log_fd)
{
	struct labelled *output = malloc(sizeof(*output));

	if (output == NULL)
		die_out_of_memory();
	output->sink = open_sink(loop, sink_fd);
	output->next = output->sink->sources;
	output->sink->sources = output;
	output->source = (struct loop_watch){source_fd, source_ready, output};
	output->waits = false;
	output->taken = 0;
	output->log_fd = log_fd;
	output->label = strdup(label);
	if (output->label == NULL)
		die_out_of_memory();
	output->lines = (struct lines){.bytes = output->line, .room = sizeof(output->line)};
	fcntl(source_fd, F_SETFL, fcntl(source_fd, F_GETFL) | O_NONBLOCK);
	loop_add(loop, &output->source, EPOLLIN);
	return output;
}

/* A process that left a writer behind could go on for ever: as much as a pipe holds is what the
 * process itself can have left. */
void labelled_drain(struct labelled *output)
{
	for (size_t taken = 0; output->source.fd >= 0 && taken < 1 << 20;) {
		ssize_t size = take(output);
		if (size <= 0)
			return;
		taken += (size_t)size;
	}
}

uint64_t labelled_taken(const struct labelled *output)
{
	return output->taken;
}

bool labelled_is_done(const struct labelled *output)
{
	return output->source.fd < 0;
}

void labelled_end(struct labelled *output)
{
	if (output == NULL)
		return;
	struct labelled **link = &output->sink->sources;
	loop_remove(output->sink->loop, &output->source);
	lines_end(&output->lines, queue_line, output);
	while (*link != output)
		link = &(*link)->next;
	*link = output->next;
	flush(output->sink);
	free(output->label);
	free(output);
}

bool labelled_is_flushed(void)
{
	return sinks[0].head == sinks[0].tail && sinks[1].head == sinks[1].tail;
}

void labelled_drop(void)
{
	for (size_t i = 0; i < sizeof(sinks) / sizeof(sinks[0]); i++) {
		sinks[i].is_gone = true;
		if (sinks[i].loop != NULL)
			flush(&sinks[i]);
	}
}
