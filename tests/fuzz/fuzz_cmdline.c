/* SPDX-License-Identifier: Apache-2.0 */
/* Command line and bulk configuration: the input up to its first 0xff byte is the command line,
 * what follows is the bulk configuration. Accepted paths must survive writing and parsing again. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../init/cmdline.h"

static void write_and_read(const char *path)
{
	char line[CMDLINE_MAX + 1] = "";
	struct boot_config config;
	struct cmdline_error error;

	cmdline_defaults(&config);
	if (cmdline_append(line, sizeof(line), "pith.cwd", path) != 0)
		return;
	if (cmdline_parse(line, &config, &error) != 0 || strcmp(config.cwd, path) != 0)
		abort();
	cmdline_free(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *split = size == 0 ? NULL : memchr(data, 0xff, size);
	size_t text_size = split == NULL ? size : (size_t)(split - data);
	size_t bulk_size = split == NULL ? 0 : size - text_size - 1;
	char *text = malloc(text_size + 1), *bulk = malloc(bulk_size == 0 ? 1 : bulk_size);
	struct boot_config config;
	struct cmdline_error error = {""};

	if (text == NULL || bulk == NULL)
		abort();
	if (text_size > 0)
		memcpy(text, data, text_size);
	text[text_size] = '\0';
	if (bulk_size > 0)
		memcpy(bulk, split + 1, bulk_size);
	cmdline_defaults(&config);
	int result = cmdline_parse(text, &config, &error);
	if (result == 0)
		result = cmdline_parse_bulk(bulk, bulk_size, &config, &error);
	if (result == 0)
		result = cmdline_check(&config, &error);
	if ((result != 0) != (error.message[0] != '\0'))
		abort(); /* an error without its line, or the reverse */
	if (result == 0 && config.cwd != NULL)
		write_and_read(config.cwd);
	cmdline_free(&config);
	free(text);
	free(bulk);
	return 0;
}
