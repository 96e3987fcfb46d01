/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.c: an archive in the kernel's "newc" format put into the root directory. */
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_BYTES 110 /* magic, then 13 numbers of 8 hexadecimal digits */
#define NAME_BYTES_MAX 4096
#define TRAILER "TRAILER!!!"

/* The fields of the header that say something here, in their order. */
enum { FIELD_MODE = 1, FIELD_MTIME = 5, FIELD_SIZE = 6, FIELD_NAME_SIZE = 11, FIELD_COUNT = 13 };

static int read_number(const char *digits, uint32_t *number)
{
	*number = 0;
	for (int i = 0; i < 8; i++) {
		char c = digits[i];
		unsigned value;

		if (c >= '0' && c <= '9')
			value = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = (unsigned)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			value = (unsigned)(c - 'A') + 10;
		else
			return -EINVAL;
		*number = *number << 4 | value;
	}
	return 0;
}

/* Relative, not empty, no ".." component. */
static int check_name(const char *name)
{
	if (name[0] == '/' || name[0] == '\0')
		return -EINVAL;
	for (const char *part = name; part != NULL; part = strchr(part, '/')) {
		part += *part == '/';
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
			return -EINVAL;
	}
	return 0;
}

/* Move *OFFSET on by BYTES and to the next multiple of 4, within SIZE. */
static int skip(size_t *offset, size_t bytes, size_t size)
{
	size_t padded;

	if (bytes > size - *offset)
		return -EINVAL;
	*offset += bytes;
	padded = (*offset + 3) & ~(size_t)3;
	*offset = padded < size ? padded : size;
	return 0;
}

int unpack_next(const char *archive, size_t size, size_t *offset, struct unpack_member *member)
{
	uint32_t fields[FIELD_COUNT];
	const char *header = archive + *offset;

	if (*offset > size || size - *offset < HEADER_BYTES || memcmp(header, "070701", 6) != 0)
		return -EINVAL;
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (read_number(header + 6 + 8 * i, &fields[i]) != 0)
			return -EINVAL;
	const size_t name_size = fields[FIELD_NAME_SIZE];
	member->name = header + HEADER_BYTES;
	if (name_size < 2 || name_size > NAME_BYTES_MAX ||
	    skip(offset, HEADER_BYTES + name_size, size) != 0 ||
	    memchr(member->name, '\0', name_size) != member->name + name_size - 1)
		return -EINVAL;
	if (strcmp(member->name, TRAILER) == 0)
		return 0;
	if (check_name(member->name) != 0)
		return -EINVAL;
	member->mode = fields[FIELD_MODE];
	member->mtime = fields[FIELD_MTIME];
	member->data = archive + *offset;
	member->size = fields[FIELD_SIZE];
	return skip(offset, member->size, size) == 0 ? 1 : -EINVAL;
}

bool unpack_touches(const char *archive, size_t size, const char *folder)
{
	const size_t length = strlen(folder);
	struct unpack_member member;
	size_t offset = 0;

	while (unpack_next(archive, size, &offset, &member) == 1)
		if (strncmp(member.name, folder, length) == 0 &&
		    (member.name[length] == '/' || member.name[length] == '\0'))
			return true;
	return false;
}

/* What is there in another kind than MODE's goes. Returns 0 or -errno. */
static int make_room(int root_fd, const char *name, mode_t mode)
{
	struct stat status;

	if (fstatat(root_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -errno;
	if ((status.st_mode & S_IFMT) == (mode & S_IFMT) && !S_ISLNK(mode))
		return 0;
	return unlinkat(root_fd, name, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0) == 0 ? 0
											: -errno;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

static void get_times(const struct unpack_member *member, struct timespec times[2])
{
	times[0] = times[1] = (struct timespec){.tv_sec = member->mtime};
}

static int put_file(int root_fd, const struct unpack_member *member)
{
	struct timespec times[2];
	int fd = openat(root_fd, member->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			member->mode & 07777);
	int result = fd < 0 ? -errno : write_all(fd, member->data, member->size);

	get_times(member, times);
	/* open(2) was under the umask. */
	if (result == 0 && (fchmod(fd, member->mode & 07777) != 0 || futimens(fd, times) != 0))
		result = -errno;
	if (fd >= 0)
		close(fd);
	return result;
}

static int put_link(int root_fd, const struct unpack_member *member)
{
	struct timespec times[2];
	char target[NAME_BYTES_MAX];

	if (member->size == 0 || member->size >= sizeof(target))
		return -ENAMETOOLONG;
	memcpy(target, member->data, member->size);
	target[member->size] = '\0';
	get_times(member, times);
	if (symlinkat(target, root_fd, member->name) != 0)
		return -errno;
	return utimensat(root_fd, member->name, times, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : -errno;
}

static int put_folder(int root_fd, const struct unpack_member *member)
{
	if (mkdirat(root_fd, member->name, member->mode & 07777) != 0 && errno != EEXIST)
		return -errno;
	return fchmodat(root_fd, member->name, member->mode & 07777, 0) == 0 ? 0 : -errno;
}

static int put(int root_fd, const struct unpack_member *member)
{
	int result = make_room(root_fd, member->name, member->mode);

	if (result != 0)
		return result;
	if (S_ISREG(member->mode))
		return put_file(root_fd, member);
	if (S_ISLNK(member->mode))
		return put_link(root_fd, member);
	return S_ISDIR(member->mode) ? put_folder(root_fd, member) : -EINVAL;
}

/* At the end, as what is put into a folder changes its time. */
static void set_folder_times(int root_fd, const char *archive, size_t size)
{
	struct unpack_member member;
	struct timespec times[2];
	size_t offset = 0;

	while (unpack_next(archive, size, &offset, &member) == 1) {
		get_times(&member, times);
		if (S_ISDIR(member.mode)) /* a time is not worth a failure */
			(void)utimensat(root_fd, member.name, times, 0);
	}
}

int unpack_archive(int root_fd, const char *archive, size_t size, char failed[256])
{
	struct unpack_member member;
	size_t offset = 0;
	int more, result = 0;

	failed[0] = '\0';
	while ((more = unpack_next(archive, size, &offset, &member)) == 1) {
		result = put(root_fd, &member);
		if (result != 0) {
			snprintf(failed, 256, "%s", member.name);
			return result;
		}
	}
	if (more == 0)
		set_folder_times(root_fd, archive, size);
	return more;
}
