/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c: what a boot extends into the TPM, and the event log that tells of it. Pure. */
#include "measure.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bytes.h"

/* TCG PC Client Platform Firmware Profile, sections 10.2, 10.4 and 14. */
#define EV_NO_ACTION 0x3
#define EV_IPL 0xd /* text, as boot loaders write it */
#define TPM_ALG_SHA256 0xb
#define SHA1_BYTES 20

static bool begins_with(const char *text, size_t size, const char *word)
{
	return size >= strlen(word) && memcmp(text, word, strlen(word)) == 0;
}

static void put(struct measure *measure, const char *bytes, size_t size)
{
	if (size > sizeof(measure->text) - measure->used) {
		measure->is_incomplete = true;
		return;
	}
	memcpy(measure->text + measure->used, bytes, size);
	measure->used += size;
}

void measure_begin(struct measure *measure)
{
	measure->count = measure->used = 0;
	measure->is_incomplete = false;
}

static void begin_event(struct measure *measure, const char *name)
{
	if (measure->count == MEASURE_EVENTS_MAX) {
		measure->is_incomplete = true;
		measure->count--;
	}
	measure->events[measure->count].text = measure->text + measure->used;
	put(measure, name, strlen(name));
}

static void end_event(struct measure *measure)
{
	struct measure_event *event = &measure->events[measure->count++];
	struct digest digest;

	event->size = (size_t)(measure->text + measure->used - event->text);
	digest_begin(&digest);
	digest_add(&digest, event->text, event->size);
	digest_end(&digest, event->digest);
}

static void put_event(struct measure *measure, const char *name, const char *what, const char *hex)
{
	begin_event(measure, name);
	put(measure, " ", 1);
	put(measure, what, strlen(what));
	if (hex[0] != '\0')
		put(measure, " ", 1);
	put(measure, hex, strlen(hex));
	end_event(measure);
}

/* The size of the word at TEXT, to white space outside quotes. */
static size_t word_size(const char *text)
{
	bool quoted = false;
	size_t size = 0;

	for (; text[size] != '\0' && (quoted || !cmdline_is_space(text[size])); size++)
		quoted ^= text[size] == '"';
	return size;
}

void measure_line(struct measure *measure, const char *line)
{
	size_t size = strlen(line);

	begin_event(measure, "cmdline");
	/* The newline that /proc/cmdline ends with belongs to no word, even in open quotes. */
	const char *end = line + size - (size > 0 && line[size - 1] == '\n' ? 1 : 0);
	while (line < end) {
		if (cmdline_is_space(*line)) {
			line++;
			continue;
		}
		size = word_size(line);
		if (size > (size_t)(end - line))
			size = (size_t)(end - line);
		if (!begins_with(line, size, "pith.nonce=") &&
		    !begins_with(line, size, "tsc_early_khz=")) {
			put(measure, " ", 1);
			put(measure, line, size);
		}
		line += size;
	}
	end_event(measure);
}

void measure_config(struct measure *measure, const char *bytes, size_t size)
{
	uint8_t result[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];
	struct digest digest;

	digest_begin(&digest);
	for (size_t record_size; size > 0; bytes += record_size, size -= record_size) {
		record_size = strnlen(bytes, size);
		record_size += record_size < size; /* its NUL */
		if (!begins_with(bytes, record_size, "nonce=") &&
		    !begins_with(bytes, record_size, "attest_key=") &&
		    !begins_with(bytes, record_size, "volatile=") &&
		    !begins_with(bytes, record_size, "stderr=") &&
		    !begins_with(bytes, record_size, "terminal_size="))
			digest_add(&digest, bytes, record_size);
	}
	digest_end(&digest, result);
	digest_hex(result, hex);
	put_event(measure, "config", "sha256", hex);
}

void measure_manifest(struct measure *measure, const uint8_t digest[DIGEST_BYTES])
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(digest, hex);
	put_event(measure, "manifest", "sha256", hex);
}

void measure_image(struct measure *measure, const char *what, const char *hex)
{
	put_event(measure, "image", what, hex);
}

void measure_pcr(const struct measure *measure, uint8_t value[DIGEST_BYTES])
{
	struct digest digest;

	memset(value, 0, DIGEST_BYTES);
	for (size_t i = 0; i < measure->count; i++) {
		digest_begin(&digest);
		digest_add(&digest, value, DIGEST_BYTES);
		digest_add(&digest, measure->events[i].digest, DIGEST_BYTES);
		digest_end(&digest, value);
	}
}

static uint8_t *put_number(uint8_t *at, unsigned size, uint64_t number)
{
	bytes_put_le(at, size, number);
	return at + size;
}

/* TCG_PCClientPCREvent with a TCG_EfiSpecIDEvent: which digests the others have. */
static uint8_t *put_head(uint8_t *at)
{
	static const char signature[16] = "Spec ID Event03";
	uint8_t *size;

	at = put_number(at, 4, 0); /* PCR */
	at = put_number(at, 4, EV_NO_ACTION);
	memset(at, 0, SHA1_BYTES);
	size = at + SHA1_BYTES;
	at = size + 4;
	memcpy(at, signature, sizeof(signature));
	at = put_number(at + sizeof(signature), 4, 0); /* platform class: client */
	at = put_number(at, 1, 0);                     /* version 2.00, errata 0 */
	at = put_number(at, 1, 2);
	at = put_number(at, 1, 0);
	at = put_number(at, 1, 2); /* size of UINTN in units of 4 bytes */
	at = put_number(at, 4, 1); /* algorithms */
	at = put_number(at, 2, TPM_ALG_SHA256);
	at = put_number(at, 2, DIGEST_BYTES);
	at = put_number(at, 1, 0); /* vendor's bytes */
	bytes_put_le(size, 4, (uint64_t)(at - size - 4));
	return at;
}

size_t measure_log(const struct measure *measure, uint8_t log[MEASURE_LOG_MAX])
{
	uint8_t *at = put_head(log);

	/* TCG_PCR_EVENT2: 50 bytes and the text. */
	for (size_t i = 0; i < measure->count; i++) {
		const struct measure_event *event = &measure->events[i];

		at = put_number(at, 4, MEASURE_PCR);
		at = put_number(at, 4, EV_IPL);
		at = put_number(at, 4, 1); /* digests */
		at = put_number(at, 2, TPM_ALG_SHA256);
		memcpy(at, event->digest, DIGEST_BYTES);
		at = put_number(at + DIGEST_BYTES, 4, event->size);
		memcpy(at, event->text, event->size);
		at += event->size;
	}
	return (size_t)(at - log);
}
_Static_assert(MEASURE_LOG_MAX >= MEASURE_TEXT_MAX + 65 + MEASURE_EVENTS_MAX * 50, "room for all");
