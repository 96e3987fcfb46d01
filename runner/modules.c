/* SPDX-License-Identifier: Apache-2.0 */
/* modules.c: which kernel modules a VM needs and in which order. */
#include "modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input_file.h"
#include "message.h"

/* Debian's largest (every driver as a module) are below 1 MB. */
#define INDEX_BYTES_MAX (64 << 20)

enum visit { NOT_VISITED, VISITING, VISITED };

/* A line of modules.dep, "kernel/a/b.ko: kernel/c.ko kernel/d.ko". */
struct entry {
	char *file;  /* "kernel/a/b.ko" */
	char *needs; /* "kernel/c.ko kernel/d.ko" */
	enum visit visit;
};

struct index {
	const char *dir;
	struct entry *entries;
	size_t count;
	struct strv *files;
};

/* Read the whole file NAME in DIR into *TEXT, which the caller frees in any case. Returns 0 or
 * -errno. */
static int read_text(const char *dir, const char *name, char **text)
{
	struct stat status;
	char *path = NULL;
	size_t done = 0;
	int fd, result = 0;

	if (asprintf(&path, "%s/%s", dir, name) < 0)
		die_out_of_memory();
	fd = input_file_open(path, O_RDONLY);
	free(path);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) != 0)
		result = -errno;
	else if (status.st_size > INDEX_BYTES_MAX)
		result = -EIO;
	if (result == 0 && (*text = malloc((size_t)status.st_size + 1)) == NULL)
		die_out_of_memory();
	while (result == 0 && done < (size_t)status.st_size) {
		ssize_t n = read(fd, *text + done, (size_t)status.st_size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			result = n < 0 ? -errno : -EIO;
		else
			done += (size_t)n;
	}
	close(fd);
	if (result == 0)
		(*text)[done] = '\0';
	return result;
}

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

/* True when FILE ("kernel/fs/dm-mod.ko.xz") is the module of NAME_LENGTH bytes NAME ("dm_mod"). */
static bool is_module(const char *file, const char *name, size_t name_length)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash == NULL ? file : slash + 1;

	for (size_t i = 0; i < name_length; i++)
		if (fold(base[i]) != fold(name[i]) || base[i] == '\0')
			return false;
	base += name_length;
	return strncmp(base, ".ko", 3) == 0 && (base[3] == '\0' || base[3] == '.');
}

/* Cut the text of modules.dep into entries, in place. */
static void parse_entries(char *text, struct index *index)
{
	size_t room = 0;
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		char *colon = strchr(line, ':');
		if (colon == NULL)
			continue; /* empty, or not of this format */
		*colon = '\0';
		if (index->count == room) {
			room = room == 0 ? 512 : room * 2;
			index->entries = reallocarray(index->entries, room, sizeof(struct entry));
			if (index->entries == NULL)
				die_out_of_memory();
		}
		index->entries[index->count++] = (struct entry){.file = line, .needs = colon + 1};
	}
}

static struct entry *find_file(struct index *index, const char *file)
{
	for (size_t i = 0; i < index->count; i++)
		if (strcmp(index->entries[i].file, file) == 0)
			return &index->entries[i];
	return NULL;
}

static struct entry *find_module(struct index *index, const char *name, size_t name_length)
{
	for (size_t i = 0; i < index->count; i++)
		if (is_module(index->entries[i].file, name, name_length))
			return &index->entries[i];
	return NULL;
}

/* Add what ENTRY needs, then ENTRY. Returns 0, -ENOENT when a file it needs has no line of its own,
 * -ELOOP when it needs itself. */
static int add_entry(struct index *index, struct entry *entry)
{
	char *rest = entry->needs;
	int result = 0;

	if (entry->visit != NOT_VISITED)
		return entry->visit == VISITING ? -ELOOP : 0;
	entry->visit = VISITING;
	for (char *word; result == 0 && (word = strsep(&rest, " \t")) != NULL;) {
		struct entry *needed;
		if (*word == '\0')
			continue;
		needed = find_file(index, word);
		result = needed == NULL ? -ENOENT : add_entry(index, needed);
	}
	entry->visit = VISITED;
	if (result == 0)
		strv_addf(index->files, "%s/%s", index->dir, entry->file);
	return result;
}

/* True when NAME is a line of the text of modules.builtin, which may be NULL. */
static bool is_builtin(const char *text, const char *name, size_t name_length)
{
	char line[512];

	while (text != NULL && *text != '\0') {
		size_t length = strcspn(text, "\n");
		if (length < sizeof(line)) {
			memcpy(line, text, length);
			line[length] = '\0';
			if (is_module(line, name, name_length))
				return true;
		}
		text += length + (text[length] == '\n');
	}
	return false;
}

int modules_resolve(const char *dir, const char *const *names, size_t count, struct strv *files,
		    const char **missing)
{
	struct index index = {.dir = dir, .files = files};
	char *dep = NULL, *builtin = NULL;
	int result = read_text(dir, "modules.dep", &dep);

	if (result != 0)
		return result;
	result = read_text(dir, "modules.builtin", &builtin);
	if (result == -ENOENT)
		result = 0; /* then nothing is known to be built in */
	if (result == 0)
		parse_entries(dep, &index);
	for (size_t i = 0; result == 0 && i < count; i++) {
		size_t length = strcspn(names[i], "?");
		struct entry *entry = find_module(&index, names[i], length);
		if (entry != NULL)
			result = add_entry(&index, entry);
		else if (names[i][length] != '?' && !is_builtin(builtin, names[i], length))
			result = -ENOENT;
		if (result != 0)
			*missing = names[i];
	}
	free(index.entries);
	free(builtin);
	free(dep);
	return result;
}
