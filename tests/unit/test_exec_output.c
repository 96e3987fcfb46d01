/* SPDX-License-Identifier: Apache-2.0 */
/* test_exec_output.c: archives from a guest, honest and hostile: what is made, and what is not. */
#include "../../runner/exec_output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runner/initramfs.h"
#include "../tap.h"

static char work[64], guest_file[] = "/g/f", guest_folder[] = "/g/d";
static struct initramfs archive;
static int spool;

static char *path(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *text = paths[next++ % 4];

	snprintf(text, sizeof(paths[0]), "%s/%s", work, name);
	return text;
}

static void begin(void)
{
	spool = exec_output_spool();
	initramfs_begin(&archive, spool);
}

/* Two outputs: 0 goes to the file f, 1 to the folder d. */
static int unpack(bool whole)
{
	struct exec_output outputs[] = {
	    {guest_file, path("f"), true, false},
	    {guest_folder, path("d"), true, false},
	};

	if (whole)
		initramfs_end(&archive);
	int result = exec_output_unpack(spool, outputs, 2);
	close(spool);
	return result;
}

static const char *content(const char *name)
{
	static char text[64];
	int fd = open(path(name), O_RDONLY | O_NOFOLLOW);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (size < 0)
		return NULL;
	text[size] = '\0';
	return text;
}

static void honest(void)
{
	begin();
	initramfs_bytes(&archive, "0", 0600, "one", 3);
	initramfs_directory(&archive, "1", 0755);
	initramfs_directory(&archive, "1/sub", 0755);
	initramfs_bytes(&archive, "1/sub/x", 0755, "twenty", 6);
	is_int(unpack(true), 0, "a file and a folder");
	is_str(content("f"), "one", "the file");
	is_str(content("d/sub/x"), "twenty", "the file in the folder");
	is_int(access(path("d/sub/x"), X_OK), 0, "which can be executed");

	begin();
	initramfs_bytes(&archive, "1/sub/x", 0644, "new", 3);
	is_int(unpack(true), 0, "again");
	is_str(content("d/sub/x"), "new", "replaces what is there");

	struct exec_output missing = {guest_file, path("f"), false, false};
	begin();
	initramfs_end(&archive);
	ok(exec_output_unpack(spool, &missing, 1) < 0, "an output that does not come is said");
	close(spool);
}

static void hostile(void)
{
	static const char *const names[] = {
	    "1/../evil",   "1/sub/../../evil", "1/..",   "1/.", "1/",
	    "1/link/evil", "1/sub/x/below",    "2",      "x",   "01x/y",
	    "-1",          "1//evil",          "0/evil",
	};

	mkdir(path("elsewhere"), 0700);
	is_int(symlink(path("elsewhere"), path("d/link")), 0, "a link in the folder");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		begin();
		initramfs_bytes(&archive, names[i], 0644, "bad", 3);
		errno = 0;
		ok(unpack(true) < 0, "'%s' is refused", names[i]);
	}
	ok(access(path("evil"), F_OK) != 0 && access(path("elsewhere/evil"), F_OK) != 0,
	   "nothing is outside");

	begin();
	initramfs_bytes(&archive, "1/link", 0644, "file", 4);
	is_int(unpack(true), 0, "a link is replaced");
	is_str(content("d/link"), "file", "by the file");
	begin();
	initramfs_symlink(&archive, "1/link2", "/etc");
	ok(unpack(true) < 0, "a link from the guest is refused");
	begin();
	initramfs_device(&archive, "1/node", S_IFCHR | 0600, 1, 3);
	ok(unpack(true) < 0, "a device from the guest is refused");
	is_str(content("f"), "one", "the other output is as it was");
}

/* What the guest says in the place of a file. */
static void texts(void)
{
	struct exec_output outputs[] = {{guest_file, path("f"), false, false}};
	char longest[EXEC_OUTPUT_TEXT_MAX];

	memset(longest, 'x', sizeof(longest));
	begin();
	initramfs_bytes(&archive, "!0", 0600, "/g/f: 4 GiB or more\n\033[31m", 24);
	initramfs_end(&archive);
	is_int(exec_output_unpack(spool, outputs, 1), -1, "why a file does not come");
	is_int(outputs[0].has_come, 1, "is said once");
	close(spool);
	begin();
	initramfs_bytes(&archive, "?1", 0600, "1 left out", 10);
	is_int(unpack(true), 0, "what is left out is no failure");
	begin();
	initramfs_bytes(&archive, "!0", 0600, longest, sizeof(longest));
	ok(unpack(true) < 0, "a text that is too long is refused");
	for (size_t i = 0; i < 4; i++) {
		begin();
		initramfs_bytes(&archive, ((const char *const[]){"!2", "!", "?0/x", "!-1"})[i],
				0600, "x", 1);
		ok(unpack(true) < 0, "a text of no output");
	}
}

static void damaged(void)
{
	struct stat status;

	begin();
	initramfs_bytes(&archive, "0", 0644, "whole", 5);
	ok(unpack(false) < 0, "an archive without its end");
	begin();
	ok(unpack(false) < 0, "no archive at all");
	/* Cut at every length short of its end (120 + 120 + 121 bytes): no crash, no success. */
	begin();
	initramfs_bytes(&archive, "0", 0644, "whole", 5);
	initramfs_bytes(&archive, "1/y", 0644, "part", 4);
	initramfs_end(&archive);
	fstat(spool, &status);
	int whole = dup(spool), accepted = 0;
	for (off_t size = 0; size < 361; size++) {
		char bytes[1024];
		begin();
		ssize_t got = pread(whole, bytes, (size_t)size, 0);
		if (write(spool, bytes, (size_t)got) != got)
			return;
		accepted += unpack(false) == 0;
	}
	is_int(accepted, 0, "cut anywhere it is refused");
	/* A header that is no number, a name of no size. */
	for (size_t at = 0; at < 110; at++) {
		char bytes[1024];
		ssize_t got = pread(whole, bytes, sizeof(bytes), 0);
		bytes[at] = 'z';
		begin();
		if (write(spool, bytes, (size_t)got) != got)
			return;
		unpack(false);
	}
	ok(true, "no byte of a header can do harm");
}

int main(void)
{
	snprintf(work, sizeof(work), "/tmp/pith-output.XXXXXX");
	if (mkdtemp(work) == NULL)
		return 1;
	honest();
	hostile();
	texts();
	damaged();
	char command[128];
	snprintf(command, sizeof(command), "rm -rf %s", work);
	return system(command) != 0 || done() != 0;
}
