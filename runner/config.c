/* SPDX-License-Identifier: Apache-2.0 */
/* config.c: a runner configuration: the root of the file, its [paths] and its processes. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_bridge.h"
#include "config_net.h"
#include "config_process.h"
#include "config_read.h"
#include "config_vm.h"
#include "input_file.h"
#include "message.h"

/* --- [paths] --------------------------------------------------------------------------------- */

/* OpenSUT's form of a version: [8, 2] or [8, 2, 1]. */
static void read_version(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, void *field)
{
	unsigned *parts = field;
	bool fits =
	    value->type == TOML_ARRAY && value->as.array.count >= 1 && value->as.array.count <= 3;

	for (size_t i = 0; fits && i < value->as.array.count; i++) {
		const struct toml_value *part = value->as.array.items[i];
		fits =
		    part->type == TOML_INTEGER && part->as.integer >= 0 && part->as.integer <= 255;
		if (fits)
			parts[i] = (unsigned)part->as.integer;
	}
	if (!fits)
		config_read_refuse(reader, place, value,
				   "an array of 1 to 3 integers from 0 to 255, such as [8, 2]");
}

#define PATHS(FIELD) offsetof(struct config_paths, FIELD)
static const struct config_key paths_keys[] = {
    {"qemu_system_aarch64", config_read_program, PATHS(qemu[ARCH_AARCH64]), NULL, KEY_OPTIONAL},
    {"qemu_system_aarch64_version", read_version, PATHS(qemu_aarch64_version), NULL, KEY_OPTIONAL},
    {"qemu_system_x86_64", config_read_program, PATHS(qemu[ARCH_X86_64]), NULL, KEY_OPTIONAL},
    {"qemu_system_riscv64", config_read_program, PATHS(qemu[ARCH_RISCV64]), NULL, KEY_OPTIONAL},
    {"crosvm", config_read_program, PATHS(crosvm), NULL, KEY_OPTIONAL},
    {"virtiofsd", config_read_program, PATHS(virtiofsd), NULL, KEY_OPTIONAL},
    {"swtpm", config_read_program, PATHS(swtpm), NULL, KEY_OPTIONAL},
    {"passt", config_read_program, PATHS(passt), NULL, KEY_OPTIONAL},
    {"vhost_device_gpio", config_read_program, PATHS(vhost_device_gpio), NULL, KEY_OPTIONAL},
};
static const struct config_table paths_table = CONFIG_TABLE("[paths]", paths_keys);

static void read_paths(struct config_reader *reader, const struct config_place *place,
		       const struct toml_value *value, void *field)
{
	(void)place;
	config_read_table(reader, &paths_table, value, field);
}

/* --- [[process]] ----------------------------------------------------------------------------- */

static void read_vm(struct config_reader *reader, const struct toml_value *value,
		    enum config_arch host_arch, struct config_process *process)
{
	char *const *qemu = reader->config->paths.qemu;

	config_vm_begin(reader, value, qemu[ARCH_AARCH64] != NULL ? ARCH_AARCH64 : host_arch,
			&process->vm);
	process->vm.qemu = qemu[process->vm.arch];
	process->vm.crosvm = reader->config->paths.crosvm;
	config_read_table(reader, &config_vm_table, value, process);
	config_vm_end(reader, value, &process->vm);
}

static void read_process(struct config_reader *reader, const struct toml_value *value,
			 enum config_arch host_arch, struct config_process *process)
{
	/* In the order of enum config_process_type. */
	static const char *const types[] = {"shell", "vm", NULL};
	static const struct config_key key = {.name = "type", .detail = types};
	const struct config_place place = {"process", &key};
	const struct toml_value *type = toml_get(value, "type");
	unsigned chosen = PROCESS_SHELL + 2;

	process->position = value->position;
	if (value->type != TOML_TABLE) {
		config_read_error(reader, value->position, "process is %s; accepted is [[process]]",
				  toml_type_name(value->type));
		return;
	}
	if (type == NULL) {
		const struct config_table tables[] = {config_process_shell_table, config_vm_table};
		config_read_no_tag(reader, "process", "type", tables, 2, value);
		return;
	}
	config_read_enum(reader, &place, type, &chosen);
	process->type = (enum config_process_type)chosen;
	if (chosen == PROCESS_SHELL)
		config_process_read_shell(reader, value, process);
	else if (chosen == PROCESS_VM)
		read_vm(reader, value, host_arch, process);
}

/* --- The root -------------------------------------------------------------------------------- */

/* In the order of enum config_mode. */
static const char *const mode_names[] = {"manage", "exec", NULL};

static const struct config_key root_keys[] = {
    {"mode", config_read_enum, offsetof(struct config, mode), mode_names, KEY_REQUIRED},
    {"paths", read_paths, offsetof(struct config, paths), NULL, KEY_OPTIONAL},
    {"bridge", config_bridge_read, 0, NULL, KEY_OPTIONAL},
    {"process", config_read_tag, 0, NULL, KEY_REQUIRED}, /* after [paths], on which it depends */
};
static const struct config_table root_table = CONFIG_TABLE("the configuration", root_keys);

static void read_root(struct config_reader *reader, const struct toml_value *root,
		      enum config_arch host_arch)
{
	struct config *config = reader->config;
	const struct toml_value *processes = toml_get(root, "process");

	config_read_table(reader, &root_table, root, config);
	if (processes == NULL)
		return;
	if (processes->type != TOML_ARRAY || processes->as.array.count == 0) {
		config_read_error(reader, processes->position,
				  "'process' is %s; accepted is at least one [[process]]",
				  processes->type == TOML_ARRAY ? "an empty array"
								: toml_type_name(processes->type));
		return;
	}
	config->process_count = processes->as.array.count;
	config->processes =
	    config_read_alloc(reader, config->process_count, sizeof(*config->processes));
	for (size_t i = 0; i < config->process_count; i++)
		read_process(reader, processes->as.array.items[i], host_arch,
			     &config->processes[i]);
	if (config->mode == CONFIG_EXEC && config->process_count != 1)
		config_read_error(reader, toml_get(root, "mode")->position,
				  "mode \"exec\" with %zu processes; accepted is one",
				  config->process_count);
	if (config->mode == CONFIG_EXEC && config->processes[0].type == PROCESS_SHELL &&
	    config->bridge_count > 0)
		config_read_error(reader, toml_get(root, "bridge")->position,
				  "'bridge' with mode \"exec\" and a shell process, which takes "
				  "pith's place; accepted is mode \"manage\"");
	config_process_relate(reader, processes);
	config_net_give_macs(reader);
}

int config_parse(const char *path, const char *text, size_t size, enum config_arch host_arch,
		 struct config **config, struct config_errors *errors)
{
	struct config_reader reader = {0};
	struct toml_value *root = config_read_begin(&reader, path, text, size);

	if (root != NULL)
		read_root(&reader, root, host_arch);
	toml_free(root);
	if (config_read_finish(&reader, errors) > 0) {
		config_free(reader.config);
		return -EINVAL;
	}
	*config = reader.config;
	return 0;
}

int config_load(const char *path, struct config **config, struct config_errors *errors)
{
	size_t size;
	char *bytes = config_read_file(path, &size);
	int result;

	if (bytes == NULL) {
		strv_addf(&errors->messages, "%s: %s", path, input_file_error(errno));
		return -EINVAL;
	}
	result = config_parse(path, bytes, size, config_host_arch(), config, errors);
	free(bytes);
	return result;
}

void config_free(struct config *config)
{
	if (config == NULL)
		return;
	config_read_free_blocks(config);
	free(config);
}

void config_errors_free(struct config_errors *errors)
{
	strv_free(&errors->messages);
}
