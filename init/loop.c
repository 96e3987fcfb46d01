/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c: a block device on top of a file. The only file that sees linux/loop.h. */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/loop.h>

#define TRIES 8 /* somebody else may take the free device first */

int loop_attach(int fd)
{
	const struct loop_config config = {
	    .fd = (unsigned)fd,
	    .info = {.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR},
	};
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), device = -1, result = 0;

	if (control < 0)
		return -errno;
	for (int i = 0; i < TRIES && device < 0; i++) {
		char path[32];
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		if (number < 0) {
			result = -errno;
			break;
		}
		snprintf(path, sizeof(path), "/dev/loop%d", number);
		device = open(path, O_RDONLY | O_CLOEXEC);
		if (device < 0 || ioctl(device, LOOP_CONFIGURE, &config) == 0)
			continue;
		result = -errno;
		close(device);
		device = -1;
		if (result != -EBUSY)
			break;
	}
	close(control);
	if (device >= 0)
		return device;
	return result != 0 ? result : -errno;
}
