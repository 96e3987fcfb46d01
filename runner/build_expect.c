/* SPDX-License-Identifier: Apache-2.0 */
/* build_expect.c: writes into a configuration what the images that its VMs start must be.
 *
 *   1. The configuration is checked as it stands: every message has its own line and column.
 *   2. For each VM whose app is an image of the build, the keys are put before its 'app': as lines
 *      of their own where the key begins a line, else, in an inline table, as pairs.
 *   3. The result is read again as a configuration; it must say what was meant. */
#include "build_expect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_file.h"
#include "config_read.h"
#include "message.h"

/* FOLDER of PLACE, its slash included, is how many bytes of it. */
static size_t folder_size(const char *place)
{
	const char *slash = strrchr(place, '/');

	return slash == NULL ? 0 : (size_t)(slash - place) + 1;
}

/* Whether APP, in a configuration at PLACE, means the image at IMAGE. */
static bool means(const char *app, const char *place, bool in_image, const char *image)
{
	static const char *const roots[] = {"/", "/app/", "/opt/opensut/app/"};
	size_t folder = folder_size(place);

	for (size_t i = 0; in_image && i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strncmp(app, roots[i], strlen(roots[i])) == 0 &&
		    strcmp(app + strlen(roots[i]), image) == 0)
			return true;
	if (strncmp(app, "./", 2) == 0)
		app += 2;
	return strncmp(place, image, folder) == 0 && strcmp(app, image + folder) == 0;
}

/* What a VM is to say, in words of TOML, each followed by END. TOML's basic strings want \ and "
 * escaped; control characters are not in a path that config_read_string let through unless the
 * file has them escaped, and are escaped again. */
static void write_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			fprintf(out, "\\u%04x", (unsigned char)*text);
		else
			putc(*text, out);
	putc('"', out);
}

static void write_words(FILE *out, const struct build_expectation *expected, const char *app,
			const char *end)
{
	if (expected->root_hash != NULL)
		fprintf(out, "app_root_hash = \"%s\"%s", expected->root_hash, end);
	if (expected->sha256 != NULL)
		fprintf(out, "app_sha256 = \"%s\"%s", expected->sha256, end);
	if (expected->name == NULL)
		return;
	char *key;
	if (asprintf(&key, "%s" BUILD_KEY_SUFFIX, app) < 0)
		die_out_of_memory();
	fputs("app_key = ", out);
	write_string(out, key);
	free(key);
	fprintf(out, "%sapp_name = \"%s\"%s", end, expected->name, end);
	if (expected->version > 0)
		fprintf(out, "app_min_version = %u%s", expected->version, end);
}

/* Where POSITION is in TEXT. The columns count characters, of which UTF-8 has one leading byte. */
static size_t offset_of(const char *text, size_t size, struct toml_position position)
{
	size_t at = 0;

	for (unsigned line = 1; line < position.line && at < size; at++)
		line += text[at] == '\n';
	for (unsigned column = 1; column < position.column && at < size; column++)
		do
			at++;
		while (at < size && ((unsigned char)text[at] & 0xc0) == 0x80);
	return at;
}

/* Where the line that AT is in begins, if nothing but blanks is before AT; else AT itself. */
static size_t line_begin(const char *text, size_t at)
{
	size_t begin = at;

	while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t'))
		begin--;
	return begin == 0 || text[begin - 1] == '\n' ? begin : at;
}

static const struct toml_entry *find_entry(const struct toml_value *table, const char *key)
{
	for (size_t i = 0; i < table->as.table.count; i++)
		if (strcmp(table->as.table.entries[i].key, key) == 0)
			return &table->as.table.entries[i];
	return NULL;
}

static struct build_expectation *find_expectation(const char *app, const char *place, bool in_image,
						  struct build_expectation *expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (means(app, place, in_image, expected[i].place))
			return &expected[i];
	return NULL;
}

/* What the build writes is not to be there: which of the two should hold? */
static bool refuse_written(struct config_reader *reader, const struct toml_value *vm)
{
	static const char *const written[] = {"app_root_hash", "app_sha256", "app_key", "app_name",
					      "app_min_version"};
	bool refused = false;

	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		const struct toml_entry *entry = find_entry(vm, written[i]);
		if (entry == NULL)
			continue;
		config_read_error(reader, entry->position,
				  "'%s' in vm process: the build writes it; leave it out",
				  written[i]);
		refused = true;
	}
	return refused;
}

/* The pairs of step 2, in the order of the text. */
struct change {
	size_t at;
	const char *app;
	const struct build_expectation *expected;
};

static void apply(FILE *out, const char *text, size_t size, const struct change *changes,
		  size_t count)
{
	size_t done = 0;

	for (size_t i = 0; i < count; i++) {
		size_t begin = line_begin(text, changes[i].at);
		bool own_line = begin != changes[i].at || begin == 0 || text[begin - 1] == '\n';
		fwrite(text + done, 1, begin - done, out);
		write_words(out, changes[i].expected, changes[i].app, own_line ? "\n" : ", ");
		done = begin;
	}
	fwrite(text + done, 1, size - done, out);
}

/* Returns how many changes there are. */
static size_t plan(struct config_reader *reader, const struct toml_value *root, const char *text,
		   size_t size, const char *place, bool in_image,
		   struct build_expectation *expected, size_t count, struct change *changes)
{
	const struct toml_value *processes = toml_get(root, "process");
	size_t changed = 0;

	for (size_t i = 0; i < processes->as.array.count; i++) {
		const struct toml_value *vm = processes->as.array.items[i];
		const struct toml_entry *app = find_entry(vm, "app");
		struct build_expectation *found =
		    app == NULL ? NULL
				: find_expectation(app->value->as.string.bytes, place, in_image,
						   expected, count);
		if (found == NULL || refuse_written(reader, vm))
			continue;
		found->used = true;
		changes[changed++] = (struct change){offset_of(text, size, app->position),
						     app->value->as.string.bytes, found};
	}
	return changed;
}

/* Step 3. */
static bool says(const struct config *config, const struct build_expectation *expected)
{
	for (size_t i = 0; i < config->process_count; i++) {
		const struct config_vm *vm = &config->processes[i].vm;
		const char *hash = expected->root_hash != NULL ? vm->app_root_hash : vm->app_sha256;
		const char *wanted =
		    expected->root_hash != NULL ? expected->root_hash : expected->sha256;
		if (vm->app == NULL || (wanted != NULL && (hash == NULL || strcmp(hash, wanted))))
			continue;
		if (expected->name == NULL ||
		    (vm->app_name != NULL && strcmp(vm->app_name, expected->name) == 0 &&
		     vm->app_min_version == expected->version))
			return true;
	}
	return false;
}

static int check_result(const char *path, const char *text, size_t size,
			const struct change *changes, size_t count, struct config_errors *errors)
{
	struct config *config = NULL;
	int error = config_parse(path, text, size, config_host_arch(), &config, errors);

	for (size_t i = 0; error == 0 && i < count; i++)
		if (!says(config, changes[i].expected)) {
			strv_addf(&errors->messages,
				  "%s: the hash of '%s' cannot be written into this file; give "
				  "the vm process a [[process]] table",
				  path, changes[i].app);
			error = -EINVAL;
		}
	config_free(config);
	return error;
}

int build_expect_write(const char *path, const char *text, size_t size, const char *place,
		       bool in_image, struct build_expectation *expected, size_t count,
		       char **result, size_t *result_size, struct config_errors *errors)
{
	struct config *config = NULL;
	struct config_reader reader;

	if (config_parse(path, text, size, config_host_arch(), &config, errors) != 0)
		return -EINVAL;
	struct toml_value *root = config_read_begin(&reader, path, text, size);
	struct change *changes =
	    config_read_alloc(&reader, config->process_count, sizeof(*changes));
	size_t changed = plan(&reader, root, text, size, place, in_image, expected, count, changes);
	FILE *out = open_memstream(result, result_size);
	if (out == NULL)
		die_out_of_memory();
	apply(out, text, size, changes, changed);
	if (fclose(out) != 0)
		die_out_of_memory();
	int error = config_read_finish(&reader, errors) > 0
			? -EINVAL
			: check_result(path, *result, *result_size, changes, changed, errors);
	if (error != 0) {
		free(*result);
		*result = NULL;
	}
	toml_free(root);
	config_free(reader.config);
	config_free(config);
	return error;
}
