/* SPDX-License-Identifier: Apache-2.0 */
/* poweroff: the smallest /init there is: the floor that boot times are compared with. */
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	return reboot(RB_POWER_OFF);
}
