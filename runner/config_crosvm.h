/* SPDX-License-Identifier: Apache-2.0 */
/* config_crosvm.h: what crosvm lacks of a vm process. Internal to config*.c. */
#ifndef PITH_RUNNER_CONFIG_CROSVM_H
#define PITH_RUNNER_CONFIG_CROSVM_H

#include "config_read.h"

/* Report by name what crosvm.c cannot say to crosvm. VALUE is the table of the process. */
void config_crosvm_check(struct config_reader *reader, const struct toml_value *value,
			 const struct config_vm *vm);

#endif
