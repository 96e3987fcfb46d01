/* SPDX-License-Identifier: Apache-2.0 */
/* accel_cache.c: the file CACHE/no-kvm: "BOOT-ID WORDS". The id is new with every boot of the base
 * system, where its kernel, or the machine around it, may have become another. */
#include "accel_cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/file.h"
#include "kernel.h"
#include "message.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LENGTH 36 /* a UUID */

static char *file_path(void)
{
	char *cache = kernel_cache_dir(), *path;

	if (asprintf(&path, "%s/no-kvm", cache) < 0)
		die_out_of_memory();
	free(cache);
	return path;
}

bool accel_cache_read(char *text, size_t size)
{
	char boot_id[64], line[512], *path = file_path();
	bool known = file_read_line(BOOT_ID, boot_id, sizeof(boot_id)) == BOOT_ID_LENGTH &&
		     file_read_line(path, line, sizeof(line)) > BOOT_ID_LENGTH + 1 &&
		     strncmp(line, boot_id, BOOT_ID_LENGTH) == 0 && line[BOOT_ID_LENGTH] == ' ';

	if (known)
		snprintf(text, size, "%s", line + BOOT_ID_LENGTH + 1);
	free(path);
	return known;
}

/* One short write: a reader at the same time sees all of it or, without the id, nothing. */
void accel_cache_write(const char *text)
{
	char boot_id[64], line[512], *path = file_path();
	int fd, length;

	if (file_read_line(BOOT_ID, boot_id, sizeof(boot_id)) == BOOT_ID_LENGTH) {
		length = snprintf(line, sizeof(line), "%s %s", boot_id, text);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd < 0 || length >= (int)sizeof(line) ||
		    write(fd, line, (size_t)length) != length)
			say_verbose("%s: not written", path);
		if (fd >= 0)
			close(fd);
	}
	free(path);
}
