/* SPDX-License-Identifier: Apache-2.0 */
/* Rings in shared memory: bytes arrive in order over the edge, and an index that is none harms
 * nobody; pith's streams from and to them. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>

#include "../../init/ring.h"
#include "../../runner/stream.h"
#include "../tap.h"

static char *memory;
static struct ring writer, reader;

static uint32_t *word(int number, int which)
{
	return (uint32_t *)(void *)memory + 48 * number + 16 * which;
}

static void reset(int number)
{
	memset(memory, 0, RING_DEVICE_BYTES);
	ring_attach(&writer, memory, number, true);
	ring_attach(&reader, memory, number, false);
}

/* Both sides to the index AT. */
static void begin_at(uint32_t at)
{
	*word(1, 0) = *word(1, 1) = writer.own = reader.own = at;
}

static size_t put(const char *text, size_t size)
{
	size_t moved = 0;
	char *places;
	ssize_t room;

	while (moved < size && (room = ring_look(&writer, &places)) > 0) {
		size_t part = (size_t)room < size - moved ? (size_t)room : size - moved;
		memcpy(places, text + moved, part);
		ring_move(&writer, part);
		moved += part;
	}
	return moved;
}

static size_t get(char *text, size_t size)
{
	size_t moved = 0;
	char *places;
	ssize_t there;

	while (moved < size && (there = ring_look(&reader, &places)) > 0) {
		size_t part = (size_t)there < size - moved ? (size_t)there : size - moved;
		memcpy(text + moved, places, part);
		ring_move(&reader, part);
		moved += part;
	}
	return moved;
}

static void test_order(uint32_t at)
{
	static char in[RING_BYTES + 100], out[RING_BYTES + 100];
	char *unused;

	reset(1);
	begin_at(at);
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (char)(i * 7 + i / 251);
	is_int((long long)get(out, 1), 0, "an empty ring has nothing");
	is_int((long long)put(in, 10), 10, "ten bytes are put");
	is_int(ring_fill(&writer), 10, "... and are in it");
	ok(get(out, 100) == 10 && memcmp(in, out, 10) == 0, "... and come out");
	is_int(ring_fill(&writer), 0, "... and are in it no more");
	is_int((long long)put(in, sizeof(in)), RING_BYTES, "it takes what fits, over its edge");
	is_int(ring_look(&writer, &unused), 0, "... and no more then");
	is_int(ring_fill(&writer), RING_BYTES, "... being full");
	ok(get(out, sizeof(out)) == RING_BYTES && memcmp(in, out, RING_BYTES) == 0,
	   "all come out in order");
	ok(!ring_is_closed(&reader), "there is no end yet");
	ring_close(&writer);
	ok(ring_is_closed(&reader) && ring_look(&reader, &unused) == 0, "there it is");
}

static void test_hostile(void)
{
	static const uint32_t far[] = {RING_BYTES + 1, 0x7fffffff, 0x80000000, 0xffffffff};
	char *places;

	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		reset(1);
		*word(1, 0) = far[i];
		is_int(ring_look(&reader, &places), -EPROTO, "a writer's index that is none");
		reset(1);
		*word(1, 1) = far[i];
		ok(ring_look(&writer, &places) ==
		       (0u - far[i] > RING_BYTES ? -EPROTO : (ssize_t)RING_BYTES - 1),
		   "a reader's index that is none, or says less than there is");
		ok(ring_fill(&writer) <= RING_BYTES, "... has a fill that is one");
	}
	/* Indices of its own a side never reads back. */
	reset(2);
	put("abc", 3);
	*word(2, 0) = 1;
	put("d", 1);
	is_int(*word(2, 0), 4, "what the other side did to this one's index is undone");
}

/* --- pith's side: stream.c ---------------------------------------------------------------------
 */

static struct loop loop;
static struct stream stream;
static int ends[2];

static void begin(int number)
{
	reset(number);
	if (loop_init(&loop) != 0 || pipe(ends) != 0)
		abort();
}

static void end(void)
{
	if (!stream_is_done(&stream))
		stream_end(&stream);
	close(ends[0]);
	close(ends[1]);
	loop_end(&loop);
}

static void turn(unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		(void)loop_run_once(&loop, 0);
}

static void test_output(void)
{
	char text[16] = "";

	begin(1);
	is_int(stream_start_ring(&stream, &loop, &reader, ends[1]), 0, "a stream from a ring");
	put("one", 3);
	turn(2);
	is_int((long long)stream.taken, 0, "nobody has rung");
	stream_look(&stream, false);
	turn(4);
	ok(read(ends[0], text, sizeof(text)) == 3 && memcmp(text, "one", 3) == 0, "it arrives");
	ok(!stream.has_news, "no answer was asked for");
	put("two", 3);
	stream_look(&stream, true);
	turn(4);
	ok(read(ends[0], text, sizeof(text)) == 3 && stream.has_news, "it arrives and is answered");
	stream.has_news = false;
	stream_look(&stream, true);
	turn(2);
	ok(stream.has_news, "an answer though there was nothing");
	put("three", 5);
	stream_finish(&stream);
	turn(4);
	ok(read(ends[0], text, sizeof(text)) == 5 && stream_is_done(&stream),
	   "the last, and the end");
	end();

	begin(1);
	(void)stream_start_ring(&stream, &loop, &reader, ends[1]);
	stream_look(&stream, false);
	turn(2); /* there is nothing: EAGAIN */
	*word(1, 0) = 0xdeadbeef;
	stream_look(&stream, true);
	turn(2);
	ok(stream_is_done(&stream) && stream.ring_is_broken, "an index that is none ends it");
	end();
}

static void test_back_pressure(void)
{
	static char text[RING_BYTES];
	size_t got = 0;
	ssize_t size;

	begin(2);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	(void)stream_start_ring(&stream, &loop, &reader, ends[1]);
	memset(text, 'x', sizeof(text));
	put(text, sizeof(text));
	stream_look(&stream, true);
	turn(100);
	ok(!stream.has_news && stream.taken < sizeof(text), "a pipe that nobody reads holds it up");
	for (unsigned i = 0; i < 1000 && got < sizeof(text); i++) {
		turn(2);
		size = read(ends[0], text, sizeof(text));
		got += size > 0 ? (size_t)size : 0;
	}
	turn(3);
	ok(got == sizeof(text) && stream.has_news,
	   "read, it comes to its end, and is answered then");
	end();
}

static void test_input(void)
{
	static char text[2 * RING_BYTES];
	size_t got = 0;

	/* The other way round: here pith writes. */
	begin(0);
	is_int(stream_start_ring_input(&stream, &loop, ends[0], &writer), 0, "a stream to a ring");
	if (write(ends[1], "one", 3) != 3)
		abort();
	turn(2);
	ok(stream.has_news && get(text, sizeof(text)) == 3, "input arrives, and there is news");
	(void)fcntl(ends[1], F_SETFL, O_NONBLOCK);
	for (unsigned i = 0; i < 100; i++) {
		(void)!write(ends[1], text, sizeof(text));
		turn(2);
	}
	is_int((long long)stream.taken, RING_BYTES, "no more is taken than it was allowed");
	got = 3 + get(text, sizeof(text));
	stream_allow(&stream, got + RING_BYTES);
	turn(1);
	ok(stream.taken > RING_BYTES && get(text, 1) == 1, "until more is");
	stream_allow(&stream, UINT64_MAX);
	for (unsigned i = 0; i < 100; i++) {
		(void)!write(ends[1], text, sizeof(text));
		turn(2);
	}
	ok(stream_is_done(&stream) && ring_is_closed(&reader),
	   "a guest that allows what it has no room for gets no more");
	ends[0] = -1;
	end();

	begin(0);
	(void)stream_start_ring_input(&stream, &loop, ends[0], &writer);
	close(ends[1]);
	ends[0] = ends[1] = -1;
	stream.has_news = false;
	turn(2);
	ok(stream_is_done(&stream) && ring_is_closed(&reader) && stream.has_news,
	   "the end of the input");
	end();
}

/* A sink that is closed takes nothing; one for which there is no descriptor is a failure. */
static void test_sinks(void)
{
	struct rlimit before, none;

	begin(1);
	is_int(stream_start_ring(&stream, &loop, &reader, -1), 0, "a sink that is closed");
	ok(stream.sink_is_gone && !stream_is_done(&stream), "... is as one that is gone");
	end();
	begin(1);
	if (getrlimit(RLIMIT_NOFILE, &before) != 0)
		abort();
	none = before;
	none.rlim_cur = (rlim_t)ends[1] + 2; /* room for the ring's own */
	(void)setrlimit(RLIMIT_NOFILE, &none);
	is_int(stream_start_ring(&stream, &loop, &reader, ends[1]), -EMFILE,
	       "a sink without room for its descriptor");
	(void)setrlimit(RLIMIT_NOFILE, &before);
	ok(stream_is_done(&stream), "... starts nothing");
	end();
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	memory = calloc(1, RING_DEVICE_BYTES);
	test_order(0);
	test_order(0xffffff00); /* indices go round */
	test_hostile();
	test_output();
	test_back_pressure();
	test_input();
	test_sinks();
	free(memory);
	return done();
}
