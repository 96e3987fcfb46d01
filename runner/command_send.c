/* SPDX-License-Identifier: Apache-2.0 */
/* command_send.c: pith send: within a guest, write files as an archive to standard output, for
 * pith exec --output. PID 1 calls it when the app has ended. */
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "initramfs.h"
#include "message.h"

#define OPEN_FOLDERS 16

/* nftw(3) has no room for a context. */
static struct {
	struct initramfs archive;
	int number;
	size_t root_size;
	bool skipped;
} sending;

static int send_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	char name[4096];

	(void)place;
	if (snprintf(name, sizeof(name), "%d%s", sending.number, path + sending.root_size) >=
	    (int)sizeof(name))
		sending.skipped = true;
	else if (kind == FTW_D)
		initramfs_directory(&sending.archive, name, 0755);
	else if (kind == FTW_F && S_ISREG(status->st_mode))
		initramfs_file(&sending.archive, name, status->st_mode & 0777, path);
	else
		sending.skipped = true; /* links, sockets, what cannot be read */
	return sending.archive.error;
}

static const char help[] =
    "Usage: pith send PATH...\n"
    "\n"
    "Within a guest: writes the files at the absolute PATHs, and those in folders there, as an\n"
    "archive to standard output. PID 1 calls it for pith exec --output.\n"
    "Exit codes: 0 sent, 1 the archive could not be written, 2 wrong usage.\n";

int command_send(int argc, char **argv)
{
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	if (argc < 2 || argv[1][0] != '/') {
		say_error("send: usage: pith send PATH... (absolute paths)");
		return 2;
	}
	initramfs_begin(&sending.archive, STDOUT_FILENO);
	for (int i = 1; i < argc; i++) {
		sending.number = i - 1;
		sending.root_size = strlen(argv[i]);
		if (access(argv[i], F_OK) == 0)
			nftw(argv[i], send_one, OPEN_FOLDERS, FTW_PHYS);
	}
	if (sending.skipped)
		say_warning("send: only regular files and folders are sent");
	if (initramfs_end(&sending.archive) == 0)
		return 0;
	say_error("send: %s: %s", sending.archive.failed, strerror(-sending.archive.error));
	return 1;
}
