/* SPDX-License-Identifier: Apache-2.0 */
/* config_read.h: reading TOML tables by a schema: what a table may hold is a const table of keys,
 * each with its setter. Internal to config*.c and build_*.c. Pure, but for config_read_file. */
#ifndef PITH_RUNNER_CONFIG_READ_H
#define PITH_RUNNER_CONFIG_READ_H

#include "config.h"

struct config_key;

struct config_reader {
	struct config *config; /* being filled; owns what is allocated */
	struct config_finding *findings;
	size_t finding_count, finding_room;
	bool is_partial; /* lines that are no TOML were left out: only what a key or its value
			    shows by itself is reported */
};

/* Where a value stands, for messages. */
struct config_place {
	const char *table; /* "vm process" */
	const struct config_key *key;
};

/* Checks VALUE and stores it in FIELD, or reports an error. */
typedef void config_set(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field);

enum config_presence { KEY_OPTIONAL, KEY_REQUIRED };

struct config_key {
	const char *name;
	config_set *set;
	size_t offset;      /* of the field in the object */
	const void *detail; /* what the setter wants: names of an enumeration, a range, ... */
	enum config_presence presence;
};

struct config_table {
	const char *what; /* "disk": for messages */
	const struct config_key *keys;
	size_t key_count;
	const struct config_table *base; /* its keys are accepted as well; NULL: none */
};

#define CONFIG_TABLE_ON(WHAT, KEYS, BASE)                                                          \
	{                                                                                          \
		WHAT, KEYS, sizeof(KEYS) / sizeof((KEYS)[0]), BASE                                 \
	}
#define CONFIG_TABLE(WHAT, KEYS) CONFIG_TABLE_ON(WHAT, KEYS, NULL)
struct config_range {
	unsigned min, max;
};

/* Begin reading TEXT as the content of the file PATH: fills READER, whose config knows path and
 * folder. Reports each line that is no TOML. Returns the root table of the rest, for toml_free, or
 * NULL when such a line leaves it open what the rest means. */
struct toml_value *config_read_begin(struct config_reader *reader, const char *path,
				     const char *text, size_t size);

/* The bytes of the file PATH, malloced, or NULL with errno set; EFBIG from 16 MiB on. */
char *config_read_file(const char *path, size_t *size);

/* Zeroed memory that lives as long as the configuration. */
void *config_read_alloc(struct config_reader *reader, size_t count, size_t size);
/* The same for formatted text. */
char *config_read_format(struct config_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void config_read_free_blocks(struct config *config);

/* Report an error. Control characters become '?'. */
void config_read_error(struct config_reader *reader, struct toml_position position,
		       const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Report that VALUE is not what ACCEPTED says: "'KEY' in TABLE is 7; accepted is ACCEPTED". */
void config_read_refuse(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, const char *accepted);
/* Move the errors, in the order of the file, to ERRORS. Returns how many there were. */
size_t config_read_finish(struct config_reader *reader, struct config_errors *errors);

/* Read VALUE, which must be a table, into OBJECT as TABLE says. */
void config_read_table(struct config_reader *reader, const struct config_table *table,
		       const struct toml_value *value, void *object);
/* Report that VALUE, a table, has no TAG: by the key that may be meant for it, which none of the
 * COUNT TABLES has, where there is one, else as missing in WHAT. */
void config_read_no_tag(struct config_reader *reader, const char *what, const char *tag,
			const struct config_table *tables, size_t count,
			const struct toml_value *value);
/* A table whose string member TAG ("mode") chooses which of the COUNT TABLES holds; NAMES are the
 * accepted words, as many. The index goes to *CHOSEN, before the table is read. Returns false when
 * none could be chosen. */
bool config_read_variant(struct config_reader *reader, const char *what, const char *tag,
			 const char *const *names, const struct config_table *tables,
			 const struct toml_value *value, void *object, unsigned *chosen);

/* Reports unless VALUE is a table; its entries are named by the user. */
bool config_read_is_map(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value);

/* TEXT, a relative path, seen from the configuration's folder. */
char *config_read_resolve(struct config_reader *reader, const char *text);

/* The setters that several tables share, by the type of field. */
config_set config_read_tag;      /* nothing to do: config_read_variant has looked at it */
config_set config_read_string;   /* char *: not empty */
config_set config_read_text;     /* char *: may be empty */
config_set config_read_words;    /* char *: QEMU's names and options: no blanks, no quotes */
config_set config_read_path;     /* char *: resolved against the configuration's folder */
config_set config_read_program;  /* char *: resolved when it holds a slash */
config_set config_read_name;     /* char *: of a process: letters, digits and _.-, at most 64 */
config_set config_read_bool;     /* bool */
config_set config_read_number;   /* unsigned; detail: struct config_range */
config_set config_read_port;     /* uint16_t: 1 to 65535 */
config_set config_read_enum;     /* an enumeration from 0; detail: names, ended by NULL */
config_set config_read_strings;  /* struct strv: an array of strings */
config_set config_read_duration; /* uint32_t: milliseconds, from "10s" or 10; not 0 */
config_set config_read_sockets;  /* struct strv: one path of a socket, or an array of them */
config_set config_read_socket;   /* char *: path of a UNIX socket */

#endif
