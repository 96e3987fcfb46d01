/* SPDX-License-Identifier: Apache-2.0 */
/* serial.c: channels to the base system over 16550 lines. */
#include "serial.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <linux/serial.h>

#include "report.h"

static const struct line {
	const char *name, *path;
	int irq;
} lines[] = {
    {REPORT_PORT_NAME, "/dev/ttyS1", SERIAL_REPORT_IRQ},
    {REPORT_STDIN_PORT_NAME, "/dev/ttyS2", SERIAL_STDOUT_IRQ},
    {REPORT_STDOUT_PORT_NAME, "/dev/ttyS2", SERIAL_STDOUT_IRQ},
    {REPORT_OUTPUT_PORT_NAME, "/dev/ttyS2", SERIAL_STDOUT_IRQ},
    {REPORT_STDERR_PORT_NAME, "/dev/ttyS3", SERIAL_STDERR_IRQ},
};

/* Without ACPI the kernel takes the usual interrupts. Root may open a line whose interrupt is
 * taken, to give it another; that counts from the next opening on (serial_core.c). Returns 1 for
 * that. */
static int choose_irq(int fd, int irq)
{
	struct serial_struct settings;

	if (ioctl(fd, TIOCGSERIAL, &settings) != 0)
		return -errno;
	if (settings.type == PORT_UNKNOWN)
		return -ENODEV;
	if (settings.irq == irq)
		return 0;
	settings.irq = irq;
	return ioctl(fd, TIOCSSERIAL, &settings) == 0 ? 1 : -errno;
}

/* Eight bits, nothing translated, echoed or waited for; nothing has come yet (report.h). */
static int make_raw(int fd)
{
	const struct termios raw = {
	    .c_iflag = IGNBRK | IGNPAR, .c_cflag = B115200 | CS8 | CREAD | CLOCAL, .c_cc[VMIN] = 1};

	return tcsetattr(fd, TCSANOW, &raw) == 0 ? 0 : -errno;
}

int serial_open(const char *name, int access)
{
	const struct line *line = lines;
	int fd, result = 1;

	while (strcmp(line->name, name) != 0)
		if (++line == lines + sizeof(lines) / sizeof(lines[0]))
			return -ENOENT;
	for (int i = 0; result > 0 && i < 2; i++) {
		fd = open(line->path, access | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return -errno;
		result = choose_irq(fd, line->irq);
		if (result == 0)
			result = make_raw(fd);
		if (result != 0)
			close(fd);
	}
	return result == 0 ? fd : result > 0 ? -EBUSY : result;
}
