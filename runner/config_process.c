/* SPDX-License-Identifier: Apache-2.0 */
/* config_process.c: the keys that processes of every type have, those of a shell process, and how
 * processes relate to each other. */
#include "config_process.h"

#include <string.h>
#include <sys/resource.h>

/* In the order of enum config_restart and enum config_ready. */
static const char *const restart_names[] = {"no", "on-failure", "always", NULL};
static const char *const ready_names[] = {"start", "notify", "socket", NULL};
static const struct config_range restart_limit_range = {0, 1000000};

/* env = { NAME = "value" } */
static void read_env(struct config_reader *reader, const struct config_place *place,
		     const struct toml_value *value, void *field)
{
	struct strv *env = field;

	if (value->type != TOML_TABLE) {
		config_read_refuse(reader, place, value, "a table of strings");
		return;
	}
	env->items = config_read_alloc(reader, value->as.table.count + 1, sizeof(char *));
	for (size_t i = 0; i < value->as.table.count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		char *text = NULL;
		if (entry->key_size == 0 || strlen(entry->key) != entry->key_size ||
		    strchr(entry->key, '=') != NULL) {
			config_read_error(reader, entry->position,
					  "'%.60s' in %s is no name of a variable", entry->key,
					  place->key->name);
			continue;
		}
		config_read_text(reader, place, entry->value, &text);
		if (text != NULL)
			env->items[env->count++] =
			    config_read_format(reader, "%s=%s", entry->key, text);
	}
}

#define PROCESS(FIELD) offsetof(struct config_process, FIELD)
static const struct config_key process_keys[] = {
    {"type", config_read_tag, 0, NULL, KEY_OPTIONAL},
    {"name", config_read_name, PROCESS(name), NULL, KEY_OPTIONAL},
    {"env", read_env, PROCESS(env), NULL, KEY_OPTIONAL},
    {"stop_timeout", config_read_duration, PROCESS(stop_timeout_ms), NULL, KEY_OPTIONAL},
    {"restart", config_read_enum, PROCESS(restart), restart_names, KEY_OPTIONAL},
    {"restart_delay", config_read_duration, PROCESS(restart_delay_ms), NULL, KEY_OPTIONAL},
    {"restart_limit", config_read_number, PROCESS(restart_limit), &restart_limit_range,
     KEY_OPTIONAL},
    {"after", config_read_tag, 0, NULL, KEY_OPTIONAL}, /* config_process_relate reads it */
    {"ready", config_read_enum, PROCESS(ready), ready_names, KEY_OPTIONAL},
    {"ready_socket", config_read_socket, PROCESS(ready_socket), NULL, KEY_OPTIONAL},
    {"ready_timeout", config_read_duration, PROCESS(ready_timeout_ms), NULL, KEY_OPTIONAL},
    {"log", config_read_path, PROCESS(log), NULL, KEY_OPTIONAL},
};
const struct config_table config_process_table = CONFIG_TABLE("process", process_keys);

/* --- shell ----------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int resource;
} resources[] = {
    {"as", RLIMIT_AS},
    {"core", RLIMIT_CORE},
    {"cpu", RLIMIT_CPU},
    {"data", RLIMIT_DATA},
    {"fsize", RLIMIT_FSIZE},
    {"memlock", RLIMIT_MEMLOCK},
    {"msgqueue", RLIMIT_MSGQUEUE},
    {"nice", RLIMIT_NICE},
    {"nofile", RLIMIT_NOFILE},
    {"nproc", RLIMIT_NPROC},
    {"rtprio", RLIMIT_RTPRIO},
    {"rttime", RLIMIT_RTTIME},
    {"sigpending", RLIMIT_SIGPENDING},
    {"stack", RLIMIT_STACK},
};

static bool read_limit(const struct toml_value *value, uint64_t *limit)
{
	if (value->type == TOML_INTEGER && value->as.integer >= 0)
		*limit = (uint64_t)value->as.integer;
	else if (value->type == TOML_STRING && strcmp(value->as.string.bytes, "unlimited") == 0)
		*limit = CONFIG_RLIMIT_UNLIMITED;
	else
		return false;
	return true;
}

/* LIMIT, or [SOFT, HARD]. */
static bool read_limits(const struct toml_value *value, struct config_rlimit *rlimit)
{
	if (value->type == TOML_ARRAY)
		return value->as.array.count == 2 &&
		       read_limit(value->as.array.items[0], &rlimit->soft) &&
		       read_limit(value->as.array.items[1], &rlimit->hard) &&
		       rlimit->soft <= rlimit->hard;
	if (!read_limit(value, &rlimit->soft))
		return false;
	rlimit->hard = rlimit->soft;
	return true;
}

static void read_rlimits(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, void *field)
{
	struct config_process *process = field;

	if (value->type != TOML_TABLE) {
		config_read_refuse(reader, place, value, "a table such as { nofile = 1024 }");
		return;
	}
	process->rlimits =
	    config_read_alloc(reader, value->as.table.count, sizeof(*process->rlimits));
	for (size_t i = 0; i < value->as.table.count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		struct config_rlimit *rlimit = &process->rlimits[process->rlimit_count];
		size_t known = 0, count = sizeof(resources) / sizeof(resources[0]);
		while (known < count && strcmp(entry->key, resources[known].name) != 0)
			known++;
		if (known == count) {
			config_read_error(reader, entry->position,
					  "unknown limit '%.60s'; accepted are the names of "
					  "prlimit(1), such as nofile, nproc, core",
					  entry->key);
			continue;
		}
		rlimit->resource = resources[known].resource;
		if (read_limits(entry->value, rlimit))
			process->rlimit_count++;
		else
			config_read_error(reader, entry->value->position,
					  "limit '%s' is out of form; accepted is a number, "
					  "\"unlimited\", or [soft, hard] with soft at most hard",
					  entry->key);
	}
}

/* Those that it keeps; [] is none. */
static void read_capabilities(struct config_reader *reader, const struct config_place *place,
			      const struct toml_value *value, void *field)
{
	struct privileges *privileges = field;

	if (value->type != TOML_ARRAY) {
		config_read_refuse(reader, place, value, "an array of names");
		return;
	}
	privileges->limits_capabilities = true;
	for (size_t i = 0; i < value->as.array.count; i++) {
		const struct toml_value *item = value->as.array.items[i];
		uint64_t bit =
		    item->type != TOML_STRING
			? 0
			: privileges_capability(item->as.string.bytes, item->as.string.size);
		if (bit == 0)
			config_read_refuse(reader, place, item,
					   "a capability by its name in small letters, such as "
					   "\"net_bind_service\"");
		privileges->capabilities |= bit;
	}
}

static const struct config_key shell_keys[] = {
    {"command", config_read_string, PROCESS(command), NULL, KEY_OPTIONAL},
    {"argv", config_read_strings, PROCESS(argv), NULL, KEY_OPTIONAL},
    {"cwd", config_read_path, PROCESS(cwd), NULL, KEY_OPTIONAL},
    {"user", config_read_name, PROCESS(user), NULL, KEY_OPTIONAL},
    {"group", config_read_name, PROCESS(group), NULL, KEY_OPTIONAL},
    {"capabilities", read_capabilities, PROCESS(privileges), NULL, KEY_OPTIONAL},
    {"no_new_privs", config_read_bool, PROCESS(privileges.no_new_privs), NULL, KEY_OPTIONAL},
    {"read_only_root", config_read_bool, PROCESS(privileges.read_only_root), NULL, KEY_OPTIONAL},
    {"rlimits", read_rlimits, 0, NULL, KEY_OPTIONAL},
    {"attest", config_read_bool, PROCESS(attest), NULL, KEY_OPTIONAL},
};
const struct config_table config_process_shell_table =
    CONFIG_TABLE_ON("shell process", shell_keys, &config_process_table);

/* mode = "exec" puts a shell process in pith's own place: nobody is left to look after it. */
static void check_exec(struct config_reader *reader, const struct toml_value *value)
{
	static const char *const supervised[] = {"stop_timeout",  "restart", "restart_delay",
						 "restart_limit", "ready",   "ready_socket",
						 "ready_timeout", "log"};

	for (size_t i = 0; i < sizeof(supervised) / sizeof(supervised[0]); i++) {
		const struct toml_value *found = toml_get(value, supervised[i]);
		if (found != NULL)
			config_read_error(reader, found->position,
					  "'%s' in shell process is for mode \"manage\"; in mode "
					  "\"exec\" the process takes pith's place",
					  supervised[i]);
	}
}

void config_process_read_shell(struct config_reader *reader, const struct toml_value *value,
			       struct config_process *process)
{
	const struct toml_value *argv = toml_get(value, "argv");
	const struct toml_value *command = toml_get(value, "command");

	process->cwd = config_read_format(reader, "%s", reader->config->directory);
	config_read_table(reader, &config_process_shell_table, value, process);
	if (argv != NULL && command != NULL)
		config_read_error(reader, argv->position,
				  "'argv' and 'command' in shell process; accepted is one of them");
	if (argv == NULL && command == NULL)
		config_read_error(reader, value->position,
				  "'command' or 'argv' is missing in shell process");
	if (process->argv.count > 0 && process->argv.items[0][0] == '\0')
		config_read_error(reader, argv->position,
				  "the program in 'argv' in shell process is empty");
	if (reader->config->mode == CONFIG_EXEC)
		check_exec(reader, value);
}

/* --- Relations ------------------------------------------------------------------------------- */

static size_t find_process(const struct config *config, const char *name)
{
	size_t i = 0;

	while (i < config->process_count && strcmp(config->processes[i].name, name) != 0)
		i++;
	return i;
}

static void name_processes(struct config_reader *reader)
{
	struct config *config = reader->config;

	for (size_t i = 0; i < config->process_count; i++)
		if (config->processes[i].name == NULL)
			config->processes[i].name = config_read_format(reader, "process%zu", i + 1);
	for (size_t i = 0; i < config->process_count; i++)
		if (find_process(config, config->processes[i].name) != i)
			config_read_error(reader, config->processes[i].position,
					  "process '%s' is there twice; names are unique",
					  config->processes[i].name);
}

static void read_after(struct config_reader *reader, const struct toml_value *value,
		       struct config_process *process)
{
	static const struct config_key key = {.name = "after"};
	const struct config_place place = {"process", &key};
	struct strv names = {0};

	config_read_strings(reader, &place, value, &names);
	process->after = config_read_alloc(reader, names.count, sizeof(*process->after));
	for (size_t i = 0; i < names.count; i++) {
		size_t found = find_process(reader->config, names.items[i]);
		if (found < reader->config->process_count)
			process->after[process->after_count++] = found;
		else
			config_read_error(reader, value->position,
					  "'after' in process names '%.60s'; there is no process "
					  "of that name",
					  names.items[i]);
	}
}

/* Start, on paper, whatever waits for nothing that has not been started, until no more can be. What
 * is left waits for itself. */
static void check_cycles(struct config_reader *reader)
{
	const struct config *config = reader->config;
	bool *started = config_read_alloc(reader, config->process_count, sizeof(*started));
	bool progress = true;

	while (progress) {
		progress = false;
		for (size_t i = 0; i < config->process_count; i++) {
			const struct config_process *process = &config->processes[i];
			size_t met = 0;
			while (met < process->after_count && started[process->after[met]])
				met++;
			if (started[i] || met < process->after_count)
				continue;
			started[i] = true;
			progress = true;
		}
	}
	for (size_t i = 0; i < config->process_count; i++)
		if (!started[i])
			config_read_error(reader, config->processes[i].position,
					  "process '%s' can never start: 'after' leads in a circle",
					  config->processes[i].name);
}

static void check_ready(struct config_reader *reader, const struct toml_value *value,
			const struct config_process *process)
{
	const struct toml_value *socket = toml_get(value, "ready_socket");

	if (process->ready == READY_SOCKET && socket == NULL)
		config_read_error(reader, toml_get(value, "ready")->position,
				  "'ready' in process is \"socket\" without 'ready_socket'");
	if (process->ready != READY_SOCKET && socket != NULL)
		config_read_error(reader, socket->position,
				  "'ready_socket' in process is for ready = \"socket\"");
}

/* The trusted boot socket is one process's: the one that says so, or the only one there is. */
static void check_attest(struct config_reader *reader, const struct toml_value *processes)
{
	struct config *config = reader->config;
	const struct config_process *first = NULL;

	for (size_t i = 0; i < config->process_count; i++) {
		struct config_process *process = &config->processes[i];
		const struct toml_value *given = toml_get(processes->as.array.items[i], "attest");

		if (given == NULL && config->process_count == 1)
			process->attest = process->type == PROCESS_SHELL;
		if (process->attest && first != NULL)
			config_read_error(reader, given->position,
					  "'attest' in shell process is true in '%s' already; "
					  "accepted is one process",
					  first->name);
		if (process->attest && first == NULL)
			first = process;
	}
}

void config_process_relate(struct config_reader *reader, const struct toml_value *processes)
{
	struct config *config = reader->config;

	name_processes(reader);
	for (size_t i = 0; i < config->process_count; i++) {
		const struct toml_value *value = processes->as.array.items[i];
		const struct toml_value *after = toml_get(value, "after");
		if (after != NULL)
			read_after(reader, after, &config->processes[i]);
		check_ready(reader, value, &config->processes[i]);
	}
	check_cycles(reader);
	check_attest(reader, processes);
}
