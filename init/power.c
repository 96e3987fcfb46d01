/* SPDX-License-Identifier: Apache-2.0 */
/* power.c: the end of the machine. */
#include "power.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "console.h"

/* On x86 only ACPI can power off: without it RB_POWER_OFF halts the CPU for good and QEMU never
 * ends, while a restart ends QEMU when it was started with -no-reboot. Elsewhere firmware can
 * (PSCI, SBI). */
static bool can_power_off(void)
{
#if defined(__x86_64__)
	return access("/sys/firmware/acpi", F_OK) == 0;
#else
	return true;
#endif
}

_Noreturn void power_down(enum power_action action)
{
	if (action == POWER_OFF || (action == POWER_AUTO && can_power_off())) {
		(void)reboot(RB_POWER_OFF); /* returns only when it failed */
		console_error("power off: %s", strerror(errno));
	}
	(void)reboot(RB_AUTOBOOT);
	console_error("restart: %s", strerror(errno));
	for (;;) /* PID 1 may not end: that would be a panic */
		pause();
}
