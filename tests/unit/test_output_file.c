/* SPDX-License-Identifier: Apache-2.0 */
/* test_output_file.c: what is replaced under its name, and what is written to. */
#include "../../runner/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

static char work[] = "/tmp/pith-test-output.XXXXXX";

/* Write TEXT to PATH as every writer of a result does. */
static int put(const char *path, const char *text)
{
	struct output_file file;
	int error = output_file_open(&file, path);

	if (error != 0)
		return error;
	FILE *out = output_file_stream(&file);
	fputs(text, out);
	return output_file_finish(&file, out);
}

static const char *content(const char *path)
{
	static char text[64];
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[size < 0 ? 0 : size] = '\0';
	return text;
}

static mode_t kind(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

static void replaced(void)
{
	struct output_file file;

	is_int(put("file", "one, and more"), 0, "a new file");
	is_int(put("file", "two"), 0, "again");
	is_str(content("file"), "two", "replaces it");
	is_int(output_file_open(&file, "file"), 0, "a writer");
	output_file_abandon(&file);
	is_str(content("file"), "two", "that gives up leaves what was there");
	is_int(put("none/file", "x"), -ENOENT, "a folder that is not there");
}

/* More than a pipe holds, for a FIFO whose reader has READ_FD; it reads it where READS. */
static int put_much(int read_fd, bool reads)
{
	static const char block[1024] = "x";
	struct output_file file;
	char bytes[4096];
	size_t got = 0;

	if (output_file_open(&file, "fifo") != 0)
		return -1;
	ok(file.take_ms == 10000, "a FIFO's reader has 10 s");
	file.take_ms = reads ? 20000 : 50;
	FILE *out = output_file_stream(&file);
	for (int i = 0; i < 200; i++)
		fwrite(block, sizeof(block), 1, out);
	pid_t reader = reads ? fork() : 0;
	if (reads && reader == 0) {
		for (ssize_t n; got < 200 * sizeof(block); got += n < 0 ? 0 : (size_t)n)
			n = read(read_fd, bytes, sizeof(bytes));
		_exit(0);
	}
	int error = output_file_finish(&file, out), status = -1;
	if (reads && (waitpid(reader, &status, 0) != reader || status != 0))
		return -1;
	return error;
}

static void slow_readers(void)
{
	char bytes[4096];
	int fifo = open("fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	is_int(put_much(fifo, false), -ETIMEDOUT, "a reader that never reads is a failure");
	while (read(fifo, bytes, sizeof(bytes)) > 0)
		;
	is_int(fcntl(fifo, F_SETFL, 0), 0, "a reader that waits");
	is_int(put_much(fifo, true), 0, "gets all of what no pipe holds at once");
	close(fifo);
}

static void written_to(void)
{
	char bytes[16] = "";
	int fifo;

	is_int(symlink("/dev/full", "full"), 0, "a name of a device");
	is_int(put("full", "x"), -ENOSPC, "that is full: a failure");
	ok(kind("full") == S_IFLNK, "and still the device's");
	is_int(mkfifo("fifo", 0600), 0, "a FIFO");
	is_int(put("fifo", "text"), -ENXIO, "that nobody reads is a failure, and not waited for");
	fifo = open("fifo", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	is_int(put("fifo", "text"), 0, "is written to");
	is_int(read(fifo, bytes, sizeof(bytes)), 4, "and its reader gets it");
	is_str(bytes, "text", "byte for byte");
	ok(kind("fifo") == S_IFIFO, "and still a FIFO");
	close(fifo);
}

/* As in "> log", where the program has said something before and says more behind it. */
static void own_descriptors(void)
{
	char name[32];
	int ends[2], log = open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	is_int(output_file_own_descriptor("/dev/stdout"), 1, "/dev/stdout");
	is_int(output_file_own_descriptor("/dev/stderr"), 2, "/dev/stderr");
	is_int(output_file_own_descriptor("/dev/fd/63"), 63, "/dev/fd/63");
	is_int(output_file_own_descriptor("/proc/self/fd/5"), 5, "/proc/self/fd/5");
	is_int(output_file_own_descriptor("/dev/fd/"), -1, "no number");
	is_int(output_file_own_descriptor("/dev/fd/1x"), -1, "more than a number");
	is_int(output_file_own_descriptor("/dev/fd/99999999"), -1, "more than a descriptor");
	is_int(output_file_own_descriptor("/dev/stdoutx"), -1, "another name");

	struct output_file file;
	is_int(output_file_open(&file, "/dev/stdout"), 0, "a descriptor of the program's own");
	ok(file.take_ms == 600000, "has a reader with more time: a pager, perhaps");
	output_file_abandon(&file);
	snprintf(name, sizeof(name), "/dev/fd/%d", log);
	is_int(write(log, "before ", 7), 7, "a log");
	is_int(put(name, "result "), 0, "that a result goes to by its descriptor");
	is_int(write(log, "after", 5), 5, "goes on");
	is_str(content("log"), "before result after", "where it stands");
	close(log);
	is_int(put(name, "x"), -EBADF, "a descriptor that is closed");
	is_int(pipe2(ends, O_CLOEXEC), 0, "a pipe");
	close(ends[0]);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[1]);
	is_int(put(name, "x"), -EPIPE, "whose reader is gone: a failure, no signal");
	close(ends[1]);
}

/* Who shares an open pipe may have made it non-blocking. */
static void not_blocking(void)
{
	static char text[300001], got[sizeof(text)];
	char name[32];
	int ends[2], status = 1;
	size_t size = 0;
	ssize_t n;

	memset(text, 'x', sizeof(text) - 1);
	is_int(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0, "a pipe that does not block");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[1]);
	pid_t pid = fork();
	if (pid == 0) {
		status = put(name, text);
		_exit(status == 0 ? 0 : 1);
	}
	close(ends[1]);
	for (int i = 0, full = 0; i < 10000 && full < 65536; i++) {
		if (ioctl(ends[0], FIONREAD, &full) != 0)
			break;
		poll(NULL, 0, 1);
	}
	(void)fcntl(ends[0], F_SETFL, 0);
	while ((n = read(ends[0], got + size, sizeof(got) - size)) > 0)
		size += (size_t)n;
	close(ends[0]);
	ok(size == sizeof(text) - 1 && memcmp(text, got, size) == 0, "gets all, whoever reads");
	is_int(waitpid(pid, &status, 0) == pid ? status : 1, 0, "... and its writer is told so");
}

int main(void)
{
	if (mkdtemp(work) == NULL || chdir(work) != 0)
		return 1;
	replaced();
	written_to();
	slow_readers();
	own_descriptors();
	not_blocking();
	for (size_t i = 0; i < 4; i++)
		unlink(((const char *const[]){"file", "full", "fifo", "log"})[i]);
	if (chdir("/") != 0 || rmdir(work) != 0)
		printf("# %s: %s\n", work, strerror(errno));
	return done();
}
