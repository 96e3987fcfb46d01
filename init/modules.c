/* SPDX-License-Identifier: Apache-2.0 */
/* modules.c: the kernel modules that the initramfs carries. */
#include "modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/module.h>

#include "console.h"
#include "file.h"
#include "report.h"
#include "resident.h"

static char first_failure[192];

static bool ends_with(const char *text, const char *end)
{
	const size_t text_size = strlen(text), end_size = strlen(end);

	return text_size >= end_size && strcmp(text + text_size - end_size, end) == 0;
}

/* Returns 0 or -errno. */
static int load(const char *path)
{
	const bool compressed =
	    ends_with(path, ".xz") || ends_with(path, ".zst") || ends_with(path, ".gz");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", compressed ? MODULE_INIT_COMPRESSED_FILE : 0) != 0)
		result = -errno;
	close(fd);
	return result;
}

void modules_load(void)
{
	static char list[MODULES_LIST_MAX] BOOT_BUFFER;
	ssize_t size = file_read(MODULES_LIST, list, sizeof(list));
	char *rest = NULL;

	if (size == -ENOENT)
		return;
	if (size < 0) {
		report_warning(MODULES_LIST ": %s", strerror((int)-size));
		return;
	}
	for (char *path = strtok_r(list, "\n", &rest); path != NULL;
	     path = strtok_r(NULL, "\n", &rest)) {
		int result = load(path);

		if (result == 0 || result == -EEXIST)
			continue;
		if (result == -ENODEV || result == -ENXIO || result == -EOPNOTSUPP) {
			console_debug("module %s: %s", path, strerror(-result));
			continue;
		}
		report_warning("module %s: %s", path, strerror(-result));
		if (first_failure[0] == '\0')
			snprintf(first_failure, sizeof(first_failure), "module %.120s: %s", path,
				 strerror(-result));
	}
}

const char *modules_failure(void)
{
	return first_failure;
}
