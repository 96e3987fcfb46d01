/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: reads what cmdline.c parses. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "resident.h"
#include "signed.h"

#define COMMAND_LINE "/proc/cmdline"

static int fail(struct outcome *outcome, const char *what, int error)
{
	outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "%s: %s", what, strerror(error));
	return -1;
}

/* The bytes of the bulk configuration, mapped for good, as CONFIG will point into them. *BYTES
 * stays NULL when there is no such file. Returns 0 or -errno. */
static int read_bulk(char **bytes, size_t *size)
{
	struct stat status;
	ssize_t got;
	int result = 0,
	    fd = open(CMDLINE_BULK_PATH, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &status) != 0)
		result = -errno;
	else if (!S_ISREG(status.st_mode))
		result = -EINVAL;
	else if (status.st_size > (off_t)CMDLINE_BULK_MAX)
		result = -EFBIG;
	if (result != 0)
		goto out;
	*size = (size_t)status.st_size;
	*bytes = mmap(NULL, *size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (*bytes == MAP_FAILED) {
		result = -errno;
		goto out;
	}
	got = file_read_fd(fd, *bytes, *size + 1);
	if (got < 0)
		result = (int)got;
	else if ((size_t)got != *size)
		result = -EIO;
	/* The root may be a read-only disk: then the file is not secret anyway. */
	if (result == 0 && unlink(CMDLINE_BULK_PATH) != 0 && errno != EROFS)
		result = -errno;
out:
	close(fd);
	return result;
}

static char line[CMDLINE_MAX + 1] BOOT_BUFFER; /* as it was read */

int config_take(struct boot_config *config, struct measure *measure, char *bulk, size_t size,
		struct outcome *outcome)
{
	static char text[sizeof(line)]; /* divided in place */
	struct cmdline_error error;
	bool line_is_refused;
	int result;

	/* Anew: a guest that waited for work takes its configuration twice, and what it took first
	 * decides nothing any more. */
	measure_begin(measure);
	measure_line(measure, line);
	if (bulk != NULL)
		measure_config(measure, bulk, size);
	strcpy(text, line);
	result = cmdline_parse(text, config, &error);
	/* Before the other source adds to it; told after it, as it has the nonce for telling. */
	line_is_refused = result == 0 && signed_check_line(config, outcome) != 0;
	if (bulk != NULL)
		result |= cmdline_parse_bulk(bulk, size, config, &error);
	if (result != 0 || cmdline_check(config, &error) != 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "%s", error.message);
		return -1;
	}
	return line_is_refused ? -1 : 0;
}

int config_read(struct boot_config *config, struct measure *measure, struct outcome *outcome)
{
	char *bulk = NULL;
	size_t bulk_size = 0;
	ssize_t size = file_read(COMMAND_LINE, line, sizeof(line));
	int result;

	if (size < 0)
		return fail(outcome, COMMAND_LINE, (int)-size);
	result = read_bulk(&bulk, &bulk_size);
	if (result != 0)
		return fail(outcome, CMDLINE_BULK_PATH, -result);
	return config_take(config, measure, bulk, bulk_size, outcome);
}
