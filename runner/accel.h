/* SPDX-License-Identifier: Apache-2.0 */
/* accel.h: does KVM really run guest code here? /dev/kvm can exist, open and create a VM and a
 * vCPU, and still be of no use: a guest's instructions are then interpreted one by one inside the
 * base system's kernel (about a million a second, where emulation by QEMU has some hundred
 * million), or never retire. So only running a little code under a deadline tells. */
#ifndef PITH_RUNNER_ACCEL_H
#define PITH_RUNNER_ACCEL_H

#include "config.h"
#include "qemu.h"

#define ACCEL_PROBE_TIMEOUT_MS 200 /* of wall time, for code that never comes back */
#define ACCEL_PROBE_CPU_MS 50      /* of CPU time, for code that is interpreted */
/* 0.4 ms on the processor itself, 8 ms in a nested VM under emulation, a second interpreted */
#define ACCEL_PROBE_LOOPS 1000000

/* Decide the accelerator for a VM of GUEST_ARCH under the KVM setting. REASON (of REASON_SIZE
 * bytes) gets one line in words, such as "KVM (guest code ran in 0.4 ms)" or "emulation (/dev/kvm:
 * permission denied)". That KVM interprets guest code is remembered until the next reboot. With
 * kvm = true no code is run: a KVM that can be opened is taken. Returns 0, or -ENODEV when kvm =
 * true and there is none (REASON says why). */
int accel_choose(enum config_kvm wanted, enum config_arch guest_arch, enum qemu_accel *accel,
		 char *reason, size_t reason_size);

#endif
