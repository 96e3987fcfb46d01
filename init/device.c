/* SPDX-License-Identifier: Apache-2.0 */
/* device.c: waiting for a block device. */
#include "device.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "modules.h"
#include "uevent.h"

/* The names of the block devices, "vda, vdb", in TEXT; "none" when there are none. */
static void list_block_devices(char *text, size_t size)
{
	DIR *dir = opendir("/sys/class/block");
	const struct dirent *entry;
	size_t used = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		int printed = snprintf(text + used, size - used, "%s%s", used == 0 ? "" : ", ",
				       entry->d_name);
		if (printed < 0 || (size_t)printed >= size - used)
			break;
		used += (size_t)printed;
	}
	if (dir != NULL)
		closedir(dir);
	if (used == 0)
		snprintf(text, size, "none");
	else
		text[used] = '\0';
}

int device_wait(const char *path, uint32_t timeout_ms, int uevent_fd, struct outcome *outcome)
{
	const int64_t deadline_ms = clock_ms() + timeout_ms;
	const char *separator = modules_failure()[0] == '\0' ? "" : "; ";
	char devices[200];
	int error;

	do {
		if (access(path, F_OK) == 0)
			return 0;
		error = errno;
	} while (error == ENOENT && uevent_wait(uevent_fd, deadline_ms) == 0);
	list_block_devices(devices, sizeof(devices));
	outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0,
		    "app device %s: %s after %u ms; block devices: %s%s%s", path, strerror(error),
		    (unsigned)timeout_ms, devices, separator, modules_failure());
	return -1;
}
