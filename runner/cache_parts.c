/* SPDX-License-Identifier: Apache-2.0 */
/* cache_parts.c: the folders of the cache, one a purpose. Those who fill them: runner/rootfs.c, and
 * the scripts of pith's sources, each of which holds a lock (flock(2)) on a file ".lock-..." in the
 * part, or "lock" in an entry of it, while it makes something. */
#include "cache_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kernel.h"
#include "message.h"

#define DEPTH_MAX 64 /* of folders; a kernel's source has a dozen */
#define LOCKS_MAX 64

static const struct part {
	const char *name, *what;
	const char *entries; /* the folder in it whose entries are the part's, or NULL: itself */
	const char *locks;   /* the part whose locks count as well, or NULL */
} parts[] = {
    {"initramfs", "initramfs of VMs", NULL, NULL},
    {"kernels", "guest kernels", "store", NULL},
    {"source", "source of guest kernels", NULL, "kernels"},
    {"disks", "packages of rootfs/debian-disk", NULL, NULL},
    {"sysroot", "libraries and tools of other systems", NULL, NULL},
    {"apt", "package lists", NULL, NULL},
    {"kselftest", "the kernel's own tests, for pith's", NULL, NULL},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const struct part *find_part(const char *name)
{
	for (size_t i = 0; i < PARTS; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	return NULL;
}

bool cache_parts_has(const char *name)
{
	return find_part(name) != NULL;
}

const char *cache_parts_names(void)
{
	static char names[128];

	names[0] = '\0';
	for (size_t i = 0; i < PARTS; i++) {
		strcat(names, i == 0 ? "" : ", ");
		strcat(names, parts[i].name);
	}
	return names;
}

/* --- Folders -----------------------------------------------------------------------------------
 */

static int open_folder(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static DIR *read_folder(int parent, const char *name)
{
	int fd = open_folder(parent, name);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && dir == NULL)
		close(fd);
	return dir;
}

/* The next entry that is neither "." nor "..". */
static const char *next_name(DIR *dir)
{
	struct dirent *entry = dir == NULL ? NULL : readdir(dir);

	while (entry != NULL &&
	       (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0))
		entry = readdir(dir);
	return entry == NULL ? NULL : entry->d_name;
}

static void end_reading(DIR *dir)
{
	if (dir != NULL)
		closedir(dir);
}

struct size {
	uint64_t bytes; /* on disk */
	time_t changed; /* of the entry itself and, in a part, of its entries */
};

static bool is_lock(const char *name)
{
	return strncmp(name, ".lock-", strlen(".lock-")) == 0;
}

static uint64_t tree_bytes(int parent, const char *name, unsigned depth)
{
	struct stat status;
	uint64_t bytes;

	if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	bytes = (uint64_t)status.st_blocks * 512;
	if (!S_ISDIR(status.st_mode) || depth == DEPTH_MAX)
		return bytes;
	DIR *dir = read_folder(parent, name);
	for (const char *entry; (entry = next_name(dir)) != NULL;)
		bytes += tree_bytes(dirfd(dir), entry, depth + 1);
	end_reading(dir);
	return bytes;
}

/* All below NAME and itself, but for files called KEPT in it. Returns 0, or the first -errno. */
static int remove_tree(int parent, const char *name, const char *kept, unsigned depth)
{
	int error = 0, one;

	if (unlinkat(parent, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	if (depth == DEPTH_MAX)
		return -ELOOP;
	DIR *dir = read_folder(parent, name);
	if (dir == NULL)
		return -errno;
	for (const char *entry; (entry = next_name(dir)) != NULL;) {
		if (kept != NULL && strcmp(entry, kept) == 0)
			continue;
		one = remove_tree(dirfd(dir), entry, NULL, depth + 1);
		error = error != 0 ? error : one;
	}
	end_reading(dir);
	if (unlinkat(parent, name, AT_REMOVEDIR) != 0 && error == 0 &&
	    !(kept != NULL && (errno == ENOTEMPTY || errno == EEXIST)))
		error = -errno;
	return error;
}

/* --- Kernels -----------------------------------------------------------------------------------
 */

/* The name by which the kernel ENTRY of the store is found: that of a link in the part, or the
 * environment's. NULL: by none. */
static const char *kernel_user(int part, const char *entry)
{
	static char name[256];
	char target[256];
	const char *found = NULL, *link, *last = getenv("PITH_KERNEL_DIR");
	DIR *dir = read_folder(part, ".");

	while (found == NULL && (link = next_name(dir)) != NULL) {
		ssize_t size = readlinkat(part, link, target, sizeof(target) - 1);
		if (size <= 0)
			continue;
		target[size] = '\0';
		const char *slash = strrchr(target, '/');
		if (strcmp(slash == NULL ? target : slash + 1, entry) == 0) {
			snprintf(name, sizeof(name), "%s", link);
			found = name;
		}
	}
	end_reading(dir);
	if (found == NULL && last != NULL && strstr(last, entry) != NULL)
		found = "PITH_KERNEL_DIR";
	return found;
}

/* --- Parts -------------------------------------------------------------------------------------
 */

/* Opened: the part itself, and the folder of its entries (the same one, or one in it). */
struct opened {
	int part, entries;
};

static int open_part(int cache, const struct part *part, struct opened *opened)
{
	opened->part = opened->entries = open_folder(cache, part->name);
	if (opened->part >= 0 && part->entries != NULL) {
		opened->entries = open_folder(opened->part, part->entries);
		if (opened->entries < 0) {
			close(opened->part);
			return opened->entries;
		}
	}
	return opened->part < 0 ? opened->part : 0;
}

static void close_part(const struct opened *opened)
{
	if (opened->entries != opened->part)
		close(opened->entries);
	close(opened->part);
}

static int open_cache(void)
{
	char *path = kernel_cache_dir();
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	fd = fd < 0 ? -errno : fd;
	free(path);
	return fd;
}

static time_t changed_at(int parent, const char *name)
{
	struct stat status;

	return fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status.st_mtim.tv_sec : 0;
}

static void print(FILE *out, const char *name, const struct size *size)
{
	struct tm moment;
	char text[32];

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M", localtime_r(&size->changed, &moment));
	fprintf(out, "%-16s %7.1f MiB  changed %s  ", name, (double)size->bytes / (1 << 20), text);
}

static void list_part(int cache, const struct part *part, FILE *out)
{
	struct size size = {0};
	struct opened opened;
	unsigned count = 0;

	if (open_part(cache, part, &opened) != 0)
		return;
	DIR *dir = read_folder(opened.entries, ".");
	for (const char *name; (name = next_name(dir)) != NULL;) {
		time_t changed = changed_at(opened.entries, name);
		if (is_lock(name))
			continue;
		count++;
		size.changed = changed > size.changed ? changed : size.changed;
	}
	end_reading(dir);
	size.bytes = tree_bytes(cache, part->name, 0);
	if (count == 0)
		size.changed = changed_at(cache, part->name);
	print(out, part->name, &size);
	fprintf(out, "%s (%u)\n", part->what, count);
	close_part(&opened);
}

void cache_parts_list(FILE *out)
{
	int cache = open_cache();

	for (size_t i = 0; cache >= 0 && i < PARTS; i++)
		list_part(cache, &parts[i], out);
	if (cache >= 0)
		close(cache);
}

void cache_parts_list_entries(const char *name, FILE *out)
{
	const struct part *part = find_part(name);
	struct opened opened;
	int cache = open_cache();

	if (cache >= 0 && open_part(cache, part, &opened) == 0) {
		DIR *dir = read_folder(opened.entries, ".");
		for (const char *entry; (entry = next_name(dir)) != NULL;) {
			struct size size = {tree_bytes(opened.entries, entry, 0),
					    changed_at(opened.entries, entry)};
			const char *user =
			    part->entries != NULL ? kernel_user(opened.part, entry) : NULL;
			if (is_lock(entry))
				continue;
			print(out, part->name, &size);
			fprintf(out, "%s%s%s\n", entry, user != NULL ? ", in use as " : "",
				user != NULL ? user : "");
		}
		end_reading(dir);
		close_part(&opened);
	}
	if (cache >= 0)
		close(cache);
}

/* --- Clearing ----------------------------------------------------------------------------------
 */

struct locks {
	int fds[LOCKS_MAX];
	size_t count;
	char held[256]; /* by somebody else, when not "" */
};

static void take_lock(int folder, const char *folder_name, const char *name, struct locks *locks)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (locks->count == LOCKS_MAX || flock(fd, LOCK_EX | LOCK_NB) != 0) {
		snprintf(locks->held, sizeof(locks->held), "%.100s/%.100s", folder_name, name);
		close(fd);
		return;
	}
	locks->fds[locks->count++] = fd;
}

static void take_locks(int cache, const char *part, struct locks *locks)
{
	DIR *dir = read_folder(cache, part);
	char path[512];

	for (const char *name; (name = next_name(dir)) != NULL;) {
		snprintf(path, sizeof(path), "%.250s/lock", name);
		take_lock(dirfd(dir), part, is_lock(name) ? name : path, locks);
	}
	end_reading(dir);
}

static void give_back(struct locks *locks)
{
	for (size_t i = 0; i < locks->count; i++)
		close(locks->fds[i]);
}

/* With the locks held. What was begun beside the entries of the store is nobody's then, either. */
static int empty(const struct part *part, const struct opened *opened, FILE *out)
{
	unsigned removed = 0, kept = 0;
	uint64_t bytes = 0;
	int error = 0;

	for (int pass = 0; pass < (part->entries != NULL ? 2 : 1); pass++) {
		int folder = pass == 0 ? opened->entries : opened->part;
		DIR *dir = read_folder(folder, ".");
		for (const char *name; (name = next_name(dir)) != NULL;) {
			uint64_t size;
			int one;
			if (is_lock(name) ||
			    (pass == 1 && strncmp(name, ".work", strlen(".work")) != 0))
				continue;
			if (pass == 0 && part->entries != NULL &&
			    kernel_user(opened->part, name) != NULL) {
				kept++;
				continue;
			}
			size = tree_bytes(folder, name, 0);
			one = remove_tree(folder, name, "lock", 0);
			if (one != 0) {
				say_error("cache: %s/%s: %s", part->name, name, strerror(-one));
				error = one;
				continue;
			}
			removed++;
			bytes += size;
		}
		end_reading(dir);
	}
	fprintf(out, "%s: %u removed, %.1f MiB", part->name, removed, (double)bytes / (1 << 20));
	if (kept > 0)
		fprintf(out, "; %u in use", kept);
	putc('\n', out);
	return error;
}

int cache_parts_clear(const char *name, FILE *out)
{
	const struct part *part = find_part(name);
	struct locks locks = {.count = 0};
	struct opened opened;
	int cache = open_cache(), error;

	error = cache < 0 ? cache : open_part(cache, part, &opened);
	if (error == -ENOENT) {
		fprintf(out, "%s: 0 removed, 0.0 MiB\n", name);
		error = 0;
	} else if (error != 0) {
		say_error("cache: %s: %s", name,
			  error == -ELOOP || error == -ENOTDIR ? "no folder; left as it is"
							       : strerror(-error));
	} else {
		take_locks(cache, part->name, &locks);
		if (part->locks != NULL)
			take_locks(cache, part->locks, &locks);
		error = locks.held[0] != '\0' ? -EBUSY : empty(part, &opened, out);
		if (error == -EBUSY && locks.held[0] != '\0')
			say_error("cache: %s: somebody is at work in it (%s is locked); left as it "
				  "is",
				  name, locks.held);
		give_back(&locks);
		close_part(&opened);
	}
	if (cache >= 0)
		close(cache);
	return error;
}
