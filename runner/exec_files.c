/* SPDX-License-Identifier: Apache-2.0 */
/* exec_files.c: what a run takes along into its guest. */
#include "exec_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

#define LINKS_MAX 40 /* as the kernel follows on one path (path_resolution(7)) */
#define DEPTH_MAX 64 /* of folders in a folder that is added */

/* What the guest has of its own: files of pith, and what is mounted over. */
static const char *const reserved[] = {"dev", "proc", "sys", "init", "pith"};
#define RESERVED_OVER_A_TREE 3

__attribute__((format(printf, 3, 4))) static int fail(struct exec_files *files, int error,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(files->problem, sizeof(files->problem), format, args);
	va_end(args);
	return error;
}

void exec_files_free(struct exec_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].path);
		free(files->items[i].source);
		free(files->items[i].bytes);
	}
	free(files->items);
	free(files->slots);
	*files = (struct exec_files){.root = files->root, .is_cover = files->is_cover};
}

/* --- The set -----------------------------------------------------------------------------------
 */

/* The slot of PATH (without a leading slash): where it is, or where it would be. FNV-1a. */
static size_t *find_slot(const struct exec_files *files, const char *path)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (const char *c = path; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
	for (size_t at = hash & (files->slot_count - 1);; at = (at + 1) & (files->slot_count - 1)) {
		size_t *slot = &files->slots[at];
		if (*slot == 0 || strcmp(files->items[*slot - 1].path, path) == 0)
			return slot;
	}
}

static void grow(struct exec_files *files)
{
	files->room = files->room == 0 ? 64 : files->room * 2;
	files->items = reallocarray(files->items, files->room, sizeof(files->items[0]));
	free(files->slots);
	files->slot_count = 2 * files->room; /* a power of two, at most half full */
	files->slots = calloc(files->slot_count, sizeof(files->slots[0]));
	if (files->items == NULL || files->slots == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < files->count; i++)
		*find_slot(files, files->items[i].path) = i + 1;
}

const struct rootfs_file *exec_files_find(const struct exec_files *files, const char *path)
{
	size_t slot = files->slot_count == 0 ? 0 : *find_slot(files, path + strspn(path, "/"));

	return slot == 0 ? NULL : &files->items[slot - 1];
}

/* Add one member. The same again is fine, another under the same path is not. */
static int put(struct exec_files *files, const char *path, mode_t mode, const char *source)
{
	const size_t reserved_count =
	    files->is_cover ? RESERVED_OVER_A_TREE : sizeof(reserved) / sizeof(reserved[0]);
	size_t *slot;

	for (size_t i = 0; i < reserved_count; i++) {
		size_t size = strlen(reserved[i]);
		if (strncmp(path, reserved[i], size) == 0 &&
		    (path[size] == '/' || (path[size] == '\0' && !S_ISDIR(mode))))
			return fail(files, -EINVAL,
				    "/%s: /%s is the guest's own, and nothing from here can be in "
				    "it; a copy in another folder can be taken along",
				    path, reserved[i]);
	}
	if (files->count == files->room)
		grow(files);
	slot = find_slot(files, path);
	if (*slot != 0) {
		const struct rootfs_file *there = &files->items[*slot - 1];
		if (S_ISDIR(mode) && S_ISDIR(there->mode))
			return 0;
		if ((there->mode & S_IFMT) == (mode & S_IFMT) && there->source != NULL &&
		    source != NULL && strcmp(there->source, source) == 0)
			return 0;
		return fail(files, -EEXIST, "/%s is given twice: from %s and %s", path,
			    there->source == NULL ? "a folder" : there->source,
			    source == NULL ? "a folder" : source);
	}
	struct rootfs_file *file = &files->items[files->count];
	*file = (struct rootfs_file){
	    .path = strdup(path), .mode = mode, .source = source == NULL ? NULL : strdup(source)};
	if (file->path == NULL || (source != NULL && file->source == NULL))
		die_out_of_memory();
	*slot = ++files->count;
	return 0;
}

/* In the guest everything belongs to root, and nothing there is secret from the program: readable
 * for all, so that --user makes no difference. */
static mode_t file_mode(mode_t mode)
{
	return S_IFREG | ((mode & 0111) != 0 ? 0755 : 0644);
}

static int put_file(struct exec_files *files, const char *path, const char *source,
		    const struct stat *status)
{
	size_t before = files->count;
	int result;

	if (!S_ISREG(status->st_mode))
		return fail(files, -EINVAL, "%s is neither a file nor a folder", source);
	if (access(source, R_OK) != 0)
		return fail(files, -errno, "%s: %s", source, strerror(errno));
	result = put(files, path, file_mode(status->st_mode), source);
	if (result == 0 && files->count > before)
		files->size_bytes += (uint64_t)status->st_size;
	return result;
}

/* --- Mirrored paths ----------------------------------------------------------------------------
 */

/* The walk along one path: what is done, what is left. Neither begins with a slash. */
struct walk {
	char done[PATH_MAX], rest[PATH_MAX];
	unsigned links;
	bool may_be_missing; /* what does not exist here becomes a folder there */
};

/* Put the target of a link before the rest. */
static int follow(struct walk *walk, const char *target)
{
	char rest[PATH_MAX];

	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, rest, sizeof(rest));
	if (target[0] == '/')
		walk->done[0] = '\0';
	return 0;
}

/* Take the next component. Returns 0 or -errno with PROBLEM filled. */
static int step(struct exec_files *files, const char *path, struct walk *walk)
{
	char name[NAME_MAX + 1], next[PATH_MAX], here[PATH_MAX], target[PATH_MAX];
	struct stat status;
	size_t size = strcspn(walk->rest, "/");
	ssize_t target_size;
	int error;

	if (size > NAME_MAX)
		return fail(files, -ENAMETOOLONG, "%s: %s", path, strerror(ENAMETOOLONG));
	memcpy(name, walk->rest, size);
	name[size] = '\0';
	memmove(walk->rest, walk->rest + size, strlen(walk->rest + size) + 1);
	if (strcmp(name, "") == 0 || strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(walk->done, '/');
		*(slash == NULL ? walk->done : slash) = '\0';
		return 0;
	}
	if (snprintf(next, sizeof(next), "%s%s%s", walk->done, walk->done[0] == '\0' ? "" : "/",
		     name) >= (int)sizeof(next) ||
	    snprintf(here, sizeof(here), "%s/%s", files->root, next) >= (int)sizeof(here))
		return fail(files, -ENAMETOOLONG, "%s: %s", path, strerror(ENAMETOOLONG));
	if (lstat(here, &status) != 0) {
		if (errno != ENOENT || !walk->may_be_missing)
			return fail(files, -errno, "%s: %s", path, strerror(errno));
		status.st_mode = S_IFDIR;
	}
	/* A file that the user put in its place stays, where a link is here as well. */
	const struct rootfs_file *there = exec_files_find(files, next);
	if (there != NULL && S_ISREG(there->mode) && !S_ISDIR(status.st_mode) &&
	    walk->rest[strspn(walk->rest, "/.")] == '\0') {
		memcpy(walk->done, next, sizeof(next));
		walk->rest[0] = '\0';
		return 0;
	}
	if (S_ISLNK(status.st_mode)) {
		target_size = readlink(here, target, sizeof(target) - 1);
		if (target_size < 0)
			return fail(files, -errno, "%s: %s", here, strerror(errno));
		target[target_size] = '\0';
		error = put(files, next, S_IFLNK | 0777, target);
		if (error == 0 && (error = follow(walk, target)) != 0)
			fail(files, error, "%s: %s", path, strerror(-error));
		return error;
	}
	memcpy(walk->done, next, sizeof(next));
	if (S_ISDIR(status.st_mode))
		return put(files, next, S_IFDIR | ((status.st_mode & S_ISVTX) != 0 ? 01777 : 0755),
			   NULL);
	if (walk->rest[strspn(walk->rest, "/.")] != '\0')
		return fail(files, -ENOTDIR, "%s: %s", path, strerror(ENOTDIR));
	walk->rest[0] = '\0';
	return put_file(files, next, here, &status);
}

/* Take all of PATH; walk->done becomes where it ends, free of links. */
static int take(struct exec_files *files, const char *path, struct walk *walk)
{
	if (snprintf(walk->rest, sizeof(walk->rest), "%s", path) >= (int)sizeof(walk->rest))
		return fail(files, -ENAMETOOLONG, "%s: %s", path, strerror(ENAMETOOLONG));
	while (walk->rest[0] != '\0') {
		int result;
		if (walk->rest[0] == '/') {
			memmove(walk->rest, walk->rest + 1, strlen(walk->rest));
			continue;
		}
		result = step(files, path, walk);
		if (result != 0)
			return result;
	}
	return 0;
}

int exec_files_mirror(struct exec_files *files, const char *path)
{
	struct walk walk = {.links = 0};

	return take(files, path, &walk);
}

/* --- Given destinations ------------------------------------------------------------------------
 */

static int add_tree(struct exec_files *files, const char *source, const char *dest, int depth);

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int add_content(struct exec_files *files, const char *source, const char *dest, int depth)
{
	struct dirent **entries;
	int count = scandir(source, &entries, NULL, compare_names), result = 0;

	if (count < 0)
		return fail(files, -errno, "%s: %s", source, strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		char from[PATH_MAX], to[PATH_MAX];
		if (result != 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (snprintf(from, sizeof(from), "%s/%s", source, name) >= (int)sizeof(from) ||
		    snprintf(to, sizeof(to), "%s/%s", dest, name) >= (int)sizeof(to))
			result =
			    fail(files, -ENAMETOOLONG, "%s: %s", source, strerror(ENAMETOOLONG));
		else
			result = add_tree(files, from, to, depth + 1);
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return result;
}

/* DEST without a leading slash. The top of a tree may be a link to it; links inside stay links. */
static int add_tree(struct exec_files *files, const char *source, const char *dest, int depth)
{
	struct stat status;
	char target[PATH_MAX];
	int result;

	if (depth > DEPTH_MAX)
		return fail(files, -ELOOP, "%s: more than %d folders deep", source, DEPTH_MAX);
	if ((depth == 0 ? stat(source, &status) : lstat(source, &status)) != 0)
		return fail(files, -errno, "%s: %s", source, strerror(errno));
	if (S_ISDIR(status.st_mode)) {
		result = put(files, dest, S_IFDIR | 0755, NULL);
		return result != 0 ? result : add_content(files, source, dest, depth);
	}
	if (!S_ISLNK(status.st_mode))
		return put_file(files, dest, source, &status);
	ssize_t size = readlink(source, target, sizeof(target) - 1);
	if (size < 0)
		return fail(files, -errno, "%s: %s", source, strerror(errno));
	target[size] = '\0';
	return put(files, dest, S_IFLNK | 0777, target);
}

/* Where the absolute path DEST is in the guest, its folders added and links among them followed. */
static int place(struct exec_files *files, const char *dest, char path[PATH_MAX])
{
	const char *name = strrchr(dest, '/') + 1;
	struct walk walk = {.may_be_missing = true};
	char parent[PATH_MAX];
	int result;

	if (*name == '\0')
		return fail(files, -EINVAL, "the destination %s has no name", dest);
	snprintf(parent, sizeof(parent), "%.*s", (int)(name - dest), dest);
	result = take(files, parent, &walk);
	if (result == 0 && snprintf(path, PATH_MAX, "%s%s%s", walk.done,
				    walk.done[0] == '\0' ? "" : "/", name) >= PATH_MAX)
		result = fail(files, -ENAMETOOLONG, "%s: %s", dest, strerror(ENAMETOOLONG));
	return result;
}

int exec_files_add(struct exec_files *files, const char *source, const char *dest)
{
	char path[PATH_MAX];
	int result = place(files, dest, path);

	return result != 0 ? result : add_tree(files, source, path, 0);
}

int exec_files_bytes(struct exec_files *files, const char *dest, char *bytes, size_t size)
{
	char path[PATH_MAX];
	int result = place(files, dest, path);

	if (result == 0)
		result = put(files, path, S_IFREG | 0644, NULL);
	if (result != 0) {
		free(bytes);
		return result;
	}
	struct rootfs_file *file = &files->items[files->count - 1];
	file->bytes = bytes;
	file->size = size;
	return 0;
}

int exec_files_folder(struct exec_files *files, const char *dest)
{
	struct walk walk = {.may_be_missing = true};

	return files->is_cover ? 0 : take(files, dest, &walk);
}
