/* SPDX-License-Identifier: Apache-2.0 */
/* own_root.c: a root directory that is a mount.
 *
 * mount(2) changes mounts by their root, and in a chroot that is a mere folder of some file system
 * (a CI job's, a build's) nothing names the mount it is in: EINVAL. It may be shared with the
 * namespace outside, so a mount over it could come out there. Therefore
 *
 *   1. setns(2) to the namespace that the process is in already makes its own root the root again;
 *   2. everything in there becomes private, so that nothing comes out from here on;
 *   3. a copy of the folder with all that is mounted in it is mounted over the folder, and is
 *      entered. Nothing is left open through which the process could reach what it was kept from.
 */
#include "own_root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/mount.h, which has these, and sys/mount.h exclude each other. */
#define COPY_TREE 1      /* OPEN_TREE_CLONE */
#define ALL_BELOW 0x8000 /* AT_RECURSIVE */
#define FROM_ITSELF 0x4  /* MOVE_MOUNT_F_EMPTY_PATH */
#define TO_ITSELF 0x40   /* MOVE_MOUNT_T_EMPTY_PATH */

static int make_private(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* Afterwards ROOT is the folder, and the process is outside of it. */
static int leave_chroot(int self)
{
	return self >= 0 && setns(self, CLONE_NEWNS) == 0 && make_private() == 0 ? 0 : -1;
}

static int enter_copy(int root, int copy, const char *cwd)
{
	return copy >= 0 &&
		       syscall(SYS_move_mount, copy, "", root, "", FROM_ITSELF | TO_ITSELF) == 0 &&
		       fchdir(copy) == 0 && chroot(".") == 0 && chdir(cwd) == 0
		   ? 0
		   : -1;
}

int own_root(void)
{
	char cwd[PATH_MAX];
	int root, self, copy = -1, error = 0;

	if (unshare(CLONE_NEWNS) != 0)
		return -errno;
	if (make_private() == 0)
		return 0;
	if (errno != EINVAL || getcwd(cwd, sizeof(cwd)) == NULL)
		return -errno;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (root < 0 || leave_chroot(self) != 0)
		error = -errno;
	if (error == 0)
		copy = (int)syscall(SYS_open_tree, root, "",
				    COPY_TREE | ALL_BELOW | O_CLOEXEC | AT_EMPTY_PATH);
	if (error == 0 && enter_copy(root, copy, cwd) != 0)
		error = -errno;
	close(copy);
	close(self);
	close(root);
	return error;
}
