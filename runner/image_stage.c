/* SPDX-License-Identifier: Apache-2.0 */
/* image_stage.c: an image plan as a folder, for mkfs.erofs. */
#include "image_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

int image_stage_make(const struct image_plan *plan, const char *output, char folder[PATH_MAX])
{
	const char *slash = strrchr(output, '/');
	int size = slash == NULL ? 0 : (int)(slash - output) + 1;
	int error = 0;

	if (snprintf(folder, PATH_MAX, "%.*s.%s.XXXXXX", size, output, output + size) >= PATH_MAX)
		error = -ENAMETOOLONG;
	else if (mkdtemp(folder) == NULL)
		error = -errno;
	if (error < 0) {
		say_error("%s: a folder beside it: %s", output, strerror(-error));
		return error;
	}
	int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (descriptor < 0) {
		error = -errno;
		say_error("%s: %s", folder, strerror(errno));
	} else {
		error = fill(plan, descriptor);
		close(descriptor);
	}
	if (error < 0)
		image_stage_remove(plan, folder);
	return error;
}

void image_stage_remove(const struct image_plan *plan, const char *folder)
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
