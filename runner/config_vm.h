/* SPDX-License-Identifier: Apache-2.0 */
/* config_vm.h: the keys of a vm process. Internal to config*.c. */
#ifndef PITH_RUNNER_CONFIG_VM_H
#define PITH_RUNNER_CONFIG_VM_H

#include "config_read.h"

/* A process of type "vm"; the object is a struct config_process. */
extern const struct config_table config_vm_table;

/* Before the keys are read: defaults, and the architecture, on which other keys depend. */
void config_vm_begin(struct config_reader *reader, const struct toml_value *value,
		     enum config_arch arch, struct config_vm *vm);
/* After: what depends on several keys at once. */
void config_vm_end(struct config_reader *reader, const struct toml_value *value,
		   struct config_vm *vm);

#endif
