/* SPDX-License-Identifier: Apache-2.0 */
/* mounts.c: the file systems every Linux system has, and leaving them. */
#include "mounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "console.h"
#include "file.h"
#include "resident.h"

#define PATH_SIZE 256
#define UNMOUNT_PASSES 8

/* In the order in which they are mounted. The three that an app can fill have limits that leave
 * memory for PID 1 and for the app that has to be stopped. */
static const struct mount_entry {
	const char *target, *type, *data;
	unsigned long flags;
	bool optional;
	bool unless_filled; /* what an initramfs brought there is not hidden */
} table[] = {
    {"/proc", "proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false, false},
    {"/sys", "sysfs", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, false, false},
    {"/dev", "devtmpfs", "mode=0755", MS_NOSUID, false, false},
    {"/dev/pts", "devpts", "mode=0620,gid=5,ptmxmode=0666", MS_NOSUID | MS_NOEXEC, true, false},
    {"/dev/shm", "tmpfs", "mode=1777,size=25%", MS_NOSUID | MS_NODEV, true, false},
    {"/run", "tmpfs", "mode=0755,size=10%", MS_NOSUID | MS_NODEV, false, true},
    {"/tmp", "tmpfs", "mode=1777,size=50%", MS_NOSUID | MS_NODEV, true, true},
    {"/sys/fs/cgroup", "cgroup2", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC, true, false},
};
#define TABLE_SIZE (sizeof(table) / sizeof(table[0]))

/* Where nothing is lost by not unmounting. */
static const char *const memory_types[] = {"proc",  "sysfs", "devtmpfs", "devpts",
					   "tmpfs", "ramfs", "cgroup2",  "rootfs"};

static bool is_mount_point(const char *path)
{
	char parent[PATH_SIZE];
	struct stat own, above;

	if (snprintf(parent, sizeof(parent), "%s/..", path) >= (int)sizeof(parent))
		return false;
	return stat(path, &own) == 0 && stat(parent, &above) == 0 && own.st_dev != above.st_dev;
}

/* Whether an initramfs brought files at PATH: an app that is to run from /tmp. On a disk they would
 * be what an earlier run left. */
static bool is_filled(const char *path)
{
	struct statfs status;
	struct dirent *entry;
	bool filled = false;
	DIR *dir;

	if (statfs(path, &status) != 0 ||
	    (status.f_type != RAMFS_MAGIC && status.f_type != TMPFS_MAGIC))
		return false;
	dir = opendir(path);
	while (dir != NULL && !filled && (entry = readdir(dir)) != NULL)
		filled = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	if (dir != NULL)
		closedir(dir);
	return filled;
}

int mounts_mount(struct outcome *outcome)
{
	static const struct {
		const char *target, *path;
	} links[] = {
	    {"/proc/self/fd", "/dev/fd"},
	    {"/proc/self/fd/0", "/dev/stdin"},
	    {"/proc/self/fd/1", "/dev/stdout"},
	    {"/proc/self/fd/2", "/dev/stderr"},
	};

	for (size_t i = 0; i < TABLE_SIZE; i++) {
		const struct mount_entry *entry = &table[i];

		/* It may exist, or the root may be read-only: mount() tells. */
		(void)mkdir(entry->target, 0755);
		if (is_mount_point(entry->target) ||
		    (entry->unless_filled && is_filled(entry->target)) ||
		    mount(entry->type, entry->target, entry->type, entry->flags, entry->data) == 0)
			continue;
		if (errno == EBUSY) /* the kernel itself mounted it there (devtmpfs.mount=1) */
			continue;
		if (!entry->optional) {
			outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "mount %s: %s",
				    entry->target, strerror(errno));
			return -1;
		}
		console_debug("mount %s: %s", entry->target, strerror(errno));
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i].target, links[i].path) != 0 && errno != EEXIST)
			console_debug("%s: %s", links[i].path, strerror(errno));
	return 0;
}

int mounts_switch_root(const char *new_root, struct outcome *outcome)
{
	const char *step = new_root;

	for (size_t i = 0; i < TABLE_SIZE; i++) {
		char target[PATH_SIZE];
		const char *last = strrchr(table[i].target, '/');

		/* Only those right below the root; the others move along with their parents. */
		if (last != table[i].target)
			continue;
		if (snprintf(target, sizeof(target), "%s%s", new_root, table[i].target) >=
		    (int)sizeof(target)) {
			errno = ENAMETOOLONG;
			goto fail;
		}
		if (is_mount_point(table[i].target) &&
		    mount(table[i].target, target, NULL, MS_MOVE, NULL) != 0) {
			step = table[i].target;
			if (!table[i].optional)
				goto fail;
			console_warning("the image has no usable %s: %s", step, strerror(errno));
		}
	}
	step = new_root;
	if (chdir(new_root) != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 ||
	    chdir("/") != 0)
		goto fail;
	return 0;
fail:
	outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0,
		    "cannot make the image the root directory: %s: %s", step, strerror(errno));
	return -1;
}

/* A descriptor of the mounts is told once of each change since it was opened, or asked last
 * (proc_pid_mountinfo(5)). */
static int watch_fd = -1;

void mounts_watch(void)
{
	if (watch_fd < 0)
		watch_fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	(void)mounts_have_changed();
}

bool mounts_have_changed(void)
{
	struct pollfd watch = {.fd = watch_fd, .events = POLLPRI};

	return watch_fd < 0 || poll(&watch, 1, 0) != 0;
}

/* Space, tab, newline and backslash stand as octal escapes in mountinfo. In place. */
static void decode_octal(char *path)
{
	char *to = path;

	for (const char *from = path; *from != '\0'; from++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to++ = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

static bool is_memory_type(const char *type)
{
	for (size_t i = 0; i < sizeof(memory_types) / sizeof(memory_types[0]); i++)
		if (strcmp(type, memory_types[i]) == 0)
			return true;
	return false;
}

/* One line of /proc/self/mountinfo (proc_pid_mountinfo(5)): "36 35 98:0 / /mnt rw - ext4 ..." with
 * any number of fields before the "-". Returns whether something was unmounted. */
static bool leave(char *line)
{
	char *path = line, *type = strstr(line, " - ");

	for (int i = 0; i < 4 && path != NULL; i++) {
		path = strchr(path, ' ');
		path = path == NULL ? NULL : path + 1;
	}
	if (path == NULL || type == NULL || type < path)
		return false;
	path[strcspn(path, " ")] = '\0';
	decode_octal(path);
	type += strlen(" - ");
	type[strcspn(type, " ")] = '\0';
	if (is_memory_type(type))
		return false;
	if (strcmp(path, "/") != 0) {
		if (umount2(path, UMOUNT_NOFOLLOW) == 0)
			return true;
		console_warning("unmount %s: %s", path, strerror(errno));
	}
	if (mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
		console_debug("remount %s read-only: %s", path, strerror(errno));
	return false;
}

void mounts_unmount_all(void)
{
	static char table_text[64 * 1024] BOOT_BUFFER;
	bool progress = true;

	sync();
	/* An app can leave more mounts than fit the buffer, hence the passes; the last line is the
	 * mount made last. */
	for (int pass = 0; pass < UNMOUNT_PASSES && progress; pass++) {
		ssize_t size = file_read("/proc/self/mountinfo", table_text, sizeof(table_text));

		progress = false;
		if (size < 0 && size != -EFBIG)
			return;
		table_text[sizeof(table_text) - 1] = '\0';
		for (char *end; (end = strrchr(table_text, '\n')) != NULL;) {
			char *line;

			*end = '\0';
			line = strrchr(table_text, '\n');
			progress |= leave(line == NULL ? table_text : line + 1);
		}
	}
}
