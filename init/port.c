/* SPDX-License-Identifier: Apache-2.0 */
/* port.c: virtio-serial ports, found by name. */
#include "port.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "serial.h"
#include "uevent.h"

#define PORTS "/sys/class/virtio-ports"
#define DEVICES "/sys/bus/virtio/devices"
#define CONSOLE_ID "0x0003" /* VIRTIO_ID_CONSOLE, as sysfs prints it */

static bool is_serial;

/* Find the first entry of DIRECTORY whose file FILE holds the line WANTED. */
static bool find(const char *directory, const char *file, const char *wanted, char *entry_name,
		 size_t size)
{
	char path[320], line[128];
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(directory);

	if (dir == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || snprintf(path, sizeof(path), "%s/%s/%s", directory,
							entry->d_name, file) >= (int)sizeof(path))
			continue;
		found = file_read_line(path, line, sizeof(line)) > 0 && strcmp(line, wanted) == 0 &&
			snprintf(entry_name, size, "%s", entry->d_name) < (int)size;
	}
	closedir(dir);
	return found;
}

int port_open(const char *name, int access)
{
	char path[64] = "/dev/";
	const size_t used = strlen(path);
	int fd;

	if (is_serial)
		return serial_open(name, access);
	if (!find(PORTS, "name", name, path + used, sizeof(path) - used))
		return -ENOENT;
	fd = open(path, access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

void port_use_serial(void)
{
	is_serial = true;
}

bool port_is_serial(void)
{
	return is_serial;
}

/* Whether a port has no name. The kernel makes all ports of a device before it names the first. */
static bool any_nameless(void)
{
	char path[320];
	const struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(PORTS);

	while (dir != NULL && !found && (entry = readdir(dir)) != NULL)
		found = entry->d_name[0] != '.' &&
			snprintf(path, sizeof(path), PORTS "/%s/name", entry->d_name) <
			    (int)sizeof(path) &&
			access(path, F_OK) != 0;
	if (dir != NULL)
		closedir(dir);
	return found;
}

void port_settle(int uevent_fd, int64_t deadline_ms)
{
	while (any_nameless() && uevent_wait(uevent_fd, deadline_ms) == 0)
		;
}

int port_wait(const char *name, int access, int uevent_fd, int64_t deadline_ms)
{
	char device[64];
	int fd;

	while ((fd = port_open(name, access)) == -ENOENT &&
	       find(DEVICES, "device", CONSOLE_ID, device, sizeof(device)) &&
	       uevent_wait(uevent_fd, deadline_ms) == 0)
		;
	return fd;
}
