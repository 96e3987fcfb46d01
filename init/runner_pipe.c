/* SPDX-License-Identifier: Apache-2.0 */
/* runner_pipe.c: what the runner in the guest reports: JSON lines in a pipe. */
#include "runner_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "report.h"

static int pipe_fd = -1;
static int ready_ends[2] = {-1, -1};       /* made, and not open yet */
static char line[REPORT_LINE_MAX / 2 + 1]; /* with its newline */
static size_t used;
static bool too_long; /* what comes up to the next newline is no line */
static bool refusal_said;

void runner_pipe_prepare(void)
{
	(void)file_pipe(ready_ends, 0);
}

int runner_pipe_open(void)
{
	int result = ready_ends[0] >= 0 ? 0 : file_pipe(ready_ends, 0);

	if (result != 0)
		return result;
	pipe_fd = ready_ends[0];
	ready_ends[0] = -1;
	return ready_ends[1];
}

/* Pass on the whole lines of the buffer. Returns false when the channel takes no more for now. */
static bool pass_on(void)
{
	char *end;

	while ((end = memchr(line, '\n', used)) != NULL) {
		size_t size = (size_t)(end - line);
		int result = too_long ? -EINVAL : report_runner(line, size);

		if (result == -EAGAIN)
			return false;
		if (result != 0 && !refusal_said) {
			refusal_said = true; /* once: an app may write a million of them */
			report_warning("a line from the runner is no JSON object or too long");
		}
		too_long = false;
		used -= size + 1;
		memmove(line, end + 1, used);
	}
	if (used == sizeof(line)) {
		too_long = true;
		used = 0;
	}
	return true;
}

int runner_pipe_poll_fd(void)
{
	return pass_on() ? pipe_fd : -1;
}

bool runner_pipe_is_open(void)
{
	return pipe_fd >= 0;
}

void runner_pipe_run(void)
{
	if (pipe_fd < 0 || !pass_on())
		return;
	ssize_t got = read(pipe_fd, line + used, sizeof(line) - used);
	if (got > 0) {
		used += (size_t)got;
		(void)pass_on();
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(pipe_fd);
		pipe_fd = -1;
	}
}
