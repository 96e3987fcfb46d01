/* SPDX-License-Identifier: Apache-2.0 */
/* boot_measure.c: what was verified, into the TPM and into the measure that the app can have
 * attested. */
#include "boot_measure.h"

#include <stdbool.h>
#include <string.h>

#include "attest_socket.h"
#include "digest.h"
#include "report.h"
#include "tpm.h"

static void add_image(struct measure *measure, const struct image *image,
		      const struct boot_config *config)
{
	if (image->is_signed)
		measure_manifest(measure, image->manifest_digest);
	if (image->verified_by != NULL)
		measure_image(measure, image->verified_by, image->hash_hex);
	else
		measure_image(measure, config->app_device != NULL ? "unverified" : "none", "");
}

/* MEASURE_HEX gets what the attestations begin with. Returns the app's end or -1. */
static int open_socket(const struct image *image, struct boot_config *config,
		       char measure_hex[DIGEST_HEX_SIZE], struct outcome *outcome)
{
	const bool verified = image->verified_by != NULL;
	uint8_t digest[DIGEST_BYTES], value[DIGEST_BYTES];
	int fd;

	(void)cmdline_parse_hex(image->hash_hex, digest, sizeof(digest)); /* if verified */
	fd = attest_socket_open(config, verified ? digest : NULL, value);
	if (fd < 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "trusted boot socket: %s",
			    strerror(-fd));
		return -1;
	}
	digest_hex(value, measure_hex);
	return fd;
}

int boot_measure(struct measure *measure, const struct image *image, struct boot_config *config,
		 int uevent_fd, int *attest_fd, struct outcome *outcome)
{
	char measure_hex[DIGEST_HEX_SIZE] = "", pcr_hex[DIGEST_HEX_SIZE];

	*attest_fd = -1;
	add_image(measure, image, config);
	if (tpm_record(measure, config, uevent_fd, pcr_hex, outcome) != 0)
		return -1;
	if (attest_socket_is_wanted(config)) {
		*attest_fd = open_socket(image, config, measure_hex, outcome);
		if (*attest_fd < 0)
			return -1;
	}
	if (measure_hex[0] != '\0' || pcr_hex[0] != '\0')
		report_measure(measure_hex, pcr_hex);
	return 0;
}
