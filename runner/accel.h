/* SPDX-License-Identifier: Apache-2.0 */
/* accel.h: does KVM really run guest code here? /dev/kvm can exist, open and create a VM whose
 * first instruction never retires, so only running a little code under a deadline tells. */
#ifndef PITH_RUNNER_ACCEL_H
#define PITH_RUNNER_ACCEL_H

#include "config.h"
#include "qemu.h"

#define ACCEL_PROBE_TIMEOUT_MS 200

/* Decide the accelerator for a VM of GUEST_ARCH under the KVM setting. REASON (of REASON_SIZE
 * bytes) gets one line in words, such as "KVM (guest code ran in 0.4 ms)" or "emulation (/dev/kvm:
 * permission denied)". Returns 0, or -ENODEV when kvm = true and KVM does not work (REASON says
 * why). */
int accel_choose(enum config_kvm wanted, enum config_arch guest_arch, enum qemu_accel *accel,
		 char *reason, size_t reason_size);

#endif
