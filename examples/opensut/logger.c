/* SPDX-License-Identifier: Apache-2.0 */
/* logger.c: stands in for logging: proves to key management (environment variable KEYS) by
 * attestation what it booted, gets its key for that, and writes what the autopilot (AUTOPILOT)
 * reports to its data disk (DATA, ext4), each line with its HMAC-SHA-256. */
#include <err.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../attest/attest.h"
#include "mac.h"
#include "wire.h"

#define REPORTS 3
#define FOLDER "/run/data"

static void fetch_key(unsigned char key[MAC_KEY_BYTES])
{
	unsigned char nonce[ATTEST_NONCE_BYTES], quote[ATTEST_QUOTE_BYTES], refused = 1;
	int keys = wire_connect("KEYS", 4000);

	if (wire_read(keys, nonce, sizeof(nonce)) != 0)
		errx(1, "key management does not answer");
	if (attest_quote(attest_socket(), nonce, quote) != 0)
		err(1, "attestation");
	if (wire_write(keys, quote, sizeof(quote)) != 0 || wire_read(keys, &refused, 1) != 0)
		errx(1, "key management does not answer");
	if (refused || wire_read(keys, key, MAC_KEY_BYTES) != 0)
		errx(1, "key management refused the attestation");
	close(keys);
	puts("got the key by attestation");
}

static FILE *open_log(void)
{
	const char *disk = getenv("DATA");

	if (disk == NULL || (mkdir(FOLDER, 0700) != 0 && errno != EEXIST) ||
	    mount(disk, FOLDER, "ext4", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
		err(1, "DATA=%s", disk == NULL ? "" : disk);
	FILE *log = fopen(FOLDER "/flight.log", "ae");
	if (log == NULL)
		err(1, FOLDER "/flight.log");
	return log;
}

static void write_line(FILE *log, const char *line, const unsigned char *key)
{
	unsigned char mac[MAC_BYTES];

	mac_of(key, line, strlen(line), mac);
	for (size_t i = 0; i < sizeof(mac); i++)
		fprintf(log, "%02x", mac[i]);
	fprintf(log, " %s\n", line);
}

int main(void)
{
	unsigned char key[MAC_KEY_BYTES];
	char report[80];

	setvbuf(stdout, NULL, _IOLBF, 0);
	FILE *log = open_log();
	fetch_key(key);
	int autopilot = wire_connect("AUTOPILOT", 5760);
	for (int i = 0; i < REPORTS; i++) {
		if (wire_telemetry(autopilot, report, sizeof(report)) != 0)
			errx(1, "the autopilot does not answer");
		write_line(log, report, key);
	}
	OPENSSL_cleanse(key, sizeof(key));
	if (fflush(log) != 0 || fsync(fileno(log)) != 0 || fclose(log) != 0)
		err(1, FOLDER "/flight.log");
	if (umount(FOLDER) != 0)
		err(1, FOLDER);
	printf("%d reports logged\n", REPORTS);
	return 0;
}
