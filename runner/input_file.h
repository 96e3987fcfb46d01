/* SPDX-License-Identifier: Apache-2.0 */
/* input_file.h: files that pith is given by name, opened so that it never waits for a FIFO's other
 * end, nor reads a device. */
#ifndef PITH_RUNNER_INPUT_FILE_H
#define PITH_RUNNER_INPUT_FILE_H

#include <stdio.h>

/* Open the regular file PATH; ACCESS is O_RDONLY or O_RDWR. Returns its descriptor, which no exec
 * keeps, or -errno: -EISDIR for a folder, -EMEDIUMTYPE for anything else that is no regular file
 * (input_file_error). */
int input_file_open(const char *path, int access);

/* The same for reading, but "/dev/stdin", "/dev/fd/N" and "/proc/self/fd/N" may be anything: what a
 * shell makes of "<(command)" is a pipe. For what is read once, from its beginning to its end. */
int input_file_open_stream(const char *path);

/* The first as a stream; NULL with errno set as above, but positive. */
FILE *input_file_stream(const char *path);

/* What is wrong, in words, ERROR being an errno of either sign. Valid until the next call of
 * strerror(3). */
const char *input_file_error(int error);

#endif
