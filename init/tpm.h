/* SPDX-License-Identifier: Apache-2.0 */
/* tpm.h: the TPM 2.0, spoken to in bytes: two commands of TCG TPM 2.0 Library, Part 3. */
#ifndef PITH_INIT_TPM_H
#define PITH_INIT_TPM_H

#include <stddef.h>
#include <stdint.h>

#include "cmdline.h"
#include "digest.h"
#include "measure.h"
#include "outcome.h"

#define TPM_EVENT_LOG "/run/pith/eventlog"
#define TPM_EXTEND_BYTES 65
#define TPM_READ_BYTES 20
#define TPM_ANSWER_MAX 4096 /* the kernel's own limit, TPM_BUFSIZE */

/* Extend MEASURE's events into PCR 11 and write TPM_EVENT_LOG, as CONFIG's policy wants it. A TPM
 * that is there and does not do it ends the run, unless the policy is TPM_OFF: else the app could
 * extend what pith-init did not. PCR_HEX gets what the PCR holds then, "" without a TPM. Returns 0,
 * or -1 with OUTCOME filled. */
int tpm_record(const struct measure *measure, const struct boot_config *config, int uevent_fd,
	       char pcr_hex[DIGEST_HEX_SIZE], struct outcome *outcome);

/* Pure, from here on. */

/* TPM2_PCR_Extend of PCR by DIGEST in the SHA-256 bank, with an empty password. */
void tpm_write_extend(unsigned pcr, const uint8_t digest[DIGEST_BYTES],
		      uint8_t command[TPM_EXTEND_BYTES]);

/* TPM2_PCR_Read of PCR, less than 24, in the SHA-256 bank. */
void tpm_write_read(unsigned pcr, uint8_t command[TPM_READ_BYTES]);

/* The response code in the header of an answer of SIZE bytes, 0 for success; or -EPROTO. */
int64_t tpm_answer_code(const uint8_t *answer, size_t size);

/* The value in an answer to tpm_write_read. Returns 0; -EPROTO when it is out of form or a failure;
 * or -ENODATA when the TPM has no such bank or PCR. */
int tpm_read_answer(const uint8_t *answer, size_t size, uint8_t value[DIGEST_BYTES]);

#endif
