/* SPDX-License-Identifier: Apache-2.0 */
/* config_process.h: the keys that processes of every type have, those of a shell process, and how
 * processes relate to each other. Internal to config*.c. */
#ifndef PITH_RUNNER_CONFIG_PROCESS_H
#define PITH_RUNNER_CONFIG_PROCESS_H

#include "config_read.h"

/* Keys of processes of every type; the object is a struct config_process. */
extern const struct config_table config_process_table;
extern const struct config_table config_process_shell_table; /* based on that */

void config_process_read_shell(struct config_reader *reader, const struct toml_value *value,
			       struct config_process *process);

/* When all processes are there: names, "after", and what depends on the mode. PROCESSES is the
 * array of the file. */
void config_process_relate(struct config_reader *reader, const struct toml_value *processes);

#endif
