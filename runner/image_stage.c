/* SPDX-License-Identifier: Apache-2.0 */
/* image_stage.c: an image plan as a folder, for mkfs.erofs. */
#include "image_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image_source.h"
#include "message.h"

static int stage_file(const struct image_entry *entry, int folder)
{
	int copy = openat(folder, entry->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int error = copy < 0 ? -errno : 0;

	if (error == 0)
		error = image_source_copy(entry, copy);
	if (error == 0 && fchmod(copy, entry->mode) < 0)
		error = -errno;
	if (copy >= 0)
		close(copy);
	return error;
}

static int stage_entry(const struct image_entry *entry, int folder)
{
	if (entry->type == IMAGE_FILE)
		return stage_file(entry, folder);
	if (entry->type == IMAGE_SYMLINK)
		return symlinkat(entry->target, folder, entry->path) < 0 ? -errno : 0;
	if (*entry->path == '\0')
		return 0;
	return mkdirat(folder, entry->path, 0700) < 0 ? -errno : 0;
}

static const char *place(const struct image_entry *entry)
{
	return *entry->path == '\0' ? "." : entry->path;
}

static int fill(const struct image_plan *plan, int folder)
{
	int error = 0;

	for (size_t i = 0; i < plan->count && error == 0; i++) {
		error = stage_entry(&plan->entries[i], folder);
		/* What a source had to say has been said. */
		if (error < 0 && plan->entries[i].type != IMAGE_FILE)
			say_error("staging %s: %s", plan->entries[i].path, strerror(-error));
	}
	/* Folders get their modes when nothing is put into them any more, the innermost first. */
	for (size_t i = plan->count; i-- > 0 && error == 0;)
		if (plan->entries[i].type == IMAGE_DIRECTORY &&
		    fchmodat(folder, place(&plan->entries[i]), plan->entries[i].mode, 0) < 0) {
			error = -errno;
			say_error("staging %s: %s", plan->entries[i].path, strerror(-error));
		}
	return error;
}

static void remove_folder(const struct image_plan *plan, const char *folder)
{
	chmod(folder, 0700);
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* A folder without write permission would keep its content. */
	for (size_t i = 0; i < plan->count; i++)
		if (plan->entries[i].type == IMAGE_DIRECTORY)
			fchmodat(descriptor, place(&plan->entries[i]), 0700, 0);
	for (size_t i = plan->count; i-- > 0;)
		if (*plan->entries[i].path != '\0')
			unlinkat(descriptor, plan->entries[i].path,
				 plan->entries[i].type == IMAGE_DIRECTORY ? AT_REMOVEDIR : 0);
	if (descriptor >= 0)
		close(descriptor);
	if (rmdir(folder) < 0)
		say_warning("%s: %s", folder, strerror(errno));
}

/* --- The guard ------------------------------------------------------------------------------- */

/* The end of the pipe without a byte before it is the end of pith. */
_Noreturn static void be_guard(const struct image_plan *plan, const char *folder, int pipe_fd)
{
	char done;

	/* In a session of its own, so that what is meant for pith's does not reach it. It holds
	 * nothing open that anybody waits for. */
	setsid();
	if (dup2(pipe_fd, STDIN_FILENO) < 0 ||
	    syscall(SYS_close_range, (unsigned)STDOUT_FILENO, ~0u, 0) != 0)
		_exit(1);
	ssize_t n;
	do
		n = read(STDIN_FILENO, &done, 1);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		remove_folder(plan, folder);
	_exit(0);
}

static int start_guard(const struct image_plan *plan, struct image_stage *stage)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	stage->guard = fork();
	int error = stage->guard < 0 ? -errno : 0;
	if (stage->guard == 0) {
		close(ends[1]);
		be_guard(plan, stage->folder, ends[0]);
	}
	close(ends[0]);
	stage->guard_fd = ends[1];
	if (error < 0)
		close(ends[1]);
	return error;
}

static void end_guard(struct image_stage *stage)
{
	if (write(stage->guard_fd, "d", 1) != 1)
		say_warning("%s: %s", stage->folder, strerror(errno));
	close(stage->guard_fd);
	while (waitpid(stage->guard, NULL, 0) < 0 && errno == EINTR)
		;
}

/* --- The folder ------------------------------------------------------------------------------ */

static int open_and_fill(const struct image_plan *plan, const char *folder)
{
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (descriptor < 0) {
		int error = errno;
		say_error("%s: %s", folder, strerror(error));
		return -error;
	}
	int error = fill(plan, descriptor);
	close(descriptor);
	return error;
}

int image_stage_make(const struct image_plan *plan, const char *output, struct image_stage *stage)
{
	const char *slash = strrchr(output, '/');
	int size = slash == NULL ? 0 : (int)(slash - output) + 1;
	int error = 0;

	if (snprintf(stage->folder, sizeof(stage->folder), "%.*s.%s.XXXXXX", size, output,
		     output + size) >= (int)sizeof(stage->folder))
		error = -ENAMETOOLONG;
	else if (mkdtemp(stage->folder) == NULL)
		error = -errno;
	if (error < 0) {
		say_error("%s: a folder beside it: %s", output, strerror(-error));
		return error;
	}
	error = start_guard(plan, stage);
	if (error < 0) {
		say_error("%s: a process to guard it: %s", stage->folder, strerror(-error));
		rmdir(stage->folder);
		return error;
	}
	error = open_and_fill(plan, stage->folder);
	if (error < 0)
		image_stage_remove(plan, stage);
	return error;
}

void image_stage_remove(const struct image_plan *plan, struct image_stage *stage)
{
	remove_folder(plan, stage->folder);
	end_guard(stage);
}
