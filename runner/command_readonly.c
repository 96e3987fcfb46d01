/* SPDX-License-Identifier: Apache-2.0 */
/* command_readonly.c: pith readonly: run a helper for which a folder, with all that is mounted in
 * it, is there a second time and cannot be written to. Not every virtiofsd can be told to. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../init/outcome.h"
#include "command.h"
#include "message.h"
#include "own_root.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* linux/mount.h, which knows mount_setattr(2), and sys/mount.h exclude each other. */
static int call_mount(const char *source, const char *target, unsigned long flags)
{
	return (int)syscall(SYS_mount, source, target, NULL, flags, NULL);
}

/* All of it at once; before Linux 5.12 only the folder's own file system, and nothing below. */
static int make_read_only(const char *folder, const char *point)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	if (syscall(SYS_mount_setattr, AT_FDCWD, point, AT_RECURSIVE, &attr, sizeof(attr)) == 0)
		return 0;
	if (errno != ENOSYS || syscall(SYS_umount2, point, 2 /* MNT_DETACH */) != 0)
		return -1;
	if (call_mount(folder, point, MS_BIND) != 0)
		return -1;
	return call_mount(NULL, point, MS_REMOUNT | MS_BIND | MS_RDONLY);
}

static const char help[] =
    "Usage: pith readonly FOLDER POINT COMMAND [ARGUMENT]...\n"
    "\n"
    "Runs COMMAND, for which FOLDER is at POINT too and, with all that is mounted in it, cannot "
    "be\n"
    "written to there. POINT is made if it is missing. Takes root.\n"
    "Exit codes: COMMAND's own; 2 wrong usage, 125 it could not be started so.\n";

int command_readonly(int argc, char **argv)
{
	const char *step;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	bool is_operand = command_ends_options(&argc, &argv);
	if (argc < 4 || (argv[1][0] == '-' && !is_operand)) {
		say_error("readonly: usage: pith readonly FOLDER POINT COMMAND...");
		return 2;
	}
	if ((step = "mount namespace", (errno = -own_root()) != 0) ||
	    (step = argv[2], mkdir(argv[2], 0700) != 0 && errno != EEXIST) ||
	    (step = argv[1], call_mount(argv[1], argv[2], MS_BIND | MS_REC) != 0) ||
	    (step = argv[1], make_read_only(argv[1], argv[2]) != 0) ||
	    (step = argv[3], execvp(argv[3], argv + 3) != 0))
		say_error("readonly: %s: %s", step, strerror(errno));
	return EXIT_CODE_PITH;
}
