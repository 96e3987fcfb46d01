/* SPDX-License-Identifier: Apache-2.0 */
/* own_root.h: a root directory that is a mount. */
#ifndef PITH_RUNNER_OWN_ROOT_H
#define PITH_RUNNER_OWN_ROOT_H

/* Gives the process a mount namespace of its own, all of whose mounts are private and whose "/" is
 * one of them, so that it can be remounted: in a chroot too, whose "/" may be a mere folder. The
 * working directory stays, found by its path. It takes CAP_SYS_ADMIN; in such a chroot
 * CAP_SYS_CHROOT and Linux 5.8, too. Returns 0 or -errno. */
int own_root(void);

#endif
