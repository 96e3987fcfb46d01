/* SPDX-License-Identifier: Apache-2.0 */
/* predict.h: what a VM will measure of its boot, from its configuration and files. */
#ifndef PITH_RUNNER_PREDICT_H
#define PITH_RUNNER_PREDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "../init/measure.h"
#include "config.h"
#include "qemu.h"

struct prediction {
	bool has_measure; /* its app gets a trusted boot socket */
	uint8_t measure[DIGEST_BYTES];
	bool has_pcr; /* it has a TPM */
	uint8_t pcr[DIGEST_BYTES];
	struct measure boot; /* the events of the TPM's log */
};

/* Predict for PROCESS, a VM, with ACCEL; VERBOSE as in pith run -v, which changes what the kernel
 * is told. Reads the app image as a run does: a few blocks, or the whole where it has no hash tree.
 * Returns 0, or -errno with WHY of WHY_SIZE bytes filled. */
int predict_vm(const struct config_process *process, enum qemu_accel accel, bool verbose,
	       struct prediction *prediction, char *why, size_t why_size);

#endif
