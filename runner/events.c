/* SPDX-License-Identifier: Apache-2.0 */
/* events.c: what happens, as JSON lines. */
#include "events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inherited.h"
#include "json.h"
#include "loop.h"
#include "message.h"
#include "output_file.h"

static int report_fd = -1, file_fd = -1;
static char *line;
static size_t line_size;
static FILE *line_file;

void events_init(void)
{
	report_fd = inherited_take("PITH_REPORT_FD", "nothing is reported");
}

bool events_in_guest(void)
{
	return report_fd >= 0;
}

int events_open(const char *path)
{
	int own = output_file_own_descriptor(path); /* opened by path it would be cut */

	file_fd = own >= 0 ? fcntl(own, F_DUPFD_CLOEXEC, 0)
			   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
	if (file_fd >= 0)
		return 0;
	int error = errno;
	say_error("%s: %s", path, strerror(error));
	return -error;
}

FILE *events_begin(const char *event, const char *process)
{
	struct timespec now;

	line_file = open_memstream(&line, &line_size);
	if (line_file == NULL)
		die_out_of_memory();
	clock_gettime(CLOCK_BOOTTIME, &now);
	fprintf(line_file, "{\"event\":\"%s\",\"t_us\":%lld", event,
		(long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	if (process != NULL)
		events_add_string(line_file, "process", process);
	return line_file;
}

/* One write a line. A reader that is gone or stuck costs lines, never the run. */
static void write_line(int fd)
{
	static bool is_stuck; /* the file: a report is read by PID 1 */
	ssize_t written;

	if (fd == file_fd && !loop_can_write(fd, &is_stuck))
		return;
	do {
		written = write(fd, line, line_size);
	} while (written < 0 && errno == EINTR);
}

void events_end(void)
{
	fputs("}\n", line_file);
	if (fclose(line_file) != 0)
		die_out_of_memory();
	if (report_fd >= 0 && line_size <= EVENTS_LINE_MAX)
		write_line(report_fd);
	if (file_fd >= 0)
		write_line(file_fd);
	free(line);
}

void events_add_string(FILE *out, const char *key, const char *text)
{
	fprintf(out, ",\"%s\":", key);
	json_write_string(out, text, strlen(text));
}

void events_add_outcome(FILE *out, const struct outcome *outcome)
{
	fprintf(out, ",\"outcome\":\"%s\",\"code\":%d,\"signal\":%d", outcome_name(outcome->kind),
		outcome->code, outcome->signal);
	events_add_string(out, "message", outcome->message);
}
