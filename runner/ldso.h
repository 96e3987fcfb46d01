/* SPDX-License-Identifier: Apache-2.0 */
/* ldso.h: the files of glibc's dynamic loader: /etc/ld.so.conf in, /etc/ld.so.cache out
 * (ld.so(8), ldconfig(8)). */
#ifndef PITH_RUNNER_LDSO_H
#define PITH_RUNNER_LDSO_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "strv.h"

/* Add to DIRS the folders that SYSROOT/etc/ld.so.conf and the files it includes name, in order, as
 * paths without SYSROOT ("" for this system). No such file adds nothing. */
void ldso_read_conf(const char *sysroot, struct strv *dirs);

/* Add to DIRS the built-in folders of ARCH's loader: glibc's, Debian's multiarch ones first, or
 * musl's. */
void ldso_default_dirs(enum config_arch arch, bool is_musl, struct strv *dirs);

/* "x86_64-linux-gnu" for ARCH. */
const char *ldso_triplet(enum config_arch arch);

/* The bytes of an ld.so.cache through which ARCH's loader finds the COUNT library files PATHS by
 * their base names. Malloced; the size in *SIZE. */
char *ldso_cache(enum config_arch arch, char *const *paths, size_t count, size_t *size);

#endif
