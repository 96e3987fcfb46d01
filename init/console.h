/* SPDX-License-Identifier: Apache-2.0 */
/* console.h: descriptors 0, 1, 2 and what pith-init itself says there. Writing never blocks for
 * long: a terminal that was stopped (XOFF) must not stop PID 1. */
#ifndef PITH_INIT_CONSOLE_H
#define PITH_INIT_CONSOLE_H

#include <stddef.h>

#include "cmdline.h"

/* Make sure that 0, 1 and 2 are open: as they are, else /dev/console, else /dev/null. Called before
 * and after the mounts, since either may be missing before. */
void console_open(void);

/* How much console_info and console_debug say; at first nothing. */
void console_set_level(enum log_level level);

/* A line "pith-init: ..." on the console. errno is preserved by all of these. */
void console_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void console_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void console_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void console_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Write SIZE bytes to the console as they are; what it does not take within a second is lost. */
void console_write(const char *bytes, size_t size);
/* The same to FD, which is non-blocking. */
void console_write_to(int fd, const char *bytes, size_t size);

/* A descriptor (the caller's, close-on-exec) of the terminal behind the console, or -1 when there
 * is none. /dev/console itself cannot be a controlling terminal; the tty behind it can. */
int console_open_terminal(void);

/* Set the size of the terminal FD; its foreground group gets SIGWINCH where that is another. */
void console_set_size(int fd, const struct boot_size *size);

/* Restart the output of the terminal FD, should it be stopped, and wait until it has sent what was
 * written to it, at most a second. */
void console_drain(int fd);

#endif
