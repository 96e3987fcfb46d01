/* SPDX-License-Identifier: Apache-2.0 */
/* output_file.c: a file that appears under its name only when it is whole. */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

#define NAME_TRIES 100

/* The temporary name: ".NAME.XXXXXX" in the same folder, six random letters. */
static int choose_name(struct output_file *file)
{
	const char *slash = strrchr(file->path, '/');
	int folder_size = slash == NULL ? 0 : (int)(slash - file->path) + 1;
	uint8_t random[6];
	char letters[7] = "";

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -errno;
	for (size_t i = 0; i < sizeof(random); i++)
		letters[i] = (char)('a' + random[i] % 26);
	int size = snprintf(file->temporary, sizeof(file->temporary), "%.*s.%s.%s", folder_size,
			    file->path, file->path + folder_size, letters);
	return size < (int)sizeof(file->temporary) ? 0 : -ENAMETOOLONG;
}

/* Open under a temporary name: for file systems without O_TMPFILE. */
static int open_named(struct output_file *file)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		int error = choose_name(file);
		if (error < 0)
			return error;
		file->descriptor =
		    open(file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (file->descriptor >= 0 || errno != EEXIST)
			break;
	}
	return file->descriptor < 0 ? -errno : 0;
}

int output_file_open(struct output_file *file, const char *path)
{
	int error = 0;

	*file = (struct output_file){.descriptor = -1};
	if (snprintf(file->path, sizeof(file->path), "%s", path) >= (int)sizeof(file->path))
		error = -ENAMETOOLONG;
	if (error == 0) {
		const char *slash = strrchr(path, '/');
		char folder[PATH_MAX] = ".";
		if (slash != NULL)
			snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path) + 1, path);
		file->descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
		if (file->descriptor < 0 &&
		    (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
			error = open_named(file);
		else if (file->descriptor < 0)
			error = -errno;
	}
	if (error < 0)
		say_error("%s: %s", path, strerror(-error));
	return error;
}

FILE *output_file_stream(const struct output_file *file)
{
	int descriptor = dup(file->descriptor);
	FILE *out = descriptor < 0 ? NULL : fdopen(descriptor, "we");

	if (out == NULL)
		die_out_of_memory(); /* of descriptors, or of memory */
	return out;
}

int output_file_finish(struct output_file *file, FILE *out)
{
	int error = ferror(out) ? -EIO : 0;

	if (fclose(out) != 0 && error == 0)
		error = -errno;
	if (error == 0)
		return output_file_commit(file);
	say_error("%s: %s", file->path, strerror(-error));
	output_file_abandon(file);
	return error;
}

/* Give a file without a name its temporary one; link(2) cannot replace, rename(2) can. */
static int give_name(struct output_file *file)
{
	char self[64];
	int error = -EEXIST;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", file->descriptor);
	for (int i = 0; i < NAME_TRIES && error == -EEXIST; i++) {
		error = choose_name(file);
		if (error == 0 &&
		    linkat(AT_FDCWD, self, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) < 0)
			error = -errno;
	}
	if (error < 0)
		file->temporary[0] = '\0';
	return error;
}

int output_file_commit(struct output_file *file)
{
	int error = 0;

	if (fsync(file->descriptor) < 0)
		error = -errno;
	if (error == 0 && file->temporary[0] == '\0')
		error = give_name(file);
	if (error == 0 && rename(file->temporary, file->path) < 0)
		error = -errno;
	if (error == 0)
		file->temporary[0] = '\0';
	else
		say_error("%s: %s", file->path, strerror(-error));
	output_file_abandon(file);
	return error;
}

void output_file_abandon(struct output_file *file)
{
	if (file->temporary[0] != '\0')
		unlink(file->temporary);
	file->temporary[0] = '\0';
	if (file->descriptor >= 0)
		close(file->descriptor);
	file->descriptor = -1;
}
