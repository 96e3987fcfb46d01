/* SPDX-License-Identifier: Apache-2.0 */
/* output_file.h: a file that appears under its name only when it is whole. Where the file system
 * can (O_TMPFILE), it has no name at all until then, and even SIGKILL leaves nothing behind (but in
 * the instant of replacing an older file, which takes a second name); else it is ".NAME.XXXXXX"
 * beside it.
 *
 * What is there and is no regular file (a device, a FIFO that somebody reads) is not replaced: it
 * is written to, when all is there. "/dev/stdout", "/dev/stderr", "/dev/fd/N" and "/proc/self/fd/N"
 * are descriptors of pith's own and not opened again by path, whatever they are: what is behind ">
 * log" goes on where it stands. A reader that takes nothing for 10 s is a failure, -ETIMEDOUT; one
 * of a descriptor of pith's own has as long as for all output (REPORT_DRAIN_MS), and a stop signal
 * ends pith meanwhile. */
#ifndef PITH_RUNNER_OUTPUT_FILE_H
#define PITH_RUNNER_OUTPUT_FILE_H

#include <limits.h>
#include <stdio.h>

struct output_file {
	int descriptor;   /* read and write, close-on-exec */
	int target;       /* what gets the content in place of a name; -1: none */
	unsigned take_ms; /* how long the target may take nothing */
	int error;        /* of its stream: the first, as -errno; 0: none */
	char path[PATH_MAX];
	char temporary[PATH_MAX]; /* "" while it has no name */
};

/* Returns 0 or -errno after saying why. */
int output_file_open(struct output_file *file, const char *path);

/* Could PATH be opened so? For what is written at the end of a long run. Leaves nothing behind, and
 * does not open what is there. NULL: nothing to look at. Returns 0 or -errno after saying why. */
int output_file_check(const char *path);

/* The file as a stream, which output_file_finish closes. */
FILE *output_file_stream(struct output_file *file);

/* Close OUT, then commit the file, or abandon it when something could not be written to OUT.
 * Returns 0 or -errno after saying why. */
int output_file_finish(struct output_file *file, FILE *out);

/* Bytes to disk, then the name: an older file of that name is replaced in one step. Closes the
 * descriptor in any case, and removes the file on failure. Returns 0 or -errno after saying why. */
int output_file_commit(struct output_file *file);

/* Close and remove. */
void output_file_abandon(struct output_file *file);

/* The descriptor of pith's own that PATH is a name of ("/dev/stdout"); -1 for another path. Pure.
 */
int output_file_own_descriptor(const char *path);

#endif
