/* SPDX-License-Identifier: Apache-2.0 */
/* The cpio reader of PID 1: it puts down what runner/initramfs.c wrote, and refuses what reaches
 * beyond the archive or the root directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../init/unpack.h"
#include "../../runner/initramfs.h"
#include "../tap.h"

static char work[] = "/tmp/pith-test.XXXXXX";
static char archive[65536];
static size_t archive_size;

/* FILL writes the members. */
static void write_archive(void (*fill)(struct initramfs *archive))
{
	struct initramfs writer;
	int fd = memfd_create("archive", MFD_CLOEXEC);

	initramfs_begin(&writer, fd);
	fill(&writer);
	if (initramfs_end(&writer) != 0)
		abort();
	archive_size = (size_t)pread(fd, archive, sizeof(archive), 0);
	close(fd);
}

static void fill(struct initramfs *to)
{
	initramfs_bytes(to, "config", 0600, "one\0two", 7);
	initramfs_directory(to, "folder", 01777);
	initramfs_bytes(to, "folder/empty", 0644, "", 0);
	initramfs_bytes(to, "folder/a b", 04755, "text", 4);
	initramfs_symlink(to, "link", "folder/a b");
	initramfs_bytes(to, "other", 0644, "file", 4);
}

static int unpack(char failed[256])
{
	int root = open(work, O_RDONLY | O_DIRECTORY);
	int result = unpack_archive(root, archive, archive_size, failed);

	close(root);
	return result;
}

static void test_whole(void)
{
	char failed[256], text[16] = "";
	struct stat status;
	mode_t mask = umask(077);

	write_archive(fill);
	if (chdir(work) != 0 || mkdir("other", 0755) != 0 || symlink("nowhere", "config") != 0)
		abort();
	is_int(unpack(failed), 0, "an archive is put down");
	umask(mask);
	ok(stat("folder", &status) == 0 && (status.st_mode & 07777) == 01777 &&
	       status.st_mtim.tv_sec == 0,
	   "a folder, with mode and time");
	ok(stat("folder/a b", &status) == 0 && (status.st_mode & 07777) == 04755 &&
	       status.st_size == 4 && status.st_mtim.tv_sec == 0,
	   "a file, with mode and time");
	ok(stat("folder/empty", &status) == 0 && status.st_size == 0, "an empty file");
	ok(readlink("link", text, sizeof(text) - 1) == 10 && strcmp(text, "folder/a b") == 0,
	   "a link");
	ok(lstat("config", &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 7,
	   "a file takes the place of a link");
	ok(lstat("other", &status) == 0 && S_ISREG(status.st_mode),
	   "a file takes the place of an empty folder");
	is_int(unpack(failed), 0, "the same once more");
}

static void test_touches(void)
{
	write_archive(fill);
	ok(unpack_touches(archive, archive_size, "folder"), "a folder is touched");
	ok(unpack_touches(archive, archive_size, "link"), "so is what is one member");
	ok(!unpack_touches(archive, archive_size, "fold"), "not by the beginning of a name");
	ok(!unpack_touches(archive, archive_size, "tmp"), "not what is not there");
}

/* Every cut of an archive is refused or ends before the cut; nothing is read behind it (ASan). */
static void test_cuts(void)
{
	struct unpack_member member;

	write_archive(fill);
	for (size_t size = 0; size < archive_size; size++) {
		char *cut = malloc(size + 1);
		size_t offset = 0;
		int more;

		memcpy(cut, archive, size);
		char *exact = realloc(cut, size == 0 ? 1 : size);
		while ((more = unpack_next(exact, size, &offset, &member)) == 1)
			if (member.data + member.size > exact + size)
				abort();
		if (more == 0 && size + 512 < archive_size)
			abort();
		free(exact);
	}
	ok(true, "%zu cuts", archive_size);
}

static void refuse(size_t offset, const char *bytes, const char *what)
{
	struct unpack_member member;
	size_t at = 0;

	write_archive(fill);
	memcpy(archive + offset, bytes, strlen(bytes));
	is_int(unpack_next(archive, archive_size, &at, &member), -EINVAL, what);
}

static void fill_upwards(struct initramfs *to)
{
	initramfs_bytes(to, "a/../../etc", 0600, "x", 1);
}

static void fill_device(struct initramfs *to)
{
	initramfs_device(to, "null", S_IFCHR | 0666, 1, 3);
}

static void test_refusals(void)
{
	char failed[256];

	refuse(0, "070702", "another format");
	refuse(6 + 8 * 6, "0000000g", "a size that is no number");
	refuse(6 + 8 * 6, "ffffffff", "a size beyond the archive");
	refuse(6 + 8 * 11, "ffffffff", "a name beyond the archive");
	refuse(6 + 8 * 11, "00000001", "a name without a letter");
	refuse(6 + 8 * 11, "00000006", "a name without its NUL byte");
	refuse(110, "/onfig", "an absolute name");
	refuse(110, "../fig", "a name that leads out");
	write_archive(fill_upwards);
	is_int(unpack(failed), -EINVAL, "a name that leads out in its middle");
	write_archive(fill_device);
	is_int(unpack(failed), -EINVAL, "a device");
	is_str(failed, "null", "... by its name");
}

int main(void)
{
	if (mkdtemp(work) == NULL)
		abort();
	test_whole();
	test_touches();
	test_cuts();
	test_refusals();
	char command[64];
	snprintf(command, sizeof(command), "rm -rf %s", work);
	ok(system(command) == 0, "the temporary folder is removed");
	return done();
}
