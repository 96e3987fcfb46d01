/* SPDX-License-Identifier: Apache-2.0 */
/* tool.h: runs a host tool (mksquashfs and the like) and waits for it. */
#ifndef PITH_RUNNER_TOOL_H
#define PITH_RUNNER_TOOL_H

#include <stddef.h>
#include <sys/types.h>

/* Start the program ARGV[0], found by PATH. Its standard input is the descriptor STDIN (-1:
 * /dev/null), its standard output the descriptor STDOUT (-1: pith's standard error, so that pith's
 * own output stays its own); KEEP (-1: none) is a further descriptor that it inherits under the
 * same number. It dies when pith dies, and on an interrupt (interrupt.h, whose interrupt_catch was
 * called before). PACKAGE names the Debian package in the message when the program is missing.
 * Returns its process id, or -errno after saying why. */
pid_t tool_start(char *const *argv, int stdin_fd, int stdout_fd, int keep_fd, const char *package);

/* Wait for its end. Returns 0 when it exited with 0, -EINTR when an interrupt ended it, or -EIO
 * after saying how NAME ended. */
int tool_wait(pid_t tool, const char *name);

/* Run it to its end, without standard input, and read what it writes to its standard output, at
 * most SIZE bytes. Returns how many that were, or -errno as tool_start and tool_wait; -EMSGSIZE,
 * after saying so, when it writes more. */
ssize_t tool_read(char *const *argv, int keep_fd, const char *package, void *bytes, size_t size);

#endif
