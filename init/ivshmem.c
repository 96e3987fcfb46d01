/* SPDX-License-Identifier: Apache-2.0 */
/* ivshmem.c: the memory of QEMU's ivshmem device. */
#include "ivshmem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "file.h"

#define DEVICES "/sys/bus/pci/devices"
#define VENDOR "0x1af4" /* Red Hat */
#define DEVICE "0x1110" /* ivshmem */

static bool file_is(const char *folder, const char *name, const char *wanted)
{
	char path[384], line[32];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) &&
	       file_read_line(path, line, sizeof(line)) > 0 && strcmp(line, wanted) == 0;
}

/* Its folder into DEVICE, of 320 bytes. Returns 0 or -errno. */
static int find(char *device, size_t size)
{
	const struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(DEVICES);

	if (dir == NULL)
		return -errno;
	while (!found && (entry = readdir(dir)) != NULL)
		found = entry->d_name[0] != '.' &&
			snprintf(device, size, DEVICES "/%s", entry->d_name) < (int)size &&
			file_is(device, "device", DEVICE) && file_is(device, "vendor", VENDOR);
	closedir(dir);
	return found ? 0 : -ENODEV;
}

int ivshmem_open(void)
{
	/* Cached where the processor makes a difference (prefetchable memory, "_wc"). */
	static const char *const names[] = {"resource2_wc", "resource2"};
	char device[320], path[384];
	int result = find(device, sizeof(device)), fd = -1;

	if (result != 0)
		return result;
	(void)snprintf(path, sizeof(path), "%s/enable", device); /* fits: 64 bytes more */
	result = file_write(path, "1");
	if (result != 0)
		return result;
	for (size_t i = 0; fd < 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", device, names[i]);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}
