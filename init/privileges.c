/* SPDX-License-Identifier: Apache-2.0 */
/* privileges.c: takes away from a child what it is to do without.
 *
 *   1. As root: a mount namespace in which the root directory is read-only; the bounding set loses
 *      all capabilities that are not wanted, so that no program gets them back, root's neither; and
 *      a change of user is told not to clear those that are.
 *   2. The caller takes the user.
 *   3. The capabilities themselves; as ambient ones too, or another user than root would lose them
 *      at exec. Last, no new privileges.
 *
 * There is no libcap in here: two system calls, whose structures are in linux/capability.h. */
#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In the order of linux/capability.h, from 0. Not pointers: each takes a relocation of 24 bytes. */
static const char names[][20] = {
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
};
#define NAMES (sizeof(names) / sizeof(names[0]))
_Static_assert(NAMES == CAP_LAST_CAP + 1, "a name for each capability of these headers");

uint64_t privileges_capability(const char *name, size_t size)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0)
			return UINT64_C(1) << i;
	return 0;
}

int privileges_parse(const char *text, uint64_t *capabilities)
{
	*capabilities = 0;
	if (strcmp(text, "none") == 0)
		return 0;
	for (;;) {
		size_t size = strcspn(text, ",");
		uint64_t bit = privileges_capability(text, size);
		if (bit == 0 || (*capabilities & bit) != 0)
			return -EINVAL;
		*capabilities |= bit;
		if (text[size] == '\0')
			return 0;
		text += size + 1;
	}
}

/* A change of this mount alone: what the file system is for others stays. Its other flags have to
 * be said again, or they would be cleared. */
static int make_root_read_only(void)
{
	static const struct {
		unsigned long has, flag;
	} kept[] = {{ST_NOSUID, MS_NOSUID}, {ST_NODEV, MS_NODEV}, {ST_NOEXEC, MS_NOEXEC}};
	unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY;
	struct statvfs status;

	if (unshare(CLONE_NEWNS) != 0 || statvfs("/", &status) != 0)
		return -errno;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if ((status.f_flag & kept[i].has) != 0)
			flags |= kept[i].flag;
	return mount(NULL, "/", NULL, flags, NULL) == 0 ? 0 : -errno;
}

/* The kernel may know more of them than these headers: its end is where it says EINVAL. */
static int limit_bounding_set(uint64_t wanted)
{
	for (int i = 0; i < 64 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if ((wanted >> i & 1) == 0 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
			return -errno;
	return 0;
}

int privileges_begin(const struct privileges *privileges)
{
	int error = privileges->read_only_root ? make_root_read_only() : 0;

	if (error == 0 && privileges->limits_capabilities)
		error = limit_bounding_set(privileges->capabilities);
	if (error == 0 && privileges->limits_capabilities &&
	    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
		error = -errno;
	return error;
}

static int set_capabilities(uint64_t wanted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		uint32_t half = (uint32_t)(wanted >> (32 * i));

		data[i] = (struct __user_cap_data_struct){half, half, half};
	}
	if (syscall(SYS_capset, &header, data) != 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
		return -errno;
	for (int i = 0; i < 64; i++)
		if ((wanted >> i & 1) != 0 &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) != 0)
			return -errno;
	return 0;
}

int privileges_end(const struct privileges *privileges)
{
	int error =
	    privileges->limits_capabilities ? set_capabilities(privileges->capabilities) : 0;

	if (error == 0 && privileges->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		error = -errno;
	return error;
}
