/* SPDX-License-Identifier: Apache-2.0 */
/* boot_measure.h: what was verified, into the TPM and into the measure that the app can have
 * attested. */
#ifndef PITH_INIT_BOOT_MEASURE_H
#define PITH_INIT_BOOT_MEASURE_H

#include "cmdline.h"
#include "image.h"
#include "measure.h"
#include "outcome.h"

/* MEASURE holds the events of the configuration; those of IMAGE, which is verified where it can be,
 * are added, and the whole is recorded as CONFIG wants it (tpm.h) and reported. *ATTEST_FD gets the
 * app's end of the trusted boot socket (attest_socket.h), the caller's; -1: none is wanted. Returns
 * 0, or -1 with OUTCOME filled. */
int boot_measure(struct measure *measure, const struct image *image, struct boot_config *config,
		 int uevent_fd, int *attest_fd, struct outcome *outcome);

#endif
