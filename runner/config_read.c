/* SPDX-License-Identifier: Apache-2.0 */
/* config_read.c: reading TOML tables by a schema, and collecting what is wrong with them. */
#include "config_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "duration.h"
#include "input_file.h"
#include "message.h"

#define FILE_MAX (16u << 20) /* bytes of a configuration; a device or a wrong file is larger */
#define SHOWN_MAX 60         /* bytes of a key or string that a message repeats */
#define SUGGEST_KEY_MAX 40   /* longer keys are not compared with known ones */
#define BROKEN_LINES_MAX 32  /* lines that are no TOML, reported of one file */

struct config_block {
	struct config_block *next;
	_Alignas(max_align_t) char bytes[];
};

struct config_finding {
	struct toml_position position;
	char *text;
};

void *config_read_alloc(struct config_reader *reader, size_t count, size_t size)
{
	struct config_block *block;
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) ||
	    __builtin_add_overflow(bytes, sizeof(*block), &bytes))
		die_out_of_memory();
	block = calloc(1, bytes);
	if (block == NULL)
		die_out_of_memory();
	block->next = reader->config->blocks;
	reader->config->blocks = block;
	return block->bytes;
}

char *config_read_format(struct config_reader *reader, const char *format, ...)
{
	va_list args;
	char *text;
	char *copy;
	int size;

	va_start(args, format);
	size = vasprintf(&text, format, args);
	va_end(args);
	if (size < 0)
		die_out_of_memory();
	copy = config_read_alloc(reader, (size_t)size + 1, 1);
	memcpy(copy, text, (size_t)size + 1);
	free(text);
	return copy;
}

/* The folder of PATH, so that a path made from it is never read as an option or, by QEMU, as
 * "protocol:file". */
static char *directory_of(struct config_reader *reader, const char *path)
{
	const char *slash = strrchr(path, '/');
	int size = slash == NULL ? 0 : slash == path ? 1 : (int)(slash - path);
	bool plain = path[0] == '/' || strncmp(path, "./", 2) == 0 || strncmp(path, "../", 3) == 0;

	if (slash == NULL)
		return config_read_format(reader, ".");
	return config_read_format(reader, "%s%.*s", plain ? "" : "./", size, path);
}

char *config_read_file(const char *path, size_t *size)
{
	int fd = input_file_open_stream(path);
	char *bytes;
	ssize_t n = 0;

	*size = 0;
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	bytes = malloc(FILE_MAX + 1);
	while (bytes != NULL && *size <= FILE_MAX &&
	       (n = read(fd, bytes + *size, FILE_MAX + 1 - *size)) > 0)
		*size += (size_t)n;
	if (bytes != NULL && (n < 0 || *size > FILE_MAX)) {
		if (n >= 0)
			errno = EFBIG;
		free(bytes);
		bytes = NULL;
	}
	int saved_errno = errno;
	close(fd);
	errno = saved_errno;
	return bytes;
}

__attribute__((format(printf, 3, 0))) static void report_list(struct config_reader *reader,
							      struct toml_position position,
							      const char *format, va_list args)
{
	char *text;

	if (reader->finding_count == reader->finding_room) {
		size_t room = reader->finding_room == 0 ? 8 : reader->finding_room * 2;
		void *grown = reallocarray(reader->findings, room, sizeof(*reader->findings));
		if (grown == NULL)
			die_out_of_memory();
		reader->findings = grown;
		reader->finding_room = room;
	}
	if (vasprintf(&text, format, args) < 0)
		die_out_of_memory();
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?'; /* the file's bytes must not command the terminal */
	reader->findings[reader->finding_count++] = (struct config_finding){position, text};
}

__attribute__((format(printf, 3, 4))) static void
report(struct config_reader *reader, struct toml_position position, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_list(reader, position, format, args);
	va_end(args);
}

void config_read_error(struct config_reader *reader, struct toml_position position,
		       const char *format, ...)
{
	va_list args;

	if (reader->is_partial)
		return; /* it may come from a line that was left out */
	va_start(args, format);
	report_list(reader, position, format, args);
	va_end(args);
}

/* Blank the line LINE (from 1) of TEXT, which has an error, so that the lines after it can be read.
 * Only a line that holds a whole KEY = VALUE: after a broken header, string or array of several
 * lines nobody knows what the next lines belong to. Returns false when it is not such a line. */
static bool blank_line(char *text, size_t size, unsigned line)
{
	char *at = text, *end = text + size;
	struct toml_value *before;
	struct toml_error error;
	int brackets = 0, braces = 0;

	for (; line > 1; line--) {
		char *newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL)
			return false;
		at = newline + 1;
	}
	char *newline = memchr(at, '\n', (size_t)(end - at));
	if (newline != NULL)
		end = newline;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == end || *at == '[')
		return false;
	for (const char *c = at; c < end; c++) {
		brackets += (*c == '[') - (*c == ']');
		braces += (*c == '{') - (*c == '}');
		if (end - c >= 3 && (memcmp(c, "\"\"\"", 3) == 0 || memcmp(c, "'''", 3) == 0))
			return false;
	}
	/* What stands before it is whole when it is TOML by itself. */
	if (brackets != 0 || braces != 0 ||
	    toml_parse(text, (size_t)(at - text), &before, &error) != 0)
		return false;
	toml_free(before);
	memset(at, ' ', (size_t)(end - at));
	return true;
}

/* The root of TEXT without the lines that are no TOML, each of which is reported; NULL when one of
 * them cannot be left out. */
static struct toml_value *read_lines(struct config_reader *reader, const char *text, size_t size)
{
	struct toml_value *root = NULL;
	struct toml_error error;
	int result = toml_parse(text, size, &root, &error);
	char *copy = NULL;

	for (unsigned broken = 0; result != 0; broken++) {
		if (result == -ENOMEM)
			die_out_of_memory();
		reader->is_partial = true;
		report(reader, error.position, "%s", error.message);
		if (copy == NULL) {
			copy = malloc(size + 1);
			if (copy == NULL)
				die_out_of_memory();
			memcpy(copy, text, size);
		}
		if (broken == BROKEN_LINES_MAX || !blank_line(copy, size, error.position.line))
			break;
		result = toml_parse(copy, size, &root, &error);
	}
	free(copy);
	return root;
}

struct toml_value *config_read_begin(struct config_reader *reader, const char *path,
				     const char *text, size_t size)
{
	*reader = (struct config_reader){.config = calloc(1, sizeof(struct config))};
	if (reader->config == NULL)
		die_out_of_memory();
	reader->config->path = config_read_format(reader, "%s", path);
	reader->config->directory = directory_of(reader, path);
	return read_lines(reader, text, size);
}

void config_read_free_blocks(struct config *config)
{
	while (config->blocks != NULL) {
		struct config_block *next = config->blocks->next;
		free(config->blocks);
		config->blocks = next;
	}
}

void config_read_refuse(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, const char *accepted)
{
	const char *key = place->key->name;

	switch (value->type) {
	case TOML_STRING:
		report(reader, value->position, "'%s' in %s is \"%.*s\"; accepted is %s", key,
		       place->table, SHOWN_MAX, value->as.string.bytes, accepted);
		return;
	case TOML_INTEGER:
		report(reader, value->position, "'%s' in %s is %lld; accepted is %s", key,
		       place->table, (long long)value->as.integer, accepted);
		return;
	default:
		report(reader, value->position, "'%s' in %s is %s; accepted is %s", key,
		       place->table,
		       value->type == TOML_ARRAY && value->as.array.count == 0
			   ? "an empty array"
			   : toml_type_name(value->type),
		       accepted);
	}
}

static int compare_findings(const void *left, const void *right)
{
	const struct config_finding *a = left, *b = right;

	if (a->position.line != b->position.line)
		return a->position.line < b->position.line ? -1 : 1;
	if (a->position.column != b->position.column)
		return a->position.column < b->position.column ? -1 : 1;
	return strcmp(a->text, b->text);
}

size_t config_read_finish(struct config_reader *reader, struct config_errors *errors)
{
	size_t count = reader->finding_count;

	if (count > 0)
		qsort(reader->findings, count, sizeof(*reader->findings), compare_findings);
	for (size_t i = 0; i < count; i++) {
		struct config_finding *finding = &reader->findings[i];
		strv_addf(&errors->messages, "%s:%u:%u: %s", reader->config->path,
			  finding->position.line, finding->position.column, finding->text);
		free(finding->text);
	}
	free(reader->findings);
	reader->findings = NULL;
	reader->finding_count = reader->finding_room = 0;
	return count;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters must be put in, taken out, changed or swapped with their neighbour to turn A
 * into B (optimal string alignment; Wagner and Fischer's table, three rows of it). */
static unsigned edit_distance(const char *a, const char *b)
{
	unsigned rows[3][SUGGEST_KEY_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	size_t a_size = strlen(a), b_size = strlen(b);

	for (unsigned j = 0; j <= b_size; j++)
		last[j] = j;
	for (unsigned i = 1; i <= a_size; i++) {
		row[0] = i;
		for (unsigned j = 1; j <= b_size; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		unsigned *spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[b_size];
}

/* From where on another key's name is no help. */
static unsigned too_far(const struct toml_entry *entry)
{
	if (entry->key_size > SUGGEST_KEY_MAX || strlen(entry->key) != entry->key_size)
		return 0;
	return (unsigned)entry->key_size / 3 + 2;
}

static const char *nearest_key(const struct config_table *table, const struct toml_entry *entry)
{
	const char *nearest = NULL;
	unsigned best = too_far(entry);

	if (best == 0)
		return NULL;
	for (; table != NULL; table = table->base) {
		for (size_t i = 0; i < table->key_count; i++) {
			unsigned distance = edit_distance(entry->key, table->keys[i].name);
			if (distance < best) {
				best = distance;
				nearest = table->keys[i].name;
			}
		}
	}
	return nearest;
}

static void refuse_unknown(struct config_reader *reader, const struct config_table *table,
			   const struct toml_entry *entry)
{
	const char *nearest = nearest_key(table, entry);
	char known[1024] = "";
	size_t used = 0;

	if (nearest != NULL) {
		report(reader, entry->position, "unknown key '%.*s' in %s; did you mean '%s'?",
		       SHOWN_MAX, entry->key, table->what, nearest);
		return;
	}
	for (const struct config_table *t = table; t != NULL; t = t->base)
		for (size_t i = 0; i < t->key_count && used < sizeof(known); i++)
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 used == 0 ? "" : ", ", t->keys[i].name);
	report(reader, entry->position, "unknown key '%.*s' in %s; known are %s", SHOWN_MAX,
	       entry->key, table->what, known);
}

static const struct config_key *find_key(const struct config_table *table,
					 const struct toml_entry *entry)
{
	for (; table != NULL; table = table->base)
		for (size_t i = 0; i < table->key_count; i++)
			if (strlen(table->keys[i].name) == entry->key_size &&
			    memcmp(table->keys[i].name, entry->key, entry->key_size) == 0)
				return &table->keys[i];
	return NULL;
}

void config_read_table(struct config_reader *reader, const struct config_table *table,
		       const struct toml_value *value, void *object)
{
	if (value->type != TOML_TABLE) {
		config_read_error(reader, value->position, "%s is %s; accepted is a table",
				  table->what, toml_type_name(value->type));
		return;
	}
	for (size_t i = 0; i < value->as.table.count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		const struct config_key *key = find_key(table, entry);
		if (key == NULL) {
			refuse_unknown(reader, table, entry);
			continue;
		}
		struct config_place place = {table->what, key};
		key->set(reader, &place, entry->value, (char *)object + key->offset);
	}
	for (const struct config_table *t = table; t != NULL; t = t->base)
		for (size_t i = 0; i < t->key_count; i++)
			if (t->keys[i].presence == KEY_REQUIRED &&
			    toml_get(value, t->keys[i].name) == NULL)
				config_read_error(reader, value->position, "'%s' is missing in %s",
						  t->keys[i].name, table->what);
}

void config_read_no_tag(struct config_reader *reader, const char *what, const char *tag,
			const struct config_table *tables, size_t count,
			const struct toml_value *value)
{
	bool found = false;

	for (size_t i = 0; i < value->as.table.count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		bool is_known = false;
		for (size_t j = 0; j < count; j++)
			is_known |= find_key(&tables[j], entry) != NULL;
		if (is_known || too_far(entry) == 0 ||
		    edit_distance(entry->key, tag) >= too_far(entry))
			continue;
		report(reader, entry->position, "unknown key '%.*s' in %s; did you mean '%s'?",
		       SHOWN_MAX, entry->key, what, tag);
		found = true;
	}
	if (!found)
		config_read_error(reader, value->position, "'%s' is missing in %s", tag, what);
}

bool config_read_variant(struct config_reader *reader, const char *what, const char *tag,
			 const char *const *names, const struct config_table *tables,
			 const struct toml_value *value, void *object, unsigned *chosen)
{
	const struct config_key key = {.name = tag, .detail = names};
	const struct config_place place = {what, &key};
	const struct toml_value *word;
	unsigned index = ~0u;

	if (value->type != TOML_TABLE) {
		config_read_error(reader, value->position, "%s is %s; accepted is a table", what,
				  toml_type_name(value->type));
		return false;
	}
	word = toml_get(value, tag);
	if (word == NULL) {
		size_t count = 0;
		while (names[count] != NULL)
			count++;
		config_read_no_tag(reader, what, tag, tables, count, value);
		return false;
	}
	config_read_enum(reader, &place, word, &index);
	if (index == ~0u)
		return false;
	*chosen = index;
	config_read_table(reader, &tables[index], value, object);
	return true;
}

bool config_read_is_map(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value)
{
	if (value->type != TOML_TABLE)
		config_read_refuse(reader, place, value, "a table of tables");
	return value->type == TOML_TABLE;
}

char *config_read_resolve(struct config_reader *reader, const char *text)
{
	if (text[0] == '/')
		return config_read_format(reader, "%s", text);
	if (strncmp(text, "./", 2) == 0)
		text += 2; /* the folder says it */
	return config_read_format(reader, "%s/%s", reader->config->directory, text);
}

void config_read_tag(struct config_reader *reader, const struct config_place *place,
		     const struct toml_value *value, void *field)
{
	(void)reader, (void)place, (void)value, (void)field;
}

/* The text of VALUE, or NULL after an error: not a string, or one that no argument can carry. */
static const char *read_c_string(struct config_reader *reader, const struct config_place *place,
				 const struct toml_value *value)
{
	if (value->type != TOML_STRING) {
		config_read_refuse(reader, place, value, "a string");
		return NULL;
	}
	if (strlen(value->as.string.bytes) != value->as.string.size) {
		config_read_error(reader, value->position, "'%s' in %s holds a NUL character",
				  place->key->name, place->table);
		return NULL;
	}
	return value->as.string.bytes;
}

void config_read_text(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	const char *text = read_c_string(reader, place, value);

	if (text != NULL)
		*(char **)field = config_read_format(reader, "%s", text);
}

static const char *read_filled(struct config_reader *reader, const struct config_place *place,
			       const struct toml_value *value)
{
	const char *text = read_c_string(reader, place, value);

	if (text == NULL || text[0] != '\0')
		return text;
	config_read_error(reader, value->position, "'%s' in %s is empty", place->key->name,
			  place->table);
	return NULL;
}

void config_read_string(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	const char *text = read_filled(reader, place, value);

	if (text != NULL)
		*(char **)field = config_read_format(reader, "%s", text);
}

void config_read_words(struct config_reader *reader, const struct config_place *place,
		       const struct toml_value *value, void *field)
{
	static const char accepted[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_-+.,=:";
	const char *text = read_filled(reader, place, value);

	if (text == NULL)
		return;
	if (text[strspn(text, accepted)] != '\0' || text[0] == '-')
		config_read_refuse(reader, place, value,
				   "QEMU's own spelling: letters, digits and _-+.,=:");
	else
		*(char **)field = config_read_format(reader, "%s", text);
}

void config_read_name(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	static const char accepted[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_.-";
	const char *text = read_filled(reader, place, value);

	if (text == NULL)
		return;
	if (text[strspn(text, accepted)] != '\0' || text[0] == '-' || text[0] == '.' ||
	    strlen(text) > 64)
		config_read_refuse(reader, place, value,
				   "up to 64 letters, digits and _.-, not begun with . or -");
	else
		*(char **)field = config_read_format(reader, "%s", text);
}

void config_read_path(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	const char *text = read_filled(reader, place, value);

	if (text != NULL)
		*(char **)field = config_read_resolve(reader, text);
}

void config_read_program(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, void *field)
{
	const char *text = read_filled(reader, place, value);

	if (text != NULL)
		*(char **)field = strchr(text, '/') == NULL ? config_read_format(reader, "%s", text)
							    : config_read_resolve(reader, text);
}

void config_read_socket(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	char *path = NULL;
	size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	config_read_path(reader, place, value, &path);
	if (path == NULL)
		return;
	if (strlen(path) > max)
		config_read_error(reader, value->position,
				  "'%s' in %s is a socket's path of %zu bytes, with the "
				  "configuration's folder; accepted are %zu",
				  place->key->name, place->table, strlen(path), max);
	else
		*(char **)field = path;
}

void config_read_bool(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	if (value->type != TOML_BOOL)
		config_read_refuse(reader, place, value, "true or false");
	else
		*(bool *)field = value->as.boolean;
}

void config_read_number(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	const struct config_range *range = place->key->detail;
	char accepted[64];

	if (value->type == TOML_INTEGER && value->as.integer >= range->min &&
	    value->as.integer <= range->max) {
		*(unsigned *)field = (unsigned)value->as.integer;
		return;
	}
	snprintf(accepted, sizeof(accepted), "an integer from %u to %u", range->min, range->max);
	config_read_refuse(reader, place, value, accepted);
}

/* Longest 49 days: what 32 bits of milliseconds hold. */
void config_read_duration(struct config_reader *reader, const struct config_place *place,
			  const struct toml_value *value, void *field)
{
	uint64_t duration_ms = 0;

	if (value->type == TOML_STRING)
		(void)duration_parse(value->as.string.bytes, &duration_ms);
	else if (value->type == TOML_INTEGER && value->as.integer > 0 &&
		 value->as.integer <= UINT32_MAX)
		duration_ms = (uint64_t)value->as.integer * 1000;
	if (duration_ms == 0 || duration_ms > UINT32_MAX)
		config_read_refuse(
		    reader, place, value,
		    "a time such as \"10s\", \"500ms\", \"2m\" or a number of seconds");
	else
		*(uint32_t *)field = (uint32_t)duration_ms;
}

void config_read_port(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	if (value->type != TOML_INTEGER || value->as.integer < 1 || value->as.integer > UINT16_MAX)
		config_read_refuse(reader, place, value, "an integer from 1 to 65535");
	else
		*(uint16_t *)field = (uint16_t)value->as.integer;
}

void config_read_enum(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	const char *const *names = place->key->detail;
	char accepted[256] = "";
	size_t used = 0;

	for (unsigned i = 0; names[i] != NULL; i++) {
		if (value->type == TOML_STRING && strcmp(value->as.string.bytes, names[i]) == 0 &&
		    strlen(names[i]) == value->as.string.size) {
			*(unsigned *)field = i;
			return;
		}
		used += (size_t)snprintf(accepted + used, sizeof(accepted) - used, "%s\"%s\"",
					 i == 0                 ? ""
					 : names[i + 1] == NULL ? " or "
								: ", ",
					 names[i]);
		if (used >= sizeof(accepted))
			break;
	}
	config_read_refuse(reader, place, value, accepted);
}

void config_read_strings(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, void *field)
{
	struct strv *strings = field;

	if (value->type != TOML_ARRAY || value->as.array.count == 0) {
		config_read_refuse(reader, place, value, "an array of at least one string");
		return;
	}
	strings->items = config_read_alloc(reader, value->as.array.count + 1, sizeof(char *));
	for (size_t i = 0; i < value->as.array.count; i++) {
		const char *text = read_c_string(reader, place, value->as.array.items[i]);
		if (text != NULL)
			strings->items[strings->count++] = config_read_format(reader, "%s", text);
	}
}

void config_read_sockets(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, void *field)
{
	struct strv *sockets = field;
	size_t count = value->type == TOML_ARRAY ? value->as.array.count : 1;

	sockets->items = config_read_alloc(reader, count + 1, sizeof(char *));
	for (size_t i = 0; i < count; i++) {
		char *path = NULL;
		config_read_socket(reader, place,
				   value->type == TOML_ARRAY ? value->as.array.items[i] : value,
				   &path);
		if (path != NULL)
			sockets->items[sockets->count++] = path;
	}
}
