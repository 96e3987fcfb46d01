/* SPDX-License-Identifier: Apache-2.0 */
/* exec_output.c: files of a guest that are to be here after the run. */
#include "exec_output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "output_file.h"
#include "path.h"
#include "strv.h"
#include "text.h"

#define HEADER_SIZE 110 /* "070701" and 13 fields of 8 hexadecimal digits */

struct member {
	mode_t mode;
	uint64_t size;
	char name[PATH_MAX];
};

struct archive {
	int fd;
	uint64_t offset;
};

/* One name for what HOST may be called; "" for what takes several outputs. Malloced. */
static char *place_of(const char *host)
{
	char *real = realpath(host, NULL), *path, *folder;
	struct stat status;

	if (output_file_own_descriptor(host) >= 0 ||
	    (real != NULL && stat(real, &status) == 0 && !S_ISREG(status.st_mode) &&
	     !S_ISDIR(status.st_mode))) {
		free(real);
		return text_copy("");
	}
	if (real != NULL)
		return real;
	path = path_clean(host); /* it is made, in a folder that is there */
	char *name = strrchr(path, '/');
	*name++ = '\0';
	folder = realpath(*path == '\0' ? "/" : path, NULL);
	real = text_format("%s/%s", folder != NULL ? folder : path, name);
	free(folder);
	free(path);
	return real;
}

bool exec_output_clash(char *const *given, size_t count, const char **first, const char **second)
{
	struct strv places = {0};
	bool found = false;

	for (size_t i = 0; i < count && !found; i++) {
		const char *equals = strrchr(given[i], '=');
		char *place = place_of(equals != NULL ? equals + 1 : given[i]);
		for (size_t j = 0; j < i && !found && *place != '\0'; j++) {
			found =
			    strcmp(places.items[j], place) == 0 && strcmp(given[j], given[i]) != 0;
			*first = given[j];
			*second = given[i];
		}
		strv_add(&places, place);
		free(place);
	}
	strv_free(&places);
	return found;
}

int exec_output_spool(void)
{
	const char *folder = getenv("TMPDIR");
	int fd = open(folder != NULL && *folder != '\0' ? folder : "/tmp",
		      O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		fd = memfd_create("pith-outputs", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* --- Reading -----------------------------------------------------------------------------------
 */

static bool read_bytes(struct archive *archive, void *bytes, size_t size)
{
	if (pread(archive->fd, bytes, size, (off_t)archive->offset) != (ssize_t)size)
		return false;
	archive->offset += size;
	return true;
}

static void align(struct archive *archive)
{
	archive->offset = (archive->offset + 3) & ~UINT64_C(3);
}

static bool read_field(const char *header, unsigned field, uint64_t *value)
{
	const char *at = header + 6 + 8 * field;

	*value = 0;
	for (int i = 0; i < 8; i++) {
		const char *digits = "0123456789abcdef";
		const char *digit = at[i] == '\0' ? NULL : strchr(digits, at[i]);
		if (digit == NULL)
			return false;
		*value = *value * 16 + (uint64_t)(digit - digits);
	}
	return true;
}

/* The next header and name; the content follows. */
static bool read_member(struct archive *archive, struct member *member)
{
	char header[HEADER_SIZE];
	uint64_t mode, name_size;

	if (!read_bytes(archive, header, sizeof(header)) || memcmp(header, "070701", 6) != 0 ||
	    !read_field(header, 1, &mode) || !read_field(header, 6, &member->size) ||
	    !read_field(header, 11, &name_size) || name_size == 0 ||
	    name_size > sizeof(member->name) || !read_bytes(archive, member->name, name_size) ||
	    member->name[name_size - 1] != '\0' || strlen(member->name) != name_size - 1)
		return false;
	member->mode = (mode_t)mode;
	align(archive);
	return true;
}

/* --- Writing -----------------------------------------------------------------------------------
 */

static int copy_content(struct archive *archive, uint64_t size, int to)
{
	char buffer[65536];

	while (size > 0) {
		size_t part = size < sizeof(buffer) ? (size_t)size : sizeof(buffer);
		if (!read_bytes(archive, buffer, part))
			return -EBADMSG;
		for (size_t done = 0; done < part;) {
			ssize_t n = write(to, buffer + done, part - done);
			if (n < 0 && errno != EINTR)
				return -errno;
			done += n < 0 ? 0 : (size_t)n;
		}
		size -= part;
	}
	return 0;
}

/* Open the folder that holds the last component of RELATIVE, below the folder HOST; every folder on
 * the way is there already, or the archive is damaged. *NAME becomes the last component. */
static int open_parent(const char *host, char *relative, char **name)
{
	int fd = open(host, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next;
	char *slash;

	while (fd >= 0 && (slash = strchr(relative, '/')) != NULL) {
		*slash = '\0';
		errno = EINVAL; /* of ".." */
		next = strcmp(relative, "..") == 0
			   ? -1
			   : openat(fd, relative, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = next;
		relative = slash + 1;
	}
	*name = relative;
	if (fd >= 0 &&
	    (*relative == '\0' || strcmp(relative, ".") == 0 || strcmp(relative, "..") == 0)) {
		close(fd);
		fd = -1;
		errno = EINVAL;
	}
	return fd;
}

static int write_inner(struct archive *archive, const struct member *member, const char *host,
		       char *relative)
{
	char *name;
	int parent = open_parent(host, relative, &name), fd, result;

	if (parent < 0)
		return -errno;
	if (S_ISDIR(member->mode)) {
		result = mkdirat(parent, name, 0777) == 0 || errno == EEXIST ? 0 : -errno;
	} else {
		/* What is there is replaced, not written through: it may be a link. */
		unlinkat(parent, name, 0);
		fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			    (member->mode & 0111) != 0 ? 0777 : 0666);
		result = fd < 0 ? -errno : copy_content(archive, member->size, fd);
		if (fd >= 0 && close(fd) != 0 && result == 0)
			result = -errno;
	}
	close(parent);
	return result;
}

/* The output itself. Returns 0, -errno, or 1 after saying why not. */
static int write_top(struct archive *archive, const struct member *member, const char *host)
{
	struct output_file file;
	int result;

	if (S_ISDIR(member->mode))
		return mkdir(host, 0777) == 0 || errno == EEXIST ? 0 : -errno;
	if (output_file_open(&file, host) != 0)
		return 1;
	result = copy_content(archive, member->size, file.descriptor);
	if (result == 0)
		return output_file_commit(&file) == 0 ? 0 : 1;
	output_file_abandon(&file);
	return result;
}

/* What "pith send" in the guest says of OUTPUT: 0, 1 after saying that it is an error, or -EBADMSG.
 */
static int take_text(struct archive *archive, const struct member *member,
		     struct exec_output *output)
{
	char text[EXEC_OUTPUT_TEXT_MAX];
	bool is_note = member->name[0] == EXEC_OUTPUT_NOTE;

	if (member->size >= sizeof(text) || !read_bytes(archive, text, member->size))
		return -EBADMSG;
	text[member->size] = '\0';
	align(archive);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	output->has_come = true; /* or said why not */
	if (is_note)
		say_warning("--output %s: %s", output->guest, text);
	else
		say_error("--output %s: %s", output->guest, text);
	return is_note ? 0 : 1;
}

static int write_member(struct archive *archive, struct member *member, struct exec_output *outputs,
			size_t count)
{
	uint64_t content = archive->offset;
	bool is_text =
	    member->name[0] == EXEC_OUTPUT_NOTE || member->name[0] == EXEC_OUTPUT_PROBLEM;
	const char *digits = member->name + is_text;
	char *rest;
	unsigned long number = strtoul(digits, &rest, 10);
	int result;

	if (rest == digits || number >= count || (*rest != '\0' && *rest != '/') ||
	    (!S_ISDIR(member->mode) && !S_ISREG(member->mode)))
		return -EBADMSG;
	struct exec_output *output = &outputs[number];
	if (is_text)
		return *rest == '\0' ? take_text(archive, member, output) : -EBADMSG;
	if (*rest == '\0') {
		output->has_come = true;
		result = write_top(archive, member, output->host);
	} else {
		result = write_inner(archive, member, output->host, rest + 1);
	}
	if (result < 0 && result != -EBADMSG)
		say_error("--output %s: %s: %s", output->guest, output->host, strerror(-result));
	archive->offset = content + (S_ISDIR(member->mode) ? 0 : member->size);
	align(archive);
	return result;
}

int exec_output_unpack(int spool, struct exec_output *outputs, size_t count)
{
	struct archive archive = {.fd = spool};
	struct member member;
	int result = 0;

	for (;;) {
		if (!read_member(&archive, &member)) {
			say_error("--output: what came from the guest is not whole");
			return -1;
		}
		if (strcmp(member.name, "TRAILER!!!") == 0)
			break;
		int one = write_member(&archive, &member, outputs, count);
		if (one == -EBADMSG) {
			say_error("--output: what came from the guest is damaged");
			return -1;
		}
		result |= one;
	}
	for (size_t i = 0; i < count; i++) {
		if (outputs[i].has_come || outputs[i].is_optional)
			continue;
		say_error("--output %s: the guest has no such file", outputs[i].guest);
		result = -1;
	}
	return result == 0 ? 0 : -1;
}
