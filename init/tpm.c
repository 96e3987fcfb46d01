/* SPDX-License-Identifier: Apache-2.0 */
/* tpm.c: the TPM 2.0, spoken to in bytes. Structures: TCG TPM 2.0 Library, Part 2; commands: Part
 * 3, sections 22.2 (PCR_Extend) and 22.4 (PCR_Read); integers are big-endian.
 *
 * The kernel's driver has started the TPM (TPM2_Startup) and repeats commands that it is too busy
 * for; what is left is one write and one read a command. */
#include "tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"
#include "modules.h"
#include "report.h"
#include "resident.h"
#include "uevent.h"

#define DEVICE "/dev/tpm0"
#define VERSION "/sys/class/tpm/tpm0/tpm_version_major" /* since Linux 5.5 */
#define LOG_FOLDER "/run/pith"
#define ANSWER_TIMEOUT_MS 60000 /* a TPM of software, emulated, on a busy machine: 5 ms usually */

#define TPM_ST_NO_SESSIONS 0x8001u
#define TPM_ST_SESSIONS 0x8002u
#define TPM_CC_PCR_EXTEND 0x182u
#define TPM_CC_PCR_READ 0x17eu
#define TPM_RS_PW 0x40000009u
#define TPM_ALG_SHA256 0xbu
#define HEADER_BYTES 10
#define PCR_SELECT_BYTES 3 /* for 24 PCRs */

static uint8_t *put(uint8_t *at, unsigned size, uint32_t number)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (uint8_t)(number >> 8 * (size - 1 - i));
	return at + size;
}

static uint32_t get(const uint8_t *at, unsigned size)
{
	uint32_t number = 0;

	for (unsigned i = 0; i < size; i++)
		number = number << 8 | at[i];
	return number;
}

void tpm_write_extend(unsigned pcr, const uint8_t digest[DIGEST_BYTES],
		      uint8_t command[TPM_EXTEND_BYTES])
{
	uint8_t *at = put(command, 2, TPM_ST_SESSIONS);

	at = put(at, 4, TPM_EXTEND_BYTES);
	at = put(at, 4, TPM_CC_PCR_EXTEND);
	at = put(at, 4, pcr); /* the handle of a PCR is its number */
	at = put(at, 4, 9);   /* bytes of the authorization: session, nonce, attributes, HMAC */
	at = put(at, 4, TPM_RS_PW);
	at = put(at, 2, 0);
	at = put(at, 1, 0);
	at = put(at, 2, 0);
	at = put(at, 4, 1); /* digests */
	at = put(at, 2, TPM_ALG_SHA256);
	memcpy(at, digest, DIGEST_BYTES);
}

void tpm_write_read(unsigned pcr, uint8_t command[TPM_READ_BYTES])
{
	uint8_t *at = put(command, 2, TPM_ST_NO_SESSIONS);

	at = put(at, 4, TPM_READ_BYTES);
	at = put(at, 4, TPM_CC_PCR_READ);
	at = put(at, 4, 1); /* selections */
	at = put(at, 2, TPM_ALG_SHA256);
	at = put(at, 1, PCR_SELECT_BYTES);
	for (unsigned i = 0; i < PCR_SELECT_BYTES; i++)
		at = put(at, 1, pcr / 8 == i ? 1u << pcr % 8 : 0);
}

int64_t tpm_answer_code(const uint8_t *answer, size_t size)
{
	if (size < HEADER_BYTES || get(answer + 2, 4) != size)
		return -EPROTO;
	return get(answer + 6, 4);
}

int tpm_read_answer(const uint8_t *answer, size_t size, uint8_t value[DIGEST_BYTES])
{
	/* Update counter; the selection that is answered, as in the question; one digest. */
	enum { SELECTION = HEADER_BYTES + 4, DIGESTS = SELECTION + 4 + 2 + 1 + PCR_SELECT_BYTES };
	enum { VALUE = DIGESTS + 4 + 2, END = VALUE + DIGEST_BYTES };

	if (tpm_answer_code(answer, size) != 0)
		return -EPROTO;
	if (size != END)
		return size > HEADER_BYTES ? -ENODATA : -EPROTO;
	if (get(answer + SELECTION, 4) != 1 || get(answer + SELECTION + 4, 2) != TPM_ALG_SHA256 ||
	    get(answer + DIGESTS, 4) != 1 || get(answer + DIGESTS + 4, 2) != DIGEST_BYTES)
		return -EPROTO;
	memcpy(value, answer + VALUE, DIGEST_BYTES);
	return 0;
}

/* Returns the answer's size or -errno. */
static ssize_t transmit(int fd, const uint8_t *command, size_t size, uint8_t answer[TPM_ANSWER_MAX])
{
	const int64_t deadline_ms = clock_ms() + ANSWER_TIMEOUT_MS;
	struct pollfd device = {.fd = fd, .events = POLLIN};
	ssize_t done = write(fd, command, size);

	if (done < 0)
		return -errno;
	if ((size_t)done != size)
		return -EIO;
	do { /* signals are blocked: EINTR does not come */
		if (poll(&device, 1, clock_left_ms(deadline_ms)) < 0)
			return -errno;
		done = read(fd, answer, TPM_ANSWER_MAX);
	} while (done < 0 && errno == EAGAIN && clock_left_ms(deadline_ms) > 0);
	if (done < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return done;
}

__attribute__((format(printf, 3, 4))) static int fail(struct outcome *outcome, int error,
						      const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "TPM: %s%s%s", what,
		    error == 0 ? "" : ": ", error == 0 ? "" : strerror(error));
	return -1;
}

static int extend(int fd, const struct measure *measure, struct outcome *outcome)
{
	uint8_t command[TPM_EXTEND_BYTES], answer[TPM_ANSWER_MAX];

	for (size_t i = 0; i < measure->count; i++) {
		tpm_write_extend(MEASURE_PCR, measure->events[i].digest, command);
		ssize_t size = transmit(fd, command, sizeof(command), answer);
		int64_t code = size < 0 ? size : tpm_answer_code(answer, (size_t)size);
		if (code < 0)
			return fail(outcome, (int)-code, "extending PCR %d", MEASURE_PCR);
		if (code > 0)
			return fail(outcome, 0, "extending PCR %d: it answers 0x%" PRIx64,
				    MEASURE_PCR, (uint64_t)code);
	}
	return 0;
}

/* Read back: a TPM without the SHA-256 bank takes extensions of it without a word. */
static int read_back(int fd, const struct measure *measure, char pcr_hex[DIGEST_HEX_SIZE],
		     struct outcome *outcome)
{
	uint8_t command[TPM_READ_BYTES], answer[TPM_ANSWER_MAX];
	uint8_t value[DIGEST_BYTES], expected[DIGEST_BYTES];
	char expected_hex[DIGEST_HEX_SIZE];

	tpm_write_read(MEASURE_PCR, command);
	ssize_t size = transmit(fd, command, sizeof(command), answer);
	int error = size < 0 ? (int)size : tpm_read_answer(answer, (size_t)size, value);
	if (error == -ENODATA)
		return fail(outcome, 0, "it has no SHA-256 bank");
	if (error != 0)
		return fail(outcome, -error, "reading PCR %d", MEASURE_PCR);
	digest_hex(value, pcr_hex);
	measure_pcr(measure, expected);
	digest_hex(expected, expected_hex);
	if (strcmp(pcr_hex, expected_hex) != 0)
		report_warning("PCR %d is %s where the event log leads to %s: it was extended "
			       "before pith-init began",
			       MEASURE_PCR, pcr_hex, expected_hex);
	return 0;
}

static int write_log(const struct measure *measure, struct outcome *outcome)
{
	static uint8_t log[MEASURE_LOG_MAX] BOOT_BUFFER;
	const size_t size = measure_log(measure, log);
	int fd, error = 0;

	if (mkdir(LOG_FOLDER, 0755) != 0 && errno != EEXIST)
		return fail(outcome, errno, LOG_FOLDER);
	fd = open(TPM_EVENT_LOG, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (fd < 0)
		return fail(outcome, errno, TPM_EVENT_LOG);
	ssize_t written = write(fd, log, size);
	if (written < 0)
		error = errno;
	else if ((size_t)written != size)
		error = EIO;
	close(fd);
	return error == 0 ? 0 : fail(outcome, error, TPM_EVENT_LOG);
}

/* The device, O_NONBLOCK so that an answer can be waited for under a deadline. Returns -ENOENT when
 * there is none, or another -errno. */
static int open_device(const struct boot_config *config, int uevent_fd)
{
	const int64_t deadline_ms = clock_ms() + config->device_timeout_ms;
	int fd;

	do {
		fd = open(DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
		if (fd >= 0 || errno != ENOENT)
			return fd >= 0 ? fd : -errno;
	} while (config->tpm == TPM_REQUIRE && uevent_wait(uevent_fd, deadline_ms) == 0);
	return -ENOENT;
}

static int refuse_absent(const struct boot_config *config, struct outcome *outcome)
{
	const char *separator = modules_failure()[0] == '\0' ? "" : "; ";

	return fail(outcome, 0,
		    "pith.tpm=require, but there is no " DEVICE
		    " after %u ms: no TPM, or a kernel without its driver (CONFIG_TCG_CRB, "
		    "CONFIG_TCG_TIS)%s%.80s",
		    (unsigned)config->device_timeout_ms, separator, modules_failure());
}

int tpm_record(const struct measure *measure, const struct boot_config *config, int uevent_fd,
	       char pcr_hex[DIGEST_HEX_SIZE], struct outcome *outcome)
{
	char version[8];
	int fd, result;

	pcr_hex[0] = '\0';
	if (config->tpm == TPM_OFF)
		return 0;
	fd = open_device(config, uevent_fd);
	if (fd == -ENOENT)
		return config->tpm == TPM_REQUIRE ? refuse_absent(config, outcome) : 0;
	if (fd < 0)
		return fail(outcome, -fd, DEVICE);
	if (file_read_line(VERSION, version, sizeof(version)) > 0 && strcmp(version, "2") != 0)
		result =
		    fail(outcome, 0, "it is a TPM %s, not 2.0; pith.tpm=off does without", version);
	else if (measure->is_incomplete)
		result = fail(outcome, 0, "more was to be measured than fits");
	else if ((result = extend(fd, measure, outcome)) == 0 &&
		 (result = read_back(fd, measure, pcr_hex, outcome)) == 0)
		result = write_log(measure, outcome);
	close(fd);
	return result;
}
