/* SPDX-License-Identifier: Apache-2.0 */
/* measure.h: what a boot extends into the TPM, and the event log that tells of it. Pure: pith-init
 * and `pith measure` write the same from the same facts.
 *
 * Events, in this order; each is a line of text without a newline, and the digest that is extended
 * is the SHA-256 of just this text:
 *
 *   cmdline WORDS           /proc/cmdline, but for what differs from run to run (measure_line)
 *   config sha256 HEX       /pith/config, likewise; where there is one
 *   manifest sha256 HEX     the manifest's whole block (manifest.h); where the image is signed
 *   image sha256 HEX        SHA-256 of the whole image
 *   image sha256-verity HEX or the root hash of its tree
 *   image unverified        or an image that nobody has checked
 *   image none              or no image at all
 *
 * The log has the crypto-agile form of TCG PC Client Platform Firmware Profile 1.05, section 10:
 * tpm2_eventlog(1) prints it and computes what the PCR must hold. */
#ifndef PITH_INIT_MEASURE_H
#define PITH_INIT_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmdline.h"
#include "digest.h"
#include "manifest.h"

#define MEASURE_PCR 11 /* what a boot loader's successor starts, as with systemd */
#define MEASURE_EVENTS_MAX 4
#define MEASURE_TEXT_MAX (CMDLINE_MAX + 512)
#define MEASURE_LOG_MAX (MEASURE_TEXT_MAX + 512)

struct measure {
	struct measure_event {
		const char *text; /* not NUL-terminated, in text below */
		size_t size;
		uint8_t digest[DIGEST_BYTES];
	} events[MEASURE_EVENTS_MAX];
	size_t count;
	char text[MEASURE_TEXT_MAX];
	size_t used;
	bool is_incomplete; /* something did not fit: the whole must not be used */
};

/* No event yet; whatever it held. */
void measure_begin(struct measure *measure);

/* LINE is the kernel command line, with or without its newline. White space between words becomes
 * one space; words that begin with pith.nonce= or tsc_early_khz= are left out: pith makes them
 * anew for every run, and neither decides what is run. */
void measure_line(struct measure *measure, const char *line);

/* The SIZE bytes of the bulk configuration (cmdline.h). Records that begin with nonce=,
 * attest_key=, stderr= or terminal_size= are left out, which differ from run to run, and volatile=,
 * which follows from the machine. */
void measure_config(struct measure *measure, const char *bytes, size_t size);

void measure_manifest(struct measure *measure, const uint8_t digest[DIGEST_BYTES]);

/* WHAT: "sha256", "sha256-verity", with the HEX of 64 digits; "unverified" or "none", with HEX "".
 */
void measure_image(struct measure *measure, const char *what, const char *hex);

/* What the events make of a PCR of the SHA-256 bank that holds zeros. */
void measure_pcr(const struct measure *measure, uint8_t value[DIGEST_BYTES]);

/* The event log. Returns its size. */
size_t measure_log(const struct measure *measure, uint8_t log[MEASURE_LOG_MAX]);

#endif
