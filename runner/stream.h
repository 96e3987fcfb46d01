/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h: bytes carried from one descriptor to another, all of them, unchanged, in bounded
 * memory: while the sink does not take them, the source is not read, and its writer waits. */
#ifndef PITH_RUNNER_STREAM_H
#define PITH_RUNNER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../init/ring.h"
#include "loop.h"

struct stream {
	struct loop *loop;
	struct loop_watch source; /* fd -1: at its end, and everything written */
	struct loop_watch sink;   /* a duplicate of the sink's descriptor */
	bool waits_for_sink;
	int sink_error;         /* why sink_is_gone; 0 when it never was there */
	bool sink_is_gone;      /* EPIPE and the like: the rest is read and dropped */
	bool sink_is_regular;   /* a file: never waits */
	bool source_is_regular; /* a file, or /dev/zero: never waits, and cannot be watched */
	bool is_input;          /* to a socket of ours: nothing is read that it will not take */
	bool is_limited;        /* is_input, and no more is taken than LIMIT allows */
	bool is_held;           /* by that */
	uint64_t limit;
	/* In the place of the source's descriptor, or of an input's sink's: a ring. Then that
	 * descriptor is an eventfd, readable when there may be something in the ring. */
	struct ring *ring;
	bool ring_is_final;  /* nobody writes to it any more */
	bool ring_is_broken; /* its index was none: what was in it is lost */
	bool answer_asked;   /* it is to be said when it is empty: */
	bool has_news;       /* it is, or an input's has more or its end */
	void (*take)(void *context, const char *bytes, size_t size); /* sees it too; NULL: nobody */
	void *take_context;
	size_t head, tail;
	uint64_t taken; /* bytes read from the source so far */
	char buffer[65536];
};

/* Begin to carry from SOURCE_FD, which the stream owns from now on, to SINK_FD, which stays the
 * caller's. Returns 0 or -errno (SOURCE_FD is closed then). */
int stream_start(struct stream *stream, struct loop *loop, int source_fd, int sink_fd);
/* The same from pith's own standard input to the socket SINK_FD: at the end of the source the
 * socket's writing side is shut down, and when the other side is gone, reading ends. */
int stream_start_input(struct stream *stream, struct loop *loop, int source_fd, int sink_fd);
/* The same to a socket that has no end, and takes no more than stream_allow says. */
int stream_start_limited(struct stream *stream, struct loop *loop, int source_fd, int sink_fd);
/* From RING, and from SOURCE_FD to RING, as the first and the last of these. RING stays the
 * caller's, and must live as long as STREAM. */
int stream_start_ring(struct stream *stream, struct loop *loop, struct ring *ring, int sink_fd);
int stream_start_ring_input(struct stream *stream, struct loop *loop, int source_fd,
			    struct ring *ring);
/* There may be something in the ring: ASKS to be answered (has_news) once that is taken. */
void stream_look(struct stream *stream, bool asks);
/* What is in the ring is the last of it. */
void stream_finish(struct stream *stream);
/* LIMIT bytes may be taken in all; less than before changes nothing. */
void stream_allow(struct stream *stream, uint64_t limit);
/* What comes from now on goes to SINK_FD, a file, and nobody sees it besides: when all before that
 * has been written. Returns whether it has. */
bool stream_turn(struct stream *stream, int sink_fd);
/* The source has ended and everything has been written. */
bool stream_is_done(const struct stream *stream);
/* Drop what is left and close. */
void stream_end(struct stream *stream);

#endif
