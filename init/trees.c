/* SPDX-License-Identifier: Apache-2.0 */
/* trees.c: shared folders, and a root directory from the base system.
 *
 * The root directory has three layers (Documentation/filesystems/overlayfs.rst): what the initramfs
 * brings for it, above the tree of the base system, both only read; and memory above them, which
 * takes what is written. */
#include "trees.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "file.h"
#include "modules.h"
#include "mounts.h"

#define BASE "/pith/base"
#define SCRATCH "/pith/scratch"
#define JOINED "/pith/joined"

static int fail(const char *what, const char *type, const char *path, int error,
		struct outcome *outcome)
{
	const char *hint = error == ENODEV ? "; the kernel does not know this file system" : "";
	const char *separator = modules_failure()[0] == '\0' ? "" : "; ";

	outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "mount %.40s (%s) on %.200s: %s%s%s%s",
		    what, type, path, strerror(error), hint, separator, modules_failure());
	return -1;
}

/* The data string of mount(2) for TREE. */
static const char *options_of(const struct boot_mount *tree)
{
	if (strcmp(tree->type, "9p") != 0)
		return NULL;
	/* Nobody changes a root directory meanwhile, so what was read once is kept. Else nothing
	 * is: changes of the base system are seen. mmap: without it no file can be mapped. */
	return strcmp(tree->path, "/") == 0
		   ? "trans=virtio,version=9p2000.L,msize=524288,cache=loose"
		   : "trans=virtio,version=9p2000.L,msize=524288,cache=mmap";
}

static int mount_tree(const struct boot_config *config, const struct boot_mount *tree,
		      const char *path, int uevent_fd, struct outcome *outcome)
{
	unsigned long flags = MS_NODEV | (tree->read_only ? MS_RDONLY : 0);

	if (tree->source[0] == '/' &&
	    device_wait(tree->source, config->device_timeout_ms, uevent_fd, outcome) != 0)
		return -1;
	file_make_folders(path);
	if (mount(tree->source, path, tree->type, flags, options_of(tree)) != 0)
		return fail(tree->source, tree->type, tree->path, errno, outcome);
	return 0;
}

/* Mount the overlay at JOINED. */
static int join_layers(struct outcome *outcome)
{
	static const char *const folders[] = {TREES_COVER, SCRATCH "/upper", SCRATCH "/work",
					      JOINED};

	if (mkdir(SCRATCH, 0755) != 0 ||
	    mount("tmpfs", SCRATCH, "tmpfs", MS_NODEV, "mode=0755,size=75%") != 0)
		return fail("memory", "tmpfs", SCRATCH, errno, outcome);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i], 0755) != 0 && errno != EEXIST)
			return fail(folders[i], "folder", SCRATCH, errno, outcome);
	if (mount("root", JOINED, "overlay", 0,
		  "lowerdir=" TREES_COVER ":" BASE ",upperdir=" SCRATCH "/upper,workdir=" SCRATCH
		  "/work") != 0)
		return fail("root", "overlay", "/", errno, outcome);
	return 0;
}

/* The runner stays in the root directory that is left. */
static void keep_runner(struct boot_config *config)
{
	static char path[32];
	int fd = open(config->runner, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return; /* who needs it says so */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config->runner = path;
}

static int mount_root(struct boot_config *config, const struct boot_mount *tree, int uevent_fd,
		      struct outcome *outcome)
{
	static const char *const points[] = {JOINED "/proc", JOINED "/sys", JOINED "/dev",
					     JOINED "/run", JOINED "/tmp"};

	if (mount_tree(config, tree, BASE, uevent_fd, outcome) != 0 || join_layers(outcome) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		(void)mkdir(points[i], 0755); /* most trees have them */
	keep_runner(config);
	/* The tree's own /tmp, which can be written to now, is not hidden. */
	(void)umount2("/tmp", MNT_DETACH);
	return mounts_switch_root(JOINED, outcome);
}

int trees_mount(struct boot_config *config, int uevent_fd, struct outcome *outcome)
{
	for (size_t i = 0; i < config->mounts_count; i++) {
		const struct boot_mount *tree = &config->mounts[i];
		bool is_root = strcmp(tree->path, "/") == 0;

		if (is_root && i > 0) {
			outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0,
				    "mount: the root directory has to be the first");
			return -1;
		}
		if ((is_root ? mount_root(config, tree, uevent_fd, outcome)
			     : mount_tree(config, tree, tree->path, uevent_fd, outcome)) != 0)
			return -1;
	}
	return 0;
}
