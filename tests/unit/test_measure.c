/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured of a boot: the texts, the PCR they lead to, the event log; and the TPM's bytes.
 */
#include "../../init/measure.h"

#include <errno.h>
#include <string.h>

#include "../../init/config.h"
#include "../../init/tpm.h"
#include "../tap.h"

static struct measure measure;

static void is_event(size_t number, const char *text, const char *name)
{
	char copy[MEASURE_TEXT_MAX + 1] = "";

	if (number < measure.count)
		memcpy(copy, measure.events[number].text, measure.events[number].size);
	is_str(copy, text, name);
}

static void is_line(const char *line, const char *text)
{
	memset(&measure, 0, sizeof(measure));
	measure_line(&measure, line);
	is_event(0, text, line);
}

static void test_line(void)
{
	is_line("", "cmdline");
	is_line("\n", "cmdline");
	is_line("quiet  a=b\tc \n", "cmdline quiet a=b c");
	is_line("a pith.nonce=1234 b\n", "cmdline a b");
	is_line("tsc_early_khz=2000000 pith.nonce=1", "cmdline");
	is_line("a pith.nonce=\"1 2\" b", "cmdline a b");
	is_line("a \"pith.nonce=1 -- /bin/x\" b", "cmdline a \"pith.nonce=1 -- /bin/x\" b");
	is_line("a b\"pith.nonce=1\"", "cmdline a b\"pith.nonce=1\"");
	is_line("a xpith.nonce=1 pith.nonce", "cmdline a xpith.nonce=1 pith.nonce");
	is_line("a \"b c\n", "cmdline a \"b c");
	is_line("a pith.nonce=\"b c\n", "cmdline a");
}

static void config_of(const char *bytes, size_t size)
{
	memset(&measure, 0, sizeof(measure));
	measure_config(&measure, bytes, size);
}

static void test_config(void)
{
	uint8_t digest[DIGEST_BYTES];

	config_of("nonce=a\0env=A=1\0attest_key=00\0arg=x", 36);
	memcpy(digest, measure.events[0].digest, sizeof(digest));
	/* printf 'env=A=1\0arg=x\0' | sha256sum */
	is_event(0,
		 "config sha256 69563a4efa37b0edb97cf5cbcd3b845c273cbe33007549d63f4f9aee970739be",
		 "the records, but for those that differ");
	config_of("nonce=bcd\0env=A=1\0arg=x", 24);
	ok(memcmp(digest, measure.events[0].digest, sizeof(digest)) == 0,
	   "another nonce: the same");
	config_of("env=A=1\0env=nonce=1\0arg=x", 26);
	ok(memcmp(digest, measure.events[0].digest, sizeof(digest)) != 0, "another record: not");
	config_of("nonce=a", 7);
	is_int((long long)measure.count, 1, "a record without its NUL is no harm");
	config_of("", 0);
	is_int((long long)measure.count, 1, "nor is nothing");
}

static void test_pcr_and_log(void)
{
	static uint8_t log[MEASURE_LOG_MAX];
	uint8_t value[DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];

	memset(&measure, 0, sizeof(measure));
	measure_line(&measure, "quiet\n");
	measure_image(&measure, "none", "");
	is_event(1, "image none", "no image");
	measure_pcr(&measure, value);
	digest_hex(value, hex);
	/* Python: x(x(bytes(32), h(b"cmdline quiet")), h(b"image none")), x = h of both together */
	is_str(hex, "f3b5d5d8e967f1c092ba709e0a56f682af893db31d9ef83bd8d7f47508a9ec23",
	       "what the PCR comes to");
	is_int((long long)measure_log(&measure, log), 65 + 2 * 50 + 13 + 10, "the log's size");
	ok(memcmp(log + 32, "Spec ID Event03", 16) == 0, "... its mark");
	ok(memcmp(log + 65 + 50, "cmdline quiet", 13) == 0, "... and the first event's text");
	for (int i = 0; i < 8; i++)
		measure_image(&measure, "none", "");
	ok(measure.is_incomplete, "more events than there can be are noticed");
	ok(measure_log(&measure, log) <= sizeof(log), "... and stay within the log");
	measure_begin(&measure);
	is_int((long long)measure_log(&measure, log), 65, "begun anew, it holds none");
	ok(!measure.is_incomplete, "... and lacks nothing");
}

/* As a guest that waited for work does (park.h). Whether this machine's command line is one of
 * pith's does not matter. */
static void test_read_twice(void)
{
	struct boot_config config;
	struct outcome outcome;
	size_t count[2];

	measure_begin(&measure);
	for (int i = 0; i < 2; i++) {
		cmdline_defaults(&config);
		(void)config_read(&config, &measure, &outcome);
		cmdline_free(&config);
		count[i] = measure.count;
	}
	ok(count[0] > 0 && count[0] == count[1], "a configuration that is read again counts once");
}

static void test_tpm(void)
{
	uint8_t digest[DIGEST_BYTES], command[TPM_EXTEND_BYTES], question[TPM_READ_BYTES];
	uint8_t answer[62] = {0x80, 1, 0, 0, 0,   62, 0, 0, 0, 0, 0, 0, 0, 5, 0,
			      0,    0, 1, 0, 0xb, 3,  0, 8, 0, 0, 0, 0, 1, 0, 32};
	static const uint8_t extend[] = {0x80, 2,  0, 0, 0, 65, 0,    0, 1,   0x82, 0, 0,
					 0,    11, 0, 0, 0, 9,  0x40, 0, 0,   9,    0, 0,
					 0,    0,  0, 0, 0, 0,  1,    0, 0xb, 7};
	static const uint8_t read[] = {0x80, 1, 0, 0, 0, 20,  0, 0, 1, 0x7e,
				       0,    0, 0, 1, 0, 0xb, 3, 0, 8, 0};

	memset(digest, 7, sizeof(digest));
	tpm_write_extend(11, digest, command);
	ok(memcmp(command, extend, sizeof(extend)) == 0, "TPM2_PCR_Extend of PCR 11");
	tpm_write_read(11, question);
	ok(memcmp(question, read, sizeof(read)) == 0, "TPM2_PCR_Read of PCR 11");
	memset(answer + 30, 9, DIGEST_BYTES);
	is_int(tpm_read_answer(answer, sizeof(answer), digest), 0, "its answer");
	is_int(digest[31], 9, "... holds the value");
	is_int(tpm_read_answer(answer, 61, digest), -EPROTO, "an answer cut off");
	answer[9] = 1;
	is_int(tpm_read_answer(answer, sizeof(answer), digest), -EPROTO, "a failure");
	is_int(tpm_answer_code(answer, sizeof(answer)), 1, "... and its code");
	is_int(tpm_answer_code(answer, 9), -EPROTO, "less than a header");
	answer[9] = 0;
	answer[19] = 4;
	is_int(tpm_read_answer(answer, sizeof(answer), digest), -EPROTO, "another bank");
	answer[5] = 28;
	is_int(tpm_read_answer(answer, 28, digest), -ENODATA, "no such bank");
}

int main(void)
{
	test_line();
	test_config();
	test_pcr_and_log();
	test_read_twice();
	test_tpm();
	return done();
}
