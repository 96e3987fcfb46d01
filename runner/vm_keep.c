/* SPDX-License-Identifier: Apache-2.0 */
/* vm_keep.c: what a run was made of and what its console said, kept in a folder. */
#include "vm_keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy_file.h"
#include "message.h"
#include "strv.h"
#include "vm_script.h"

static bool is_empty(int folder)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool empty = dir != NULL;

	while (empty && (entry = readdir(dir)) != NULL)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (dir != NULL)
		closedir(dir);
	return empty;
}

static int create(const struct vm_keep *keep, const char *name)
{
	int fd = openat(keep->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		say_warning("--keep: %s: %s", name, strerror(errno));
	return fd;
}

int vm_keep_begin(struct vm_keep *keep, const char *path)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -errno;
	keep->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (keep->folder < 0) {
		keep->folder = 0;
		return -errno;
	}
	if (!is_empty(keep->folder))
		return -ENOTEMPTY;
	keep->console = create(keep, "console.log");
	if (keep->console >= 0)
		return 0;
	keep->console = 0;
	return -EIO;
}

static void keep_initramfs(const struct vm_keep *keep, int initrd)
{
	int fd = create(keep, "initramfs.cpio"), result;

	if (fd < 0)
		return;
	result = copy_file(initrd, fd);
	if (result != 0)
		say_warning("--keep: initramfs.cpio: %s", strerror(-result));
	close(fd);
}

static FILE *create_stream(const struct vm_keep *keep, const char *name)
{
	int fd = create(keep, name);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && out == NULL)
		close(fd);
	return out;
}

static void keep_command(const struct vm_keep *keep, char *const *argv)
{
	FILE *out = create_stream(keep, "qemu-command");

	if (out == NULL)
		return;
	strv_print_quoted(out, argv);
	if (fclose(out) != 0)
		say_warning("--keep: qemu-command: %s", strerror(errno));
}

static void keep_script(const struct vm_keep *keep, char *const *argv)
{
	const char *refusal = vm_script_refusal(argv);
	char cwd[PATH_MAX];

	if (refusal != NULL) {
		say_verbose("--keep: no qemu.sh: %s", refusal);
		return;
	}
	FILE *out = getcwd(cwd, sizeof(cwd)) == NULL ? NULL : create_stream(keep, "qemu.sh");
	if (out == NULL)
		return;
	vm_script_write(out, argv, cwd);
	(void)fchmod(fileno(out), 0700);
	if (fclose(out) != 0)
		say_warning("--keep: qemu.sh: %s", strerror(errno));
}

void vm_keep_start(const struct vm_keep *keep, int initrd, char *const *argv)
{
	if (keep->folder == 0)
		return;
	if (initrd >= 0)
		keep_initramfs(keep, initrd);
	keep_command(keep, argv);
	keep_script(keep, argv);
}

void vm_keep_console(const struct vm_keep *keep, const char *bytes, unsigned long size)
{
	while (keep->console != 0 && size > 0) {
		ssize_t n = write(keep->console, bytes, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) /* no room: the run is what matters */
			return;
		bytes += n;
		size -= (unsigned long)n;
	}
}

void vm_keep_end(struct vm_keep *keep)
{
	if (keep->console != 0)
		close(keep->console);
	if (keep->folder != 0)
		close(keep->folder);
	*keep = (struct vm_keep){0};
}
