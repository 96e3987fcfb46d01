/* SPDX-License-Identifier: Apache-2.0 */
/* accel-probe: says which accelerator pith takes for a VM of this machine's architecture, and why.
 * Exit status 0: KVM; 1: emulation. */
#include <stdio.h>

#include "../../runner/accel.h"

int main(void)
{
	enum qemu_accel accel;
	char reason[256];

	accel_choose(KVM_AUTO, config_host_arch(), &accel, reason, sizeof(reason));
	puts(reason);
	return accel == ACCEL_KVM ? 0 : 1;
}
