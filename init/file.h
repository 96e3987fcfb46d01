/* SPDX-License-Identifier: Apache-2.0 */
/* file.h: small files whole, as /proc, /sys and the initramfs hold them. */
#ifndef PITH_INIT_FILE_H
#define PITH_INIT_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Read all of FD into BUFFER and end it with a NUL byte. Returns the bytes read, -EFBIG when there
 * are SIZE bytes or more, or another -errno. */
ssize_t file_read_fd(int fd, char *buffer, size_t size);

/* The same for the file at PATH; a symbolic link as the last component is refused (-ELOOP). */
ssize_t file_read(const char *path, char *buffer, size_t size);

/* The same for a file of one line: without its newline. */
ssize_t file_read_line(const char *path, char *buffer, size_t size);

/* Write TEXT to an existing file in one call. Returns 0 or -errno. */
int file_write(const char *path, const char *text);

/* A pipe that no exec keeps, whose end ENDS[OWN] does not block. Returns 0 or -errno, and then both
 * are -1. */
int file_pipe(int ends[2], int own);

/* Make the folder PATH (absolute, below PATH_MAX) and those above it where they are missing. What
 * could not be made shows when it is used. */
void file_make_folders(const char *path);

#endif
