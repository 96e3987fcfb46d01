/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as JSON; and any bytes written as a JSON string, which must then parse. */
#include <stdlib.h>
#include <string.h>

#include "../../runner/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_value *value;
	char *written = NULL;
	size_t written_size = 0;

	if (json_parse((const char *)data, size, &value) == 0)
		json_get_integer(value, "a", 0);
	json_free(value);

	FILE *out = open_memstream(&written, &written_size);
	if (out == NULL)
		return 0;
	json_write_string(out, (const char *)data, size);
	fclose(out);
	if (memchr(data, '\0', size) == NULL && json_parse(written, written_size, &value) == 0)
		json_free(value);
	else if (memchr(data, '\0', size) == NULL)
		abort();
	free(written);
	return 0;
}
