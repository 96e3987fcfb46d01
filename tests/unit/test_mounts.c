/* SPDX-License-Identifier: Apache-2.0 */
/* Whether mounts have changed since they were watched. */
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "../../init/mounts.h"
#include "../tap.h"

int main(void)
{
	ok(mounts_have_changed(), "not watched: that cannot be told");
	if (unshare(geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
		ok(true, "watching mounts # SKIP no mount namespace to be had");
		return done();
	}
	mounts_watch();
	ok(!mounts_have_changed(), "watched: no change");
	ok(mount("none", "/tmp", "tmpfs", 0, NULL) == 0, "a mount");
	ok(mounts_have_changed(), "... is a change");
	ok(!mounts_have_changed(), "... told once");
	ok(umount2("/tmp", MNT_DETACH) == 0, "an unmount");
	mounts_watch();
	ok(!mounts_have_changed(), "what was before it is watched once more does not count");
	ok(mount("none", "/tmp", "tmpfs", 0, NULL) == 0, "another mount");
	ok(mounts_have_changed(), "... is a change");
	return done();
}
