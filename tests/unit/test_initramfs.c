/* SPDX-License-Identifier: Apache-2.0 */
/* The cpio writer: cpio(1) lists and unpacks what it wrote, the same input gives the same bytes,
 * and what the format or the kernel cannot hold is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runner/initramfs.h"
#include "../tap.h"

static char work[] = "/tmp/pith-test.XXXXXX";

static int memory_file(void)
{
	return memfd_create("archive", MFD_CLOEXEC);
}

static void write_source(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static int write_archive(int fd)
{
	struct initramfs archive;

	initramfs_begin(&archive, fd);
	initramfs_directory(&archive, "dev", 0755);
	initramfs_device(&archive, "dev/console", S_IFCHR | 0600, 5, 1);
	initramfs_directory(&archive, "a b", 0700);
	initramfs_bytes(&archive, "a b/bytes", 0600, "one\0two", 7);
	initramfs_bytes(&archive, "empty", 0644, "", 0);
	initramfs_file(&archive, "file", 0755, "source");
	initramfs_symlink(&archive, "link", "a b/bytes");
	return initramfs_end(&archive);
}

static void test_cpio_agrees(void)
{
	int fd = memory_file();

	is_int(write_archive(fd), 0, "an archive is written");
	is_int(lseek(fd, 0, SEEK_END) % 512, 0, "its size is a multiple of 512");
	is_str(shell(fd, "cpio -t --quiet"),
	       "dev\ndev/console\na b\na b/bytes\nempty\nfile\nlink\n",
	       "cpio -t lists its members");
	is_str(shell(fd, "TZ=UTC cpio -tvn --quiet | tr -s ' ' | grep console"),
	       "crw------- 1 0 0 5, 1 Jan 1 1970 dev/console\n", "the device node is whole");
	mkdir("out", 0700);
	shell(fd, "cd out && cpio -i --quiet -f dev/console");
	is_str(shell(fd, "cd out && stat -c '%A %n' a* empty file link && readlink link && od -An "
			 "-c 'a b/bytes'"
			 " && cat file"),
	       "drwx------ a b\n-rw-r--r-- empty\n-rwxr-xr-x file\nlrwxrwxrwx link\na b/bytes\n"
	       "   o   n   e  \\0   t   w   o\nfrom a file",
	       "cpio -i unpacks the same modes and bytes");
	close(fd);
}

static void test_same_bytes(void)
{
	int first = memory_file(), second = memory_file();
	char sum[128];

	write_archive(first);
	write_source("source", "from a file"); /* a new time of change */
	write_archive(second);
	snprintf(sum, sizeof(sum), "%s", shell(first, "sha256sum"));
	is_str(shell(second, "sha256sum"), sum, "the same input gives the same bytes");
	close(first);
	close(second);
}

/* Begin an archive, add one file or directory, and return how it ended. */
static int end_of(const char *path, const char *source, char failed[256])
{
	struct initramfs archive;
	int fd = memory_file(), result;

	initramfs_begin(&archive, fd);
	if (source == NULL)
		initramfs_directory(&archive, path, 0755);
	else
		initramfs_file(&archive, path, 0644, source);
	initramfs_directory(&archive, "later", 0755);
	result = initramfs_end(&archive);
	if (failed != NULL)
		snprintf(failed, 256, "%s", archive.failed);
	close(fd);
	return result;
}

static void test_refusals(void)
{
	char longest[4097], failed[256];

	memset(longest, 'n', sizeof(longest) - 1);
	longest[4096] = '\0';
	is_int(end_of(longest, NULL, NULL), -ENAMETOOLONG, "a name of 4096 bytes is refused");
	longest[4095] = '\0';
	is_int(end_of(longest, NULL, NULL), 0, "a name of 4095 bytes is taken");
	is_int(end_of("/dev", NULL, NULL), -EINVAL, "a leading slash is refused");
	is_int(end_of("", NULL, NULL), -EINVAL, "an empty name is refused");
	is_int(end_of("file", "missing", failed), -ENOENT, "a missing file is refused");
	is_str(failed, "missing", "the failure names the file");
	is_int(end_of("file", "out", NULL), -EISDIR, "a directory is no file");
	mkfifo("fifo", 0600);
	is_int(end_of("file", "fifo", NULL), -EINVAL, "a FIFO is refused, not waited for");
	/* Files of procfs say 0 bytes and hold more; those of sysfs say 4096 and hold less. */
	is_int(end_of("file", "/proc/self/status", NULL), -ESTALE, "a file that grew is refused");
	is_int(end_of("file", "/sys/kernel/uevent_seqnum", NULL), -ESTALE,
	       "a file that shrank is refused");

	struct initramfs archive;
	initramfs_begin(&archive, open("/dev/full", O_WRONLY | O_CLOEXEC));
	initramfs_directory(&archive, "dev", 0755);
	is_int(initramfs_end(&archive), -ENOSPC, "a failing write is said");
	close(archive.fd);
	initramfs_begin(&archive, -1);
	initramfs_bytes(&archive, "large", 0644, "", (size_t)1 << 32);
	is_int(initramfs_end(&archive), -EFBIG, "a content of 4 GiB is refused");
}

int main(void)
{
	if (mkdtemp(work) == NULL || chdir(work) != 0)
		abort();
	write_source("source", "from a file");
	test_cpio_agrees();
	test_same_bytes();
	test_refusals();
	char command[64];
	snprintf(command, sizeof(command), "rm -rf %s", work);
	ok(system(command) == 0, "the temporary folder is removed");
	return done();
}
