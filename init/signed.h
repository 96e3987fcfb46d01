/* SPDX-License-Identifier: Apache-2.0 */
/* signed.h: with a public key in the initramfs, only images signed by it are accepted, whatever the
 * kernel command line says.
 *
 *   /pith/key          the Ed25519 public key, 32 bytes; everything here depends on it
 *   /pith/min-version  the least version accepted, decimal; absent: any
 *   /pith/name         the name that the image must have; absent: any
 *   /pith/app-root     if there: the image becomes the root directory
 *   /usr/lib/pith/pith-verify   checks the signature (verify_main.c) */
#ifndef PITH_INIT_SIGNED_H
#define PITH_INIT_SIGNED_H

#include <stdbool.h>
#include <stdint.h>

#include "cmdline.h"
#include "digest.h"
#include "outcome.h"

/* Whether there is a key. One that cannot be read counts: signed_check then refuses. */
bool signed_is_required(void);

/* CONFIG as the kernel command line alone gives it: refuse, where signatures are required, what
 * would run something else than the image's own program, or put it elsewhere than the initramfs
 * says, which is noted in CONFIG. Returns 0, or -1 with OUTCOME filled. */
int signed_check_line(struct boot_config *config, struct outcome *outcome);

/* Read the manifest of the image FD of SIZE_BYTES, check its signature, version and name, and that
 * what CONFIG gives agrees with it. CONFIG's verity_root and verity_offset become those that were
 * signed, and a block that does not match ends the run. MANIFEST_DIGEST gets the SHA-256 of the
 * manifest's block. Returns 0, or -1 with OUTCOME filled. */
int signed_check(int fd, uint64_t size_bytes, struct boot_config *config,
		 uint8_t manifest_digest[DIGEST_BYTES], struct outcome *outcome);

#endif
