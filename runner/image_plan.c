/* SPDX-License-Identifier: Apache-2.0 */
/* image_plan.c: what an app image will hold, before anything is written. */
#include "image_plan.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "text.h"

#define PARENT_MODE 0755

/* FOLDER/NAME; just NAME when FOLDER is empty. */
static char *join(const char *folder, const char *name)
{
	return text_format("%s%s%s", folder, *folder == '\0' ? "" : "/", name);
}

static struct image_entry *append(struct image_plan *plan, char *path)
{
	if (plan->count == plan->room) {
		size_t room = plan->room == 0 ? 64 : plan->room * 2;
		struct image_entry *entries = reallocarray(plan->entries, room, sizeof(*entries));
		if (entries == NULL)
			die_out_of_memory();
		plan->entries = entries;
		plan->room = room;
	}
	struct image_entry *entry = &plan->entries[plan->count++];
	*entry = (struct image_entry){.path = path, .type = IMAGE_DIRECTORY, .mode = PARENT_MODE};
	return entry;
}

const char *image_plan_refusal(const char *destination, bool directory)
{
	if (*destination == '\0')
		return "is empty";
	if (*destination == '/')
		return "is absolute";
	if (strcmp(destination, ".") == 0)
		return directory ? NULL : "is the root, which only a folder (-d) can become";
	for (const char *part = destination;;) {
		size_t size = strcspn(part, "/");
		if (size == 0)
			return "has an empty component";
		if (size == 1 && part[0] == '.')
			return "has a '.' component";
		if (size == 2 && part[0] == '.' && part[1] == '.')
			return "has a '..' component";
		if (size > NAME_MAX)
			return "has a component of more than 255 bytes";
		if (part[size] == '\0')
			return NULL;
		part += size + 1;
	}
}

static int add_symlink(struct image_plan *plan, char *path, const char *source)
{
	char target[PATH_MAX];
	ssize_t size = readlink(source, target, sizeof(target));

	if (size < 0 || size == (ssize_t)sizeof(target)) {
		int error = size < 0 ? errno : ENAMETOOLONG;
		say_error("%s: %s", source, strerror(error));
		free(path);
		return -error;
	}
	target[size] = '\0';
	struct image_entry *entry = append(plan, path);
	entry->type = IMAGE_SYMLINK;
	entry->mode = 0777;
	entry->target = text_copy(target);
	return 0;
}

static int add_any(struct image_plan *plan, char *path, const char *source);

static int add_folder_content(struct image_plan *plan, const char *path, const char *source)
{
	DIR *folder = opendir(source);
	struct dirent *item;
	int error = 0;

	if (folder == NULL) {
		error = errno;
		say_error("%s: %s", source, strerror(error));
		return -error;
	}
	while (error == 0) {
		errno = 0;
		item = readdir(folder);
		if (item == NULL) {
			if (errno != 0) {
				error = -errno;
				say_error("%s: %s", source, strerror(errno));
			}
			break;
		}
		if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
			continue;
		char *below = join(source, item->d_name);
		error = add_any(plan, join(path, item->d_name), below);
		free(below);
	}
	closedir(folder);
	return error;
}

/* Takes PATH over. Recursion ends at the latest where the path is too long for the kernel. */
static int add_any(struct image_plan *plan, char *path, const char *source)
{
	struct stat status;
	const char *refused = NULL;

	if (lstat(source, &status) < 0) {
		int error = errno;
		say_error("%s: %s", source, strerror(error));
		free(path);
		return -error;
	}
	switch (status.st_mode & S_IFMT) {
	case S_IFLNK:
		return add_symlink(plan, path, source);
	case S_IFDIR:
	case S_IFREG:
		break;
	case S_IFBLK:
	case S_IFCHR:
		refused = "a device node";
		break;
	case S_IFIFO:
		refused = "a FIFO";
		break;
	default:
		refused = "a socket";
		break;
	}
	if (refused != NULL) {
		say_error("%s is %s; an image holds files, folders and symbolic links", source,
			  refused);
		free(path);
		return -ENOTSUP;
	}
	/* Owners become root, so a set-user-id bit would come to mean something else: dropped. */
	struct image_entry *entry = append(plan, path);
	entry->mode = status.st_mode & 0777;
	entry->source = text_copy(source);
	if (S_ISDIR(status.st_mode)) {
		entry->mode = status.st_mode & 01777;
		return add_folder_content(plan, path, source);
	}
	entry->type = IMAGE_FILE;
	entry->size_bytes = (uint64_t)status.st_size;
	return 0;
}

char *image_plan_last_component(const char *source)
{
	size_t end = strlen(source);
	size_t begin;

	while (end > 0 && source[end - 1] == '/')
		end--;
	for (begin = end; begin > 0 && source[begin - 1] != '/'; begin--)
		;
	char *name = strndup(source + begin, end - begin);
	if (name == NULL)
		die_out_of_memory();
	return name;
}

int image_plan_put(struct image_plan *plan, const char *label, bool directory, const char *source,
		   const char *destination)
{
	const char *refusal = image_plan_refusal(destination, directory);
	char *real = NULL;
	struct stat status;
	int error = -EINVAL;

	if (*source == '\0') {
		say_error("%s: the source is empty; accepted: SRC or SRC=DEST", label);
	} else if (refusal != NULL) {
		say_error("%s: the destination '%s' %s; accepted: a path relative to the "
			  "image's root, without '..'",
			  label, destination, refusal);
	} else if ((real = realpath(source, NULL)) == NULL || stat(real, &status) < 0) {
		error = -errno;
		say_error("%s: %s: %s", label, source, strerror(errno));
	} else if (directory != S_ISDIR(status.st_mode)) {
		say_error("%s: %s is %sa folder; %s", label, source, directory ? "not " : "",
			  label[0] == '-' ? "files are given by -f, folders by -d"
					  : "files belong to 'files', folders to 'dirs'");
	} else {
		error = add_any(plan, text_copy(strcmp(destination, ".") == 0 ? "" : destination),
				real);
	}
	free(real);
	return error;
}

int image_plan_put_bytes(struct image_plan *plan, const char *label, const void *bytes, size_t size,
			 const char *destination)
{
	const char *refusal = image_plan_refusal(destination, false);

	if (refusal != NULL) {
		say_error("%s: the destination '%s' %s", label, destination, refusal);
		return -EINVAL;
	}
	struct image_entry *entry = append(plan, text_copy(destination));
	entry->type = IMAGE_FILE;
	entry->mode = 0644;
	entry->size_bytes = size;
	entry->content = malloc(size + 1);
	if (entry->content == NULL)
		die_out_of_memory();
	memcpy(entry->content, bytes, size);
	return 0;
}

void image_plan_put_folder(struct image_plan *plan, const char *destination)
{
	append(plan, text_copy(destination));
}

int image_plan_add(struct image_plan *plan, char option, const char *argument)
{
	bool directory = option == 'd';
	const char *equals = strchr(argument, '=');
	char *source =
	    equals == NULL ? text_copy(argument) : strndup(argument, (size_t)(equals - argument));

	if (source == NULL)
		die_out_of_memory();
	char *destination =
	    equals == NULL ? image_plan_last_component(source) : text_copy(equals + 1);
	char *label = text_format("-%c %s", option, argument);
	int error = image_plan_put(plan, label, directory, source, destination);
	free(label);
	free(destination);
	free(source);
	return error;
}

/* Bytewise with '/' below every other byte, so that what is in a folder follows it directly. */
static int compare_paths(const char *a, const char *b)
{
	for (;; a++, b++) {
		int x = *a == '\0' ? 0 : *a == '/' ? 1 : 1 + (unsigned char)*a;
		int y = *b == '\0' ? 0 : *b == '/' ? 1 : 1 + (unsigned char)*b;
		if (x != y || x == 0)
			return x - y;
	}
}

static int compare_entries(const void *left, const void *right)
{
	const struct image_entry *a = left, *b = right;

	return compare_paths(a->path, b->path);
}

static void free_entry(struct image_entry *entry)
{
	free(entry->path);
	free(entry->source);
	free(entry->target);
	free(entry->content);
}

static bool only_a_parent(const struct image_entry *entry)
{
	return entry->type == IMAGE_DIRECTORY && entry->source == NULL;
}

/* Two entries with one path: returns the one to keep, or NULL after saying why there is none. */
static struct image_entry *choose(const struct image_plan *plan, struct image_entry *a,
				  struct image_entry *b)
{
	if (only_a_parent(a) && b->type == IMAGE_DIRECTORY)
		return b;
	if (only_a_parent(b) && a->type == IMAGE_DIRECTORY)
		return a;
	const char *path = *a->path == '\0' ? "." : a->path;
	const char *label = plan->label == NULL ? "" : plan->label;
	const char *colon = plan->label == NULL ? "" : ": ";
	if (only_a_parent(a) || only_a_parent(b))
		say_error("%s%s'%s' cannot be both a file and a folder in the image", label, colon,
			  path);
	else
		say_error("%s%s'%s' is given twice in the image", label, colon, path);
	return NULL;
}

static int drop_duplicates(struct image_plan *plan)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < plan->count; i++) {
		struct image_entry *last = kept == 0 ? NULL : &plan->entries[kept - 1];
		struct image_entry *entry = &plan->entries[i];
		if (error < 0 || last == NULL || strcmp(last->path, entry->path) != 0) {
			plan->entries[kept++] = *entry;
			continue;
		}
		struct image_entry *keep = choose(plan, last, entry);
		if (keep == NULL) {
			error = -EINVAL;
			plan->entries[kept++] = *entry;
			continue;
		}
		free_entry(keep == last ? entry : last);
		*last = *keep;
	}
	plan->count = kept;
	return error;
}

int image_plan_finish(struct image_plan *plan)
{
	size_t given = plan->count;

	append(plan, text_copy(""));
	for (size_t i = 0; i < given; i++)
		for (const char *slash = strchr(plan->entries[i].path, '/'); slash != NULL;
		     slash = strchr(slash + 1, '/')) {
			const char *path = plan->entries[i].path;
			char *parent = strndup(path, (size_t)(slash - path));
			if (parent == NULL)
				die_out_of_memory();
			append(plan, parent);
		}
	qsort(plan->entries, plan->count, sizeof(*plan->entries), compare_entries);
	return drop_duplicates(plan);
}

uint64_t image_plan_bytes(const struct image_plan *plan)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < plan->count; i++)
		bytes += plan->entries[i].size_bytes;
	return bytes;
}

void image_plan_free(struct image_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free_entry(&plan->entries[i]);
	free(plan->entries);
	*plan = (struct image_plan){0};
}

int image_plan_refuse_output(const struct image_plan *plan, const char *label, const char *output)
{
	char folder[PATH_MAX], real[PATH_MAX];
	const char *slash = strrchr(output, '/');
	int size = slash == NULL ? 0 : (int)(slash - output) + 1;

	if (snprintf(folder, sizeof(folder), "%.*s", size, output) >= (int)sizeof(folder) ||
	    realpath(size == 0 ? "." : folder, real) == NULL)
		return 0; /* said when the output is opened */
	for (size_t i = 0; i < plan->count; i++) {
		const struct image_entry *entry = &plan->entries[i];
		if (entry->type == IMAGE_DIRECTORY && entry->source != NULL &&
		    strcmp(entry->source, real) == 0) {
			say_error("%s %s lies in %s, which goes into the image", label, output,
				  entry->source);
			return -EINVAL;
		}
	}
	return 0;
}
