/* SPDX-License-Identifier: Apache-2.0 */
/* command_send.c: pith send: within a guest, write files as an archive to standard output, for
 * pith exec --output. PID 1 calls it when the app has ended. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "exec_output.h"
#include "initramfs.h"
#include "message.h"

#define OPEN_FOLDERS 16
/* Below this size a file is read before its length is written: that of /proc and /sys is not told.
 */
#define WHOLE_BYTES_MAX (1 << 20)
#define READ_BYTES_MAX (256 << 20)

/* nftw(3) has no room for a context. */
static struct {
	struct initramfs archive;
	int number;
	size_t root_size;
	unsigned long skipped;
} sending;

/* What the base system is to say; the rest is still sent. KIND: EXEC_OUTPUT_... */
__attribute__((format(printf, 2, 3))) static void tell(char kind, const char *format, ...)
{
	char text[EXEC_OUTPUT_TEXT_MAX], name[16];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	snprintf(name, sizeof(name), "%c%d", kind, sending.number);
	initramfs_bytes(&sending.archive, name, 0600, text, strlen(text));
}

/* All of FD, malloced, and *SIZE. NULL with errno set. */
static char *read_all(int fd, size_t *size)
{
	char *bytes = NULL, *grown;
	size_t room = 0;
	ssize_t n;

	for (*size = 0;; *size += (size_t)n) {
		if (*size == room) {
			room = room == 0 ? 65536 : room * 2;
			grown = room > READ_BYTES_MAX ? NULL : realloc(bytes, room);
			if (grown == NULL) {
				errno = EFBIG;
				break;
			}
			bytes = grown;
		}
		do {
			n = read(fd, bytes + *size, room - *size);
		} while (n < 0 && errno == EINTR);
		if (n == 0)
			return bytes;
		if (n < 0)
			break;
	}
	free(bytes);
	return NULL;
}

static void send_file(const char *path, const char *name, mode_t mode)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	struct stat status;
	char *bytes = NULL;
	size_t size = 0;
	int error = 0;

	if (fd < 0 || fstat(fd, &status) != 0)
		error = errno;
	else if (status.st_size > UINT32_MAX)
		error = EFBIG; /* the format has 32 bits */
	else if (status.st_size <= WHOLE_BYTES_MAX && (bytes = read_all(fd, &size)) == NULL)
		error = errno;
	if (error != 0)
		tell(EXEC_OUTPUT_PROBLEM, "%s: %s", path,
		     error == EFBIG ? "4 GiB or more" : strerror(error));
	else if (bytes != NULL)
		initramfs_bytes(&sending.archive, name, mode, bytes, size);
	else
		initramfs_file(&sending.archive, name, mode, path);
	free(bytes);
	if (fd >= 0)
		close(fd);
}

static int send_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	char name[4096];

	(void)place;
	if (snprintf(name, sizeof(name), "%d%s", sending.number, path + sending.root_size) >=
	    (int)sizeof(name))
		sending.skipped++;
	else if (kind == FTW_D)
		initramfs_directory(&sending.archive, name, 0755);
	else if (kind == FTW_F && S_ISREG(status->st_mode))
		send_file(path, name, status->st_mode & 0777);
	else
		sending.skipped++; /* links, sockets, what cannot be read */
	return sending.archive.error;
}

static const char help[] =
    "Usage: pith send PATH...\n"
    "\n"
    "Within a guest: writes the files at the absolute PATHs, and those in folders there, as an\n"
    "archive to standard output. PID 1 calls it for pith exec --output.\n"
    "Exit codes: 0 sent, 1 the archive could not be written, 2 wrong usage.\n";

/* What was asked for may be a link; links below it are not followed. */
static void send_root(const char *given)
{
	char *real = realpath(given, NULL);
	struct stat status;

	sending.skipped = 0;
	if (real == NULL)
		return; /* the base system says that it did not come */
	sending.root_size = strlen(real);
	if (stat(real, &status) != 0 || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
		tell(EXEC_OUTPUT_PROBLEM, "neither a file nor a folder");
	else
		nftw(real, send_one, OPEN_FOLDERS, FTW_PHYS);
	if (sending.skipped > 0)
		tell(EXEC_OUTPUT_NOTE, "%lu left out: only regular files and folders come",
		     sending.skipped);
	free(real);
}

int command_send(int argc, char **argv)
{
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	(void)command_ends_options(&argc, &argv);
	if (argc < 2 || argv[1][0] != '/') {
		say_error("send: usage: pith send PATH... (absolute paths)");
		return 2;
	}
	initramfs_begin(&sending.archive, STDOUT_FILENO);
	for (int i = 1; i < argc; i++) {
		sending.number = i - 1;
		send_root(argv[i]);
	}
	if (initramfs_end(&sending.archive) == 0)
		return 0;
	say_error("send: %s: %s", sending.archive.failed, strerror(-sending.archive.error));
	return 1;
}
