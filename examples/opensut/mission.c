/* SPDX-License-Identifier: Apache-2.0 */
/* mission.c: stands in for mission protection: watches the autopilot (environment variable
 * AUTOPILOT) and writes a frame for each report to its second serial console; with a GPIO chip,
 * line 0 of it is driven high meanwhile. */
#include <err.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wire.h"

#define REPORTS 3
#define CONSOLE "/dev/hvc0"
#define CHIP "/dev/gpiochip0"

/* The descriptor that holds line 0 at 1, or -1 without a chip. */
static int raise_line(void)
{
	struct gpio_v2_line_request request = {
	    .num_lines = 1,
	    .consumer = "mission",
	    .config = {.flags = GPIO_V2_LINE_FLAG_OUTPUT,
		       .num_attrs = 1,
		       .attrs = {{.mask = 1,
				  .attr = {.id = GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES,
					   .values = 1}}}},
	};
	int chip = open(CHIP, O_RDWR | O_CLOEXEC);

	if (chip < 0) {
		puts("no GPIO chip");
		return -1;
	}
	if (ioctl(chip, (int)GPIO_V2_GET_LINE_IOCTL, &request) != 0)
		err(1, "%s line 0", CHIP);
	puts("GPIO line 0 is high");
	close(chip);
	return request.fd;
}

int main(void)
{
	int console = open(CONSOLE, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	char report[80], frame[120];

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (console < 0)
		err(1, "%s", CONSOLE);
	int line = raise_line();
	int autopilot = wire_connect("AUTOPILOT", 5760);
	for (int i = 1; i <= REPORTS; i++) {
		if (wire_telemetry(autopilot, report, sizeof(report)) != 0)
			errx(1, "the autopilot does not answer");
		int size = snprintf(frame, sizeof(frame), "mission frame %d: %s\r\n", i, report);
		if (write(console, frame, (size_t)size) != size)
			err(1, "%s", CONSOLE);
	}
	printf("%d frames written to %s\n", REPORTS, CONSOLE);
	if (line >= 0)
		close(line);
	return 0;
}
