/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the beginning of a script. */
#include <stdint.h>
#include <stdlib.h>

#include "../../runner/shebang.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shebang shebang;
	char name[SHEBANG_SIZE];

	if (shebang_parse((const char *)data, size, &shebang) != 0)
		return 0;
	if (shebang.interpreter[0] == '\0')
		abort();
	if (shebang_env_program(shebang.argument, name) == 0 && name[0] == '\0')
		abort();
	return 0;
}
