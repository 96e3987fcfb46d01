/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as TOML: a tree, or a refusal whose place lies in the text. */
#include <stdlib.h>

#include "../../runner/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct toml_value *root;
	struct toml_error error;
	unsigned lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (toml_parse((const char *)data, size, &root, &error) == 0) {
		toml_get(root, "a");
	} else if (error.message[0] == '\0' || error.position.line < 1 ||
		   error.position.line > lines || error.position.column < 1 ||
		   error.position.column > size + 1) {
		abort();
	}
	toml_free(root);
	return 0;
}
