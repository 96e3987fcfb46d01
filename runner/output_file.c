/* SPDX-License-Identifier: Apache-2.0 */
/* output_file.c: a file that appears under its name only when it is whole. */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../init/report.h"
#include "duration.h"
#include "message.h"

#define NAME_TRIES 100
#define TAKE_MS 10000 /* for a program that reads: without a byte taken */

/* The temporary name: ".NAME.XXXXXX" in the same folder, six random letters. */
static int choose_name(struct output_file *file)
{
	const char *slash = strrchr(file->path, '/');
	int folder_size = slash == NULL ? 0 : (int)(slash - file->path) + 1;
	uint8_t random[6];
	char letters[7] = "";

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -errno;
	for (size_t i = 0; i < sizeof(random); i++)
		letters[i] = (char)('a' + random[i] % 26);
	int size = snprintf(file->temporary, sizeof(file->temporary), "%.*s.%s.%s", folder_size,
			    file->path, file->path + folder_size, letters);
	return size < (int)sizeof(file->temporary) ? 0 : -ENAMETOOLONG;
}

/* Open under a temporary name: for file systems without O_TMPFILE. */
static int open_named(struct output_file *file)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		int error = choose_name(file);
		if (error < 0)
			return error;
		file->descriptor =
		    open(file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (file->descriptor >= 0 || errno != EEXIST)
			break;
	}
	return file->descriptor < 0 ? -errno : 0;
}

int output_file_own_descriptor(const char *path)
{
	static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};

	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		const char *digits = path + strlen(folders[i]);
		size_t count;
		if (strncmp(path, folders[i], strlen(folders[i])) != 0)
			continue;
		count = strspn(digits, "0123456789");
		if (count > 0 && count < 8 && digits[count] == '\0')
			return atoi(digits);
	}
	return -1;
}

int output_file_check(const char *path)
{
	struct stat status;
	char folder[PATH_MAX];
	int error = 0;

	if (path == NULL || output_file_own_descriptor(path) >= 0)
		return 0;
	const char *slash = strrchr(path, '/');
	if (slash != NULL && slash - path >= (ptrdiff_t)sizeof(folder) - 1)
		error = -ENAMETOOLONG;
	else if (stat(path, &status) != 0 || S_ISREG(status.st_mode)) {
		snprintf(folder, sizeof(folder), "%.*s",
			 slash == NULL ? 1 : (int)(slash - path) + 1, slash == NULL ? "." : path);
		error = access(folder, W_OK | X_OK) == 0 ? 0 : -errno;
	} else if (S_ISDIR(status.st_mode)) {
		error = -EISDIR;
	}
	if (error < 0)
		say_error("%s: %s", path, strerror(-error));
	return error;
}

/* What is written to and not replaced, into file->target. Returns 0, also where there is no such
 * thing, or -errno. */
static int open_target(struct output_file *file)
{
	int own = output_file_own_descriptor(file->path);
	struct stat status;

	if (own < 0 && (stat(file->path, &status) != 0 || S_ISREG(status.st_mode)))
		return 0;
	file->target = own >= 0 ? fcntl(own, F_DUPFD_CLOEXEC, 0)
				: open(file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	file->take_ms = own >= 0 ? REPORT_DRAIN_MS : TAKE_MS;
	return file->target < 0 ? -errno : 0; /* ENXIO: a FIFO that nobody reads */
}

static int open_content(struct output_file *file)
{
	const char *slash = strrchr(file->path, '/');
	char folder[PATH_MAX] = ".";

	if (slash != NULL)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - file->path) + 1, file->path);
	file->descriptor = file->target >= 0 ? memfd_create("pith-output", MFD_CLOEXEC)
					     : open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	if (file->descriptor >= 0)
		return 0;
	return file->target < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)
		   ? open_named(file)
		   : -errno;
}

int output_file_open(struct output_file *file, const char *path)
{
	int error = 0;

	*file = (struct output_file){.descriptor = -1, .target = -1};
	if (snprintf(file->path, sizeof(file->path), "%s", path) >= (int)sizeof(file->path))
		error = -ENAMETOOLONG;
	if (error == 0)
		error = open_target(file);
	if (error == 0)
		error = open_content(file);
	if (error < 0) {
		say_error("%s: %s", path, strerror(-error));
		output_file_abandon(file);
	}
	return error;
}

/* The stream's own writer: stdio keeps that a write failed, and not why. */
static ssize_t write_stream(void *cookie, const char *bytes, size_t size)
{
	struct output_file *file = cookie;
	size_t done = 0;

	while (done < size) {
		ssize_t n = write(file->descriptor, bytes + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (file->error == 0)
				file->error = n < 0 ? -errno : -EIO;
			return 0;
		}
		done += (size_t)n;
	}
	return (ssize_t)size;
}

FILE *output_file_stream(struct output_file *file)
{
	FILE *out = fopencookie(file, "w", (cookie_io_functions_t){.write = write_stream});

	if (out == NULL)
		die_out_of_memory();
	return out;
}

int output_file_finish(struct output_file *file, FILE *out)
{
	int error = fclose(out) != 0 ? -errno : 0;

	if (file->error != 0)
		error = file->error;
	if (error == 0)
		return output_file_commit(file);
	say_error("%s: %s", file->path, strerror(-error));
	output_file_abandon(file);
	return error;
}

/* Give a file without a name its temporary one; link(2) cannot replace, rename(2) can. */
static int give_name(struct output_file *file)
{
	char self[64];
	int error = -EEXIST;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", file->descriptor);
	for (int i = 0; i < NAME_TRIES && error == -EEXIST; i++) {
		error = choose_name(file);
		if (error == 0 &&
		    linkat(AT_FDCWD, self, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) < 0)
			error = -errno;
	}
	if (error < 0)
		file->temporary[0] = '\0';
	return error;
}

/* Until the target takes something. A stop signal, which the supervisor has blocked, ends pith
 * here. Returns 0, or -ETIMEDOUT when DEADLINE_MS has passed. */
static int wait_for_target(const struct output_file *file, uint64_t deadline_ms)
{
	struct pollfd poll_fd = {.fd = file->target, .events = POLLOUT};
	uint64_t now_ms = duration_now_ms();
	uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
	struct timespec left = {(time_t)(left_ms / 1000), (long)(left_ms % 1000) * 1000000};
	sigset_t none;

	sigemptyset(&none);
	return ppoll(&poll_fd, 1, &left, &none) == 0 ? -ETIMEDOUT : 0;
}

/* Some of these may be shared with others, and block: they are given no more than PIPE_BUF bytes,
 * for which a writable pipe has room (pipe(7)). */
static int put_bytes(const struct output_file *file, const char *bytes, size_t size)
{
	uint64_t deadline_ms = duration_now_ms() + file->take_ms;
	int error = 0;

	while (size > 0 && (error = wait_for_target(file, deadline_ms)) == 0) {
		ssize_t n = write(file->target, bytes, size < PIPE_BUF ? size : PIPE_BUF);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n <= 0)
			continue;
		bytes += n;
		size -= (size_t)n;
		deadline_ms = duration_now_ms() + file->take_ms;
	}
	return error;
}

/* By read and write: sendfile(2) takes no target that is open for appending. A reader that is gone
 * is EPIPE. */
static int put_content(const struct output_file *file)
{
	void (*before)(int) = signal(SIGPIPE, SIG_IGN);
	char buffer[65536];
	int error = 0;
	ssize_t n;

	for (off_t at = 0; error == 0; at += n) {
		n = pread(file->descriptor, buffer, sizeof(buffer), at);
		if (n <= 0) {
			error = n < 0 ? -errno : 0;
			break;
		}
		error = put_bytes(file, buffer, (size_t)n);
	}
	signal(SIGPIPE, before);
	return error;
}

static void say_failure(const struct output_file *file, int error)
{
	if (error == -ETIMEDOUT && file->target >= 0)
		say_error("%s: its reader took nothing for %u s", file->path, file->take_ms / 1000);
	else
		say_error("%s: %s", file->path, strerror(-error));
}

int output_file_commit(struct output_file *file)
{
	int error = 0;

	if (file->target >= 0)
		error = put_content(file);
	else if (fsync(file->descriptor) < 0)
		error = -errno;
	if (error == 0 && file->target < 0 && file->temporary[0] == '\0')
		error = give_name(file);
	if (error == 0 && file->target < 0 && rename(file->temporary, file->path) < 0)
		error = -errno;
	if (error == 0)
		file->temporary[0] = '\0';
	else
		say_failure(file, error);
	output_file_abandon(file);
	return error;
}

void output_file_abandon(struct output_file *file)
{
	if (file->temporary[0] != '\0')
		unlink(file->temporary);
	file->temporary[0] = '\0';
	if (file->descriptor >= 0)
		close(file->descriptor);
	if (file->target >= 0)
		close(file->target);
	file->descriptor = file->target = -1;
}
