/* SPDX-License-Identifier: Apache-2.0 */
/* matrix.c: a matrix file into a list of runs.
 *
 * 1. The tables are checked: [options], [axis.NAME] with its values, [[exclude]], [[include]].
 * 2. The axes are counted through, the last one fastest, as nested loops would; what an [[exclude]]
 *    holds is passed over.
 * 3. Each [[include]] follows. Every run has the words of [options], then those of its values. */
#include "matrix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec_options.h"
#include "input_file.h"
#include "message.h"
#include "toml.h"

#define NAME_MAX_BYTES 64
#define FILE_MAX_BYTES (1 << 20)
#define AXES_MAX 16
#define COMBINATIONS_MAX 100000

struct settings {
	struct strv words;
	char *binary;
};

struct axis {
	const struct toml_entry *entry;
	struct settings *values; /* as many as the table has entries */
};

struct reader {
	const char *path;
	struct strv *errors;
	struct matrix *matrix;
	struct settings every; /* [options] */
	struct axis axes[AXES_MAX];
	size_t axis_count;
	const struct toml_value *excludes; /* NULL: none */
};

/* --- Errors ------------------------------------------------------------------------------------
 */

static void refuse(struct reader *reader, struct toml_position position, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void refuse(struct reader *reader, struct toml_position position, const char *format, ...)
{
	char text[800];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	strv_addf(reader->errors, "%s:%u:%u: %s", reader->path, position.line, position.column,
		  text);
}

static void refuse_type(struct reader *reader, const struct toml_entry *entry, const char *accepted)
{
	refuse(reader, entry->value->position, "'%.60s' is %s; accepted is %s", entry->key,
	       toml_type_name(entry->value->type), accepted);
}

static char *copy(const char *text)
{
	char *same = strdup(text);

	if (same == NULL)
		die_out_of_memory();
	return same;
}

static bool is_table(const struct toml_value *value)
{
	return value->type == TOML_TABLE;
}

/* --- Settings ----------------------------------------------------------------------------------
 */

static void settings_free(struct settings *settings)
{
	strv_free(&settings->words);
	free(settings->binary);
}

/* Add --KEY=VALUE, once pith exec's own reading has no objection. */
static void add_word(struct reader *reader, struct settings *settings, const char *key,
		     const struct toml_value *value, const char *text)
{
	struct exec_options scratch;
	struct exec_error error;
	char *word;

	if (asprintf(&word, text == NULL ? "--%s" : "--%s=%s", key, text) < 0)
		die_out_of_memory();
	exec_options_defaults(&scratch);
	if (exec_options_apply(&scratch, &word, 1, "'options'", &error) != 0)
		refuse(reader, value->position, "%s", error.message + strlen("'options': "));
	else
		strv_add(&settings->words, word);
	exec_options_free(&scratch);
	free(word);
}

static bool is_text(const struct toml_value *value)
{
	return value->type == TOML_STRING &&
	       strlen(value->as.string.bytes) == value->as.string.size;
}

static void read_values(struct reader *reader, struct settings *settings,
			const struct toml_entry *entry)
{
	const struct toml_value *value = entry->value;

	for (size_t i = 0; i < value->as.array.count; i++) {
		const struct toml_value *item = value->as.array.items[i];
		if (!is_text(item))
			refuse(reader, item->position, "'%.60s' holds %s; accepted are strings",
			       entry->key, toml_type_name(item->type));
		else
			add_word(reader, settings, entry->key, item, item->as.string.bytes);
	}
}

static void read_setting(struct reader *reader, struct settings *settings,
			 const struct toml_entry *entry)
{
	const struct toml_value *value = entry->value;
	enum exec_option_takes takes = exec_options_takes(entry->key);
	const char *near;
	char number[32];

	switch (takes) {
	case EXEC_OPTION_UNKNOWN:
		near = exec_options_nearest(entry->key);
		refuse(
		    reader, entry->position,
		    "'%.60s' is no option of pith exec%s%s%s; accepted are 'binary' and the long "
		    "options without their dashes",
		    entry->key, near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
		    near != NULL ? "'?)" : "");
		return;
	case EXEC_OPTION_NO_RUN:
		refuse(reader, entry->position,
		       "'%.60s' is not for a single run; give it on the command line", entry->key);
		return;
	case EXEC_OPTION_NOTHING:
		if (value->type != TOML_BOOL)
			refuse_type(reader, entry, "true or false");
		else if (value->as.boolean)
			add_word(reader, settings, entry->key, value, NULL);
		return;
	case EXEC_OPTION_VALUES:
		if (value->type == TOML_ARRAY) {
			read_values(reader, settings, entry);
			return;
		}
		break;
	case EXEC_OPTION_VALUE:
		break;
	}
	if (value->type == TOML_INTEGER) {
		snprintf(number, sizeof(number), "%lld", (long long)value->as.integer);
		add_word(reader, settings, entry->key, value, number);
	} else if (is_text(value)) {
		add_word(reader, settings, entry->key, value, value->as.string.bytes);
	} else {
		refuse_type(reader, entry,
			    takes == EXEC_OPTION_VALUES ? "a string or an array of strings"
							: "a string or an integer");
	}
}

/* OTHER: a key of the table that is not a setting; NULL: none. */
static void read_settings(struct reader *reader, struct settings *settings,
			  const struct toml_value *table, const char *other)
{
	for (size_t i = 0; i < table->as.table.count; i++) {
		const struct toml_entry *entry = &table->as.table.entries[i];
		if (other != NULL && strcmp(entry->key, other) == 0)
			continue;
		if (strlen(entry->key) != entry->key_size) {
			refuse(reader, entry->position, "a NUL in a key");
		} else if (strcmp(entry->key, "binary") != 0) {
			read_setting(reader, settings, entry);
		} else if (!is_text(entry->value) || entry->value->as.string.size == 0) {
			refuse_type(reader, entry, "the path of a program");
		} else {
			free(settings->binary);
			settings->binary = copy(entry->value->as.string.bytes);
		}
	}
}

/* --- Names -------------------------------------------------------------------------------------
 */

static bool is_name(const char *text, size_t size)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";

	return size > 0 && size <= NAME_MAX_BYTES && strspn(text, letters) == size;
}

static bool check_name(struct reader *reader, const struct toml_entry *entry, const char *what)
{
	if (is_name(entry->key, entry->key_size))
		return true;
	refuse(reader, entry->position,
	       "'%.80s' is no name for %s; accepted are 1 to %d letters, digits and _ . + -",
	       entry->key, what, NAME_MAX_BYTES);
	return false;
}

/* --- Axes --------------------------------------------------------------------------------------
 */

static void read_axis(struct reader *reader, const struct toml_entry *entry)
{
	const struct toml_value *table = entry->value;

	if (!check_name(reader, entry, "an axis"))
		return;
	if (!is_table(table) || table->as.table.count == 0) {
		refuse(reader, table->position,
		       "axis '%s' has no values; accepted is a table of tables, one a value",
		       entry->key);
		return;
	}
	if (reader->axis_count == AXES_MAX) {
		refuse(reader, entry->position, "more than %d axes", AXES_MAX);
		return;
	}
	struct axis *axis = &reader->axes[reader->axis_count++];
	axis->entry = entry;
	axis->values = calloc(table->as.table.count, sizeof(*axis->values));
	if (axis->values == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < table->as.table.count; i++) {
		const struct toml_entry *value = &table->as.table.entries[i];
		if (!check_name(reader, value, "a value"))
			continue;
		if (!is_table(value->value))
			refuse_type(reader, value, "a table of options: { memory = \"1G\" }");
		else
			read_settings(reader, &axis->values[i], value->value, NULL);
	}
}

/* --- Excludes ----------------------------------------------------------------------------------
 */

static const struct axis *find_axis(const struct reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->axis_count; i++)
		if (strcmp(reader->axes[i].entry->key, name) == 0)
			return &reader->axes[i];
	return NULL;
}

static void check_exclude(struct reader *reader, const struct toml_value *table)
{
	if (!is_table(table) || table->as.table.count == 0) {
		refuse(reader, table->position,
		       "an exclude that names no axis; accepted is AXIS = \"VALUE\"");
		return;
	}
	for (size_t i = 0; i < table->as.table.count; i++) {
		const struct toml_entry *entry = &table->as.table.entries[i];
		const struct axis *axis = find_axis(reader, entry->key);
		if (axis == NULL)
			refuse(reader, entry->position, "'%.60s' is no axis of this file",
			       entry->key);
		else if (!is_text(entry->value))
			refuse_type(reader, entry, "the name of a value");
		else if (toml_get(axis->entry->value, entry->value->as.string.bytes) == NULL)
			refuse(reader, entry->value->position, "axis '%s' has no value '%.60s'",
			       entry->key, entry->value->as.string.bytes);
	}
}

/* INDEXES: which value of each axis. */
static bool is_excluded_by(const struct reader *reader, const struct toml_value *table,
			   const size_t *indexes)
{
	for (size_t i = 0; i < table->as.table.count; i++) {
		const struct toml_entry *entry = &table->as.table.entries[i];
		const struct axis *axis = find_axis(reader, entry->key);
		if (axis == NULL) /* check_exclude has refused it */
			return false;
		size_t index = indexes[axis - reader->axes];
		if (strcmp(axis->entry->value->as.table.entries[index].key,
			   entry->value->as.string.bytes) != 0)
			return false;
	}
	return true;
}

static bool is_excluded(const struct reader *reader, const size_t *indexes)
{
	for (size_t i = 0; reader->excludes != NULL && i < reader->excludes->as.array.count; i++)
		if (is_excluded_by(reader, reader->excludes->as.array.items[i], indexes))
			return true;
	return false;
}

/* --- Runs --------------------------------------------------------------------------------------
 */

static void add_settings(struct matrix_run *run, const struct settings *settings)
{
	for (size_t i = 0; i < settings->words.count; i++)
		strv_add(&run->words, settings->words.items[i]);
	if (settings->binary == NULL)
		return;
	free(run->binary);
	run->binary = copy(settings->binary);
}

/* NAME becomes the run's. Returns NULL, having said so, when there are too many. */
static struct matrix_run *add_run(struct reader *reader, char *name, struct toml_position position)
{
	struct matrix *matrix = reader->matrix;

	if (matrix->count == MATRIX_RUNS_MAX) {
		refuse(reader, position, "more than %d runs", MATRIX_RUNS_MAX);
		free(name);
		return NULL;
	}
	void *grown = reallocarray(matrix->runs, matrix->count + 1, sizeof(*matrix->runs));
	if (grown == NULL)
		die_out_of_memory();
	matrix->runs = grown;
	struct matrix_run *run = &matrix->runs[matrix->count++];
	*run = (struct matrix_run){.name = name};
	add_settings(run, &reader->every);
	return run;
}

static char *join_names(const struct reader *reader, const size_t *indexes)
{
	char *name = NULL;
	size_t size;
	FILE *out = open_memstream(&name, &size);

	if (out == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < reader->axis_count; i++)
		fprintf(out, "%s%s", i == 0 ? "" : "/",
			reader->axes[i].entry->value->as.table.entries[indexes[i]].key);
	if (fclose(out) != 0)
		die_out_of_memory();
	return name;
}

/* The next combination; false after the last. */
static bool count_on(const struct reader *reader, size_t *indexes)
{
	for (size_t i = reader->axis_count; i-- > 0;) {
		if (++indexes[i] < reader->axes[i].entry->value->as.table.count)
			return true;
		indexes[i] = 0;
	}
	return false;
}

static void add_product(struct reader *reader)
{
	size_t indexes[AXES_MAX] = {0};

	if (reader->axis_count == 0)
		return;
	do {
		if (is_excluded(reader, indexes))
			continue;
		struct matrix_run *run =
		    add_run(reader, join_names(reader, indexes), reader->axes[0].entry->position);
		if (run == NULL)
			return;
		for (size_t i = 0; i < reader->axis_count; i++)
			add_settings(run, &reader->axes[i].values[indexes[i]]);
	} while (count_on(reader, indexes));
}

static const struct matrix_run *find_name(const struct matrix *matrix, const char *name)
{
	for (size_t i = 0; i < matrix->count; i++)
		if (strcmp(matrix->runs[i].name, name) == 0)
			return &matrix->runs[i];
	return NULL;
}

static void add_include(struct reader *reader, const struct toml_value *table)
{
	struct settings settings = {0};
	const struct toml_value *name;

	if (!is_table(table)) {
		refuse(reader, table->position, "an include is a table: [[include]]");
		return;
	}
	name = toml_get(table, "name");
	if (name == NULL || !is_text(name) ||
	    !is_name(name->as.string.bytes, name->as.string.size)) {
		refuse(
		    reader, name == NULL ? table->position : name->position,
		    "an include needs a 'name'; accepted are 1 to %d letters, digits and _ . + -",
		    NAME_MAX_BYTES);
		return;
	}
	if (find_name(reader->matrix, name->as.string.bytes) != NULL)
		refuse(reader, name->position, "there is a run '%s' already",
		       name->as.string.bytes);
	read_settings(reader, &settings, table, "name");
	struct matrix_run *run = add_run(reader, copy(name->as.string.bytes), name->position);
	if (run != NULL)
		add_settings(run, &settings);
	settings_free(&settings);
}

/* --- The file ----------------------------------------------------------------------------------
 */

/* The member KEY when it is of TYPE; another type is refused. */
static const struct toml_value *member(struct reader *reader, const struct toml_value *root,
				       const char *key, enum toml_type type, const char *accepted)
{
	const struct toml_value *value = toml_get(root, key);

	if (value == NULL || value->type == type)
		return value;
	refuse(reader, value->position, "'%s' is %s; accepted is %s", key,
	       toml_type_name(value->type), accepted);
	return NULL;
}

static void check_keys(struct reader *reader, const struct toml_value *root)
{
	static const char *const keys[] = {"name", "options", "axis", "exclude", "include"};

	for (size_t i = 0; i < root->as.table.count; i++) {
		const struct toml_entry *entry = &root->as.table.entries[i];
		size_t k = 0;
		while (k < sizeof(keys) / sizeof(keys[0]) && strcmp(entry->key, keys[k]) != 0)
			k++;
		if (k == sizeof(keys) / sizeof(keys[0]))
			refuse(reader, entry->position,
			       "unknown key '%.60s'; accepted are name, [options], [axis.NAME], "
			       "[[exclude]] and [[include]]",
			       entry->key);
	}
}

/* Excludes are looked at one by one: what they leave may be few, the way to it must not be long. */
static void check_product(struct reader *reader, struct toml_position position)
{
	size_t product = 1;

	for (size_t i = 0; i < reader->axis_count; i++) {
		product *= reader->axes[i].entry->value->as.table.count;
		if (product > COMBINATIONS_MAX) {
			refuse(reader, position, "the axes have more than %d combinations",
			       COMBINATIONS_MAX);
			return;
		}
	}
}

static void read_root(struct reader *reader, const struct toml_value *root)
{
	const struct toml_value *value;

	check_keys(reader, root);
	if ((value = member(reader, root, "name", TOML_STRING, "a string")) != NULL)
		reader->matrix->name = copy(value->as.string.bytes);
	if ((value = member(reader, root, "options", TOML_TABLE, "a table")) != NULL)
		read_settings(reader, &reader->every, value, NULL);
	if ((value = member(reader, root, "axis", TOML_TABLE, "tables: [axis.NAME]")) != NULL)
		for (size_t i = 0; i < value->as.table.count; i++)
			read_axis(reader, &value->as.table.entries[i]);
	reader->excludes =
	    member(reader, root, "exclude", TOML_ARRAY, "an array of tables: [[exclude]]");
	for (size_t i = 0; reader->excludes != NULL && i < reader->excludes->as.array.count; i++)
		check_exclude(reader, reader->excludes->as.array.items[i]);
	check_product(reader, root->position);
	if (reader->errors->count == 0)
		add_product(reader);
	value = member(reader, root, "include", TOML_ARRAY, "an array of tables: [[include]]");
	for (size_t i = 0; value != NULL && i < value->as.array.count; i++)
		add_include(reader, value->as.array.items[i]);
	if (reader->matrix->count == 0 && reader->errors->count == 0)
		refuse(reader, root->position,
		       "nothing to run: no [axis.NAME] with a value that is not excluded, and no "
		       "[[include]]");
}

int matrix_parse(struct matrix *matrix, const char *path, const char *text, size_t size,
		 struct strv *errors)
{
	struct reader reader = {.path = path, .errors = errors, .matrix = matrix};
	struct toml_value *root;
	struct toml_error error;
	int result = toml_parse(text, size, &root, &error);

	if (result == -ENOMEM)
		die_out_of_memory();
	if (result != 0) {
		refuse(&reader, error.position, "%s", error.message);
		return -EINVAL;
	}
	read_root(&reader, root);
	for (size_t i = 0; i < reader.axis_count; i++) {
		for (size_t j = 0; j < reader.axes[i].entry->value->as.table.count; j++)
			settings_free(&reader.axes[i].values[j]);
		free(reader.axes[i].values);
	}
	settings_free(&reader.every);
	toml_free(root);
	return errors->count == 0 ? 0 : -EINVAL;
}

int matrix_read(struct matrix *matrix, const char *path, struct strv *errors)
{
	int fd = input_file_open(path, O_RDONLY), result = -EINVAL;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0) {
		strv_addf(errors, "%s: %s", path, input_file_error(fd < 0 ? fd : errno));
	} else if (status.st_size > FILE_MAX_BYTES) {
		strv_addf(errors, "%s: larger than 1 MiB", path);
	} else {
		char *text = malloc((size_t)status.st_size + 1);
		if (text == NULL)
			die_out_of_memory();
		ssize_t size = read(fd, text, (size_t)status.st_size);
		if (size != status.st_size)
			strv_addf(errors, "%s: it cannot be read", path);
		else
			result = matrix_parse(matrix, path, text, (size_t)size, errors);
		free(text);
	}
	if (fd >= 0)
		close(fd);
	return result;
}

void matrix_free(struct matrix *matrix)
{
	for (size_t i = 0; i < matrix->count; i++) {
		free(matrix->runs[i].name);
		free(matrix->runs[i].binary);
		strv_free(&matrix->runs[i].words);
	}
	free(matrix->runs);
	free(matrix->name);
	*matrix = (struct matrix){0};
}

const struct matrix_run *matrix_find(const struct matrix *matrix, const char *text)
{
	char *end;

	errno = 0;
	unsigned long number = strtoul(text, &end, 10);
	if (*text >= '1' && *text <= '9' && *end == '\0' && errno == 0 && number <= matrix->count)
		return &matrix->runs[number - 1];
	return find_name(matrix, text);
}
