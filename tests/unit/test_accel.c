/* SPDX-License-Identifier: Apache-2.0 */
/* The accelerator: what is decided without KVM, and that the probe comes back in time. Whether the
 * probe is right is tested against QEMU (tests/vm/accel.sh). */
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "../../runner/accel.h"
#include "../tap.h"

static enum qemu_accel accel;
static char reason[256];

static int choose(enum config_kvm wanted, enum config_arch arch)
{
	return accel_choose(wanted, arch, &accel, reason, sizeof(reason));
}

int main(void)
{
	enum config_arch host = config_host_arch();
	enum config_arch other = host == ARCH_AARCH64 ? ARCH_X86_64 : ARCH_AARCH64;
	struct timespec begin, end;
	int result;

	is_int(choose(KVM_OFF, host), 0, "kvm = false is no error");
	is_int(accel, ACCEL_TCG, "it means emulation");
	is_str(reason, "emulation (kvm = false)", "and says so");

	is_int(choose(KVM_AUTO, other), 0, "another architecture is no error");
	is_int(accel, ACCEL_TCG, "it is emulated");
	ok(strstr(reason, "the guest is ") != NULL, "saying why: %s", reason);
	is_int(choose(KVM_ON, other), -ENODEV, "but kvm = true refuses it");
	ok(strncmp(reason, "kvm = true, but the guest is ", 29) == 0, "saying why: %s", reason);

	clock_gettime(CLOCK_MONOTONIC, &begin);
	result = choose(KVM_AUTO, host);
	clock_gettime(CLOCK_MONOTONIC, &end);
	long ms =
	    (long)(end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
	is_int(result, 0, "auto is never an error");
	ok(ms < ACCEL_PROBE_TIMEOUT_MS + 1000 + 500, "it came back after %ld ms", ms);
	ok(strncmp(reason, accel == ACCEL_KVM ? "KVM (" : "emulation (",
		   accel == ACCEL_KVM ? 5 : 11) == 0,
	   "saying why: %s", reason);
	ok(strstr(reason, "ran in") != NULL || accel == ACCEL_TCG, "KVM only where code ran");
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	is_int(choose(KVM_ON, host), fd >= 0 ? 0 : -ENODEV,
	       "kvm = true is an error where there is none");
	ok(strncmp(reason, fd >= 0 ? "KVM (kvm = true)" : "kvm = true, but /dev/kvm: ",
		   fd >= 0 ? 17 : 26) == 0,
	   "and taken at its word where there is one: %s", reason);
	if (fd >= 0)
		close(fd);
	if (access("/dev/kvm", F_OK) != 0)
		ok(strstr(reason, "/dev/kvm: No such file") != NULL,
		   "without /dev/kvm that is said");
	return done();
}
