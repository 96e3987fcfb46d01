/* SPDX-License-Identifier: Apache-2.0 */
/* build_file.c: a build.toml: its variables, its images, its configurations, and their order.
 *
 *   1. [vars], with what the command line says in their place. All later text may name them.
 *   2. [[image]] and [[config]], by tables of keys as in config.c.
 *   3. Names are unique, images inside images exist, and none is inside of itself. */
#include "build_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../init/manifest.h"
#include "config_read.h"

#define VERSION_MAX UINT32_MAX

/* The reader that all setters get, with what only build.toml has around it. */
struct build_reader {
	struct config_reader base;
	struct build *build;
	const struct toml_value *vars; /* NULL: none */
	const struct strv *given;
	bool *known; /* for each of them, whether [vars] has it */
};

static struct build_reader *around(struct config_reader *reader)
{
	return (struct build_reader *)(void *)reader;
}

static char *label_of(struct config_reader *reader, struct toml_position position)
{
	return config_read_format(reader, "%s:%u:%u", reader->config->path, position.line,
				  position.column);
}

/* --- [vars] ---------------------------------------------------------------------------------- */

/* The value of the variable whose name has SIZE bytes at NAME, or NULL. */
static const char *variable(const struct build_reader *reader, const char *name, size_t size)
{
	for (size_t i = reader->given->count; i-- > 0;) /* the last one given holds */
		if (strcspn(reader->given->items[i], "=") == size &&
		    memcmp(reader->given->items[i], name, size) == 0)
			return reader->given->items[i] + size + 1;
	for (size_t i = 0; reader->vars != NULL && i < reader->vars->as.table.count; i++) {
		const struct toml_entry *entry = &reader->vars->as.table.entries[i];
		if (entry->key_size == size && memcmp(entry->key, name, size) == 0)
			return entry->value->as.string.bytes;
	}
	return NULL;
}

static bool is_variable_name(const char *name, size_t size)
{
	static const char accepted[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_-";

	return size > 0 && strspn(name, accepted) >= size;
}

static void read_vars(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, void *field)
{
	(void)field;
	if (value->type != TOML_TABLE) {
		config_read_refuse(reader, place, value, "a table of strings");
		return;
	}
	for (size_t i = 0; i < value->as.table.count; i++) {
		const struct toml_entry *entry = &value->as.table.entries[i];
		const struct config_key key = {.name = entry->key};
		const struct config_place at = {"[vars]", &key};
		char *text;
		if (strlen(entry->key) != entry->key_size ||
		    !is_variable_name(entry->key, entry->key_size))
			config_read_error(reader, entry->position,
					  "'%.60s' in [vars] is no name of a variable; accepted "
					  "are letters, digits, _ and -",
					  entry->key);
		else
			config_read_text(reader, &at, entry->value, &text);
	}
}

static void mark_known(struct build_reader *reader)
{
	for (size_t i = 0; i < reader->given->count; i++) {
		const char *word = reader->given->items[i];
		size_t size = strcspn(word, "="), at = 0;
		while (reader->vars != NULL && at < reader->vars->as.table.count &&
		       (reader->vars->as.table.entries[at].key_size != size ||
			memcmp(reader->vars->as.table.entries[at].key, word, size) != 0))
			at++;
		if (reader->vars != NULL && at < reader->vars->as.table.count)
			reader->known[i] = true;
	}
}

/* TEXT with every ${NAME} replaced, or NULL after an error at POSITION. A $ before anything else
 * stands for itself. */
static char *expand(struct config_reader *reader, struct toml_position position, const char *text)
{
	char *result = config_read_format(reader, "%s", "");

	for (;;) {
		size_t plain = 0;
		while (text[plain] != '\0' && strncmp(text + plain, "${", 2) != 0)
			plain++;
		if (text[plain] == '\0')
			return config_read_format(reader, "%s%s", result, text);
		const char *name = text + plain + 2;
		size_t size = strcspn(name, "}");
		const char *found = name[size] == '}' ? variable(around(reader), name, size) : NULL;
		if (found == NULL) {
			config_read_error(reader, position,
					  name[size] == '}'
					      ? "'${%.*s}': there is no such variable in [vars]"
					      : "'${%.*s': no '}' follows",
					  size > 60 ? 60 : (int)size, name);
			return NULL;
		}
		result = config_read_format(reader, "%s%.*s%s", result, (int)plain, text, found);
		text = name + size + 1;
	}
}

/* --- What goes into an image ----------------------------------------------------------------- */

enum item_kind { ITEM_FILE, ITEM_DIR, ITEM_PROGRAM, ITEM_CONFIG, ITEM_IMAGE };

/* Where SOURCE goes when nothing is said. An image's name becomes that of its file later. */
static char *default_destination(struct config_reader *reader, enum item_kind kind,
				 const char *source)
{
	if (kind == ITEM_CONFIG)
		return config_read_format(reader, "%s", "runner.toml");
	if (kind == ITEM_IMAGE)
		return NULL;
	if (kind == ITEM_PROGRAM)
		return config_read_format(reader, "%s", source + (*source == '/'));
	char *last = image_plan_last_component(source);
	char *copy = config_read_format(reader, "%s", last);
	free(last);
	return copy;
}

/* "SRC" or "SRC=DEST"; the first = separates. Returns false after an error. */
static bool read_item(struct config_reader *reader, const struct config_place *place,
		      const struct toml_value *value, struct build_item *item)
{
	const enum item_kind kind = *(const enum item_kind *)place->key->detail;
	char *text = NULL;

	config_read_string(reader, place, value, &text);
	text = text == NULL ? NULL : expand(reader, value->position, text);
	if (text == NULL)
		return false;
	char *equals = strchr(text, '=');
	if (equals != NULL)
		*equals = '\0';
	if (*text == '\0' || (kind == ITEM_PROGRAM && *text != '/')) {
		config_read_error(reader, value->position, "'%s' in %s has %s", place->key->name,
				  place->table,
				  *text == '\0' ? "an empty source; accepted is SRC or SRC=DEST"
						: "a relative path; accepted is an absolute one, "
						  "as the program's system has it");
		return false;
	}
	item->destination = equals != NULL ? config_read_format(reader, "%s", equals + 1)
					   : default_destination(reader, kind, text);
	item->source =
	    kind == ITEM_PROGRAM || kind == ITEM_IMAGE ? text : config_read_resolve(reader, text);
	item->label = label_of(reader, value->position);
	const char *refusal = item->destination == NULL
				  ? NULL
				  : image_plan_refusal(item->destination, kind == ITEM_DIR);
	if (refusal != NULL)
		config_read_error(reader, value->position,
				  "the destination '%.60s' in %s %s; accepted is a path relative "
				  "to the image's root, without '..'",
				  item->destination, place->key->name, refusal);
	return refusal == NULL;
}

/* A folder with nothing in it. Returns false after an error. */
static bool read_folder(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, struct build_item *item)
{
	const char *refusal = NULL;

	config_read_string(reader, place, value, &item->destination);
	if (item->destination != NULL)
		refusal = image_plan_refusal(item->destination, false);
	if (refusal != NULL)
		config_read_error(reader, value->position,
				  "the folder '%.60s' in %s %s; accepted is a path relative to "
				  "the image's root, without '..'",
				  item->destination, place->key->name, refusal);
	return item->destination != NULL && refusal == NULL;
}

typedef bool item_reader(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, struct build_item *item);

static void read_array(struct config_reader *reader, const struct config_place *place,
		       const struct toml_value *value, struct build_items *items,
		       item_reader *read_one)
{
	if (value->type != TOML_ARRAY) {
		config_read_refuse(reader, place, value, "an array of strings");
		return;
	}
	items->items = config_read_alloc(reader, value->as.array.count, sizeof(*items->items));
	for (size_t i = 0; i < value->as.array.count; i++)
		if (read_one(reader, place, value->as.array.items[i], &items->items[items->count]))
			items->count++;
}

static void read_items(struct config_reader *reader, const struct config_place *place,
		       const struct toml_value *value, void *field)
{
	read_array(reader, place, value, field, read_item);
}

static void read_empty(struct config_reader *reader, const struct config_place *place,
		       const struct toml_value *value, void *field)
{
	read_array(reader, place, value, field, read_folder);
}

/* A path of the base system. */
static void read_source(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	char *text = NULL;

	config_read_string(reader, place, value, &text);
	text = text == NULL ? NULL : expand(reader, value->position, text);
	if (text != NULL && *text == '\0')
		config_read_refuse(reader, place, value, "a path");
	else if (text != NULL)
		*(char **)field = config_read_resolve(reader, text);
}

/* Where nothing is as well as nothing said, for what a variable may leave out. */
static void read_sysroot(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, void *field)
{
	char *text = NULL;

	config_read_text(reader, place, value, &text);
	text = text == NULL ? NULL : expand(reader, value->position, text);
	if (text != NULL && *text != '\0')
		*(char **)field = config_read_resolve(reader, text);
}

/* A product: a file's name in the folder of the products. */
static void read_output(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	char *text = NULL;

	config_read_string(reader, place, value, &text);
	if (text == NULL)
		return;
	if (strchr(text, '/') != NULL || text[0] == '.' || text[0] == '-' || strlen(text) > 200)
		config_read_refuse(reader, place, value,
				   "a file's name of up to 200 bytes, without a folder, not begun "
				   "with . or -");
	else
		*(char **)field = text;
}

/* The same that a manifest can carry. */
static void read_image_name(struct config_reader *reader, const struct config_place *place,
			    const struct toml_value *value, void *field)
{
	if (value->type != TOML_STRING || !manifest_name_is_valid(value->as.string.bytes) ||
	    strchr(".-", value->as.string.bytes[0]) != NULL)
		config_read_refuse(reader, place, value,
				   "a string of 1 to 63 letters, digits and _.-, not begun with . "
				   "or -");
	else
		*(char **)field = config_read_format(reader, "%s", value->as.string.bytes);
}

/* --- [[image]], [[config]] ------------------------------------------------------------------- */

/* In the order of enum image_format. */
static const char *const format_names[] = {"squashfs", "erofs", "cpio", NULL};
static const struct config_range version_range = {0, VERSION_MAX};
static const enum item_kind files = ITEM_FILE, dirs = ITEM_DIR, programs = ITEM_PROGRAM,
			    configs = ITEM_CONFIG, images = ITEM_IMAGE;

#define IMAGE(FIELD) offsetof(struct build_image, FIELD)
static const struct config_key image_keys[] = {
    {"name", read_image_name, IMAGE(name), NULL, KEY_REQUIRED},
    {"recipe", read_source, IMAGE(recipe), NULL, KEY_OPTIONAL},
    {"output", read_output, IMAGE(output), NULL, KEY_OPTIONAL},
    {"files", read_items, IMAGE(files), &files, KEY_OPTIONAL},
    {"dirs", read_items, IMAGE(dirs), &dirs, KEY_OPTIONAL},
    {"programs", read_items, IMAGE(programs), &programs, KEY_OPTIONAL},
    {"empty", read_empty, IMAGE(empty), NULL, KEY_OPTIONAL},
    {"sysroot", read_sysroot, IMAGE(sysroot), NULL, KEY_OPTIONAL},
    {"configs", read_items, IMAGE(configs), &configs, KEY_OPTIONAL},
    {"images", read_items, IMAGE(images), &images, KEY_OPTIONAL},
    {"format", config_read_enum, IMAGE(format), format_names, KEY_OPTIONAL},
    {"verity", config_read_bool, IMAGE(verity), NULL, KEY_OPTIONAL},
    {"key", read_source, IMAGE(key), NULL, KEY_OPTIONAL},
    {"version", config_read_number, IMAGE(version), &version_range, KEY_OPTIONAL},
    {"pin", config_read_bool, IMAGE(pin), NULL, KEY_OPTIONAL},
};
static const struct config_table image_table = CONFIG_TABLE("image", image_keys);

#define CONFIG(FIELD) offsetof(struct build_config, FIELD)
static const struct config_key config_keys[] = {
    {"source", read_source, CONFIG(source), NULL, KEY_REQUIRED},
    {"output", read_output, CONFIG(output), NULL, KEY_REQUIRED},
};
static const struct config_table config_table = CONFIG_TABLE("config", config_keys);

static void check_image(struct config_reader *reader, const struct toml_value *value,
			struct build_image *image)
{
	static const char *const need_key[] = {"version", "pin"};
	static const char *const contents[] = {"files",  "dirs",  "programs", "configs",
					       "images", "empty", "recipe"};
	const size_t content_count = sizeof(contents) / sizeof(contents[0]);

	if (value->type != TOML_TABLE)
		return;
	for (size_t i = 0; image->key == NULL && i < 2; i++)
		if (toml_get(value, need_key[i]) != NULL)
			config_read_error(reader, toml_get(value, need_key[i])->position,
					  "'%s' in image without 'key'", need_key[i]);
	if (image->key != NULL && !image->verity)
		config_read_error(reader, toml_get(value, "verity")->position,
				  "'verity' in image is false; accepted beside 'key' is true");
	image->format_given = toml_get(value, "format") != NULL;
	image->verity_given = image->verity && toml_get(value, "verity") != NULL;
	size_t given = 0;
	while (given < content_count && toml_get(value, contents[given]) == NULL)
		given++;
	if (given == content_count)
		config_read_error(reader, value->position,
				  "nothing to put into the image; give 'files', 'dirs', "
				  "'programs', 'configs', 'images', 'empty' or 'recipe'");
	if (image->output == NULL && image->name != NULL)
		image->output = config_read_format(reader, "%s.img", image->name);
}

static void read_images(struct config_reader *reader, const struct config_place *place,
			const struct toml_value *value, void *field)
{
	struct build *build = around(reader)->build;

	(void)field;
	if (value->type != TOML_ARRAY || value->as.array.count == 0) {
		config_read_refuse(reader, place, value, "at least one [[image]]");
		return;
	}
	build->images = config_read_alloc(reader, value->as.array.count, sizeof(*build->images));
	for (size_t i = 0; i < value->as.array.count; i++) {
		const struct toml_value *item = value->as.array.items[i];
		struct build_image *image = &build->images[build->image_count++];
		*image = (struct build_image){
		    .verity = true, .pin = true, .label = label_of(reader, item->position)};
		config_read_table(reader, &image_table, item, image);
		check_image(reader, item, image);
	}
}

static void read_configs(struct config_reader *reader, const struct config_place *place,
			 const struct toml_value *value, void *field)
{
	struct build *build = around(reader)->build;

	(void)field;
	if (value->type != TOML_ARRAY) {
		config_read_refuse(reader, place, value, "[[config]]");
		return;
	}
	build->configs = config_read_alloc(reader, value->as.array.count, sizeof(*build->configs));
	for (size_t i = 0; i < value->as.array.count; i++) {
		const struct toml_value *item = value->as.array.items[i];
		struct build_config *config = &build->configs[build->config_count++];
		config->label = label_of(reader, item->position);
		config_read_table(reader, &config_table, item, config);
	}
}

/* --- The root, and what depends on several of its parts -------------------------------------- */

static const struct config_key root_keys[] = {
    {"vars", read_vars, 0, NULL, KEY_OPTIONAL},
    {"image", read_images, 0, NULL, KEY_REQUIRED},
    {"config", read_configs, 0, NULL, KEY_OPTIONAL},
};
static const struct config_table root_table = CONFIG_TABLE("the build", root_keys);

static bool same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The Ith product that is not the key of another, or NULL when it has none after an error. */
static const char *product(const struct build *build, size_t i)
{
	return i < build->image_count ? build->images[i].output
				      : build->configs[i - build->image_count].output;
}

static void check_products(struct config_reader *reader, const struct toml_value *root)
{
	const struct build *build = around(reader)->build;
	size_t count = build->image_count + build->config_count;

	for (size_t i = 0; i < count; i++) {
		bool is_image = i < build->image_count;
		const struct toml_value *list = toml_get(root, is_image ? "image" : "config");
		struct toml_position position =
		    list->as.array.items[is_image ? i : i - build->image_count]->position;
		for (size_t j = 0; j < i; j++) {
			char *key = j < build->image_count && build->images[j].key != NULL
					? config_read_format(reader, "%s" BUILD_KEY_SUFFIX,
							     build->images[j].output)
					: NULL;
			if (is_image && same(build->images[i].name, build->images[j].name))
				config_read_error(reader, position,
						  "image '%s' is there twice; names are unique",
						  build->images[i].name);
			else if (same(product(build, i), product(build, j)) ||
				 same(product(build, i), key))
				config_read_error(reader, position,
						  "the output '%s' is there twice",
						  product(build, i));
		}
	}
}

static void find_inner(struct config_reader *reader, const struct toml_value *root)
{
	struct build *build = around(reader)->build;
	const struct toml_value *list = toml_get(root, "image");

	for (size_t i = 0; i < build->image_count; i++)
		for (size_t j = 0; j < build->images[i].images.count; j++) {
			struct build_item *item = &build->images[i].images.items[j];
			size_t found = 0;
			while (found < build->image_count &&
			       !same(build->images[found].name, item->source))
				found++;
			item->image = found;
			if (found == build->image_count)
				config_read_error(
				    reader, toml_get(list->as.array.items[i], "images")->position,
				    "'images' in image names '%.60s'; there is no image of that "
				    "name",
				    item->source);
			else if (item->destination == NULL)
				item->destination = build->images[found].output;
		}
}

/* Put into the order, on paper, whatever has all that goes into it there already, in the order of
 * the file, until no more can be. What is left is inside of itself. */
static void find_order(struct config_reader *reader, const struct toml_value *root)
{
	struct build *build = around(reader)->build;
	bool *made = config_read_alloc(reader, build->image_count, sizeof(*made));
	size_t count = 0, before;

	build->order = config_read_alloc(reader, build->image_count, sizeof(*build->order));
	do {
		before = count;
		for (size_t i = 0; i < build->image_count; i++) {
			const struct build_items *inner = &build->images[i].images;
			size_t ready = 0;
			while (ready < inner->count && made[inner->items[ready].image])
				ready++;
			if (made[i] || ready < inner->count)
				continue;
			made[i] = true;
			build->order[count++] = i;
		}
	} while (count > before);
	for (size_t i = 0; i < build->image_count; i++)
		if (!made[i])
			config_read_error(
			    reader, toml_get(root, "image")->as.array.items[i]->position,
			    "image '%s' can never be made: 'images' leads in a circle",
			    build->images[i].name);
}

static void read_root(struct build_reader *reader, const struct toml_value *root)
{
	reader->vars = toml_get(root, "vars");
	if (reader->vars != NULL) {
		read_vars(&reader->base, &(struct config_place){"the build", &root_keys[0]},
			  reader->vars, NULL);
		if (reader->base.finding_count > 0)
			return; /* every use of them would be an error too */
	}
	mark_known(reader);
	config_read_table(&reader->base, &root_table, root, reader->build);
	if (reader->base.finding_count > 0)
		return;
	check_products(&reader->base, root);
	find_inner(&reader->base, root);
	if (reader->base.finding_count == 0)
		find_order(&reader->base, root);
}

int build_file_parse(const char *path, const char *text, size_t size, const struct strv *variables,
		     bool *known, struct build *build, struct config_errors *errors)
{
	struct build_reader reader = {.build = build, .given = variables, .known = known};

	*build = (struct build){0};
	struct toml_value *root = config_read_begin(&reader.base, path, text, size);
	build->memory = reader.base.config;
	if (root != NULL)
		read_root(&reader, root);
	toml_free(root);
	if (config_read_finish(&reader.base, errors) == 0)
		return 0;
	build_file_free(build);
	return -EINVAL;
}

void build_file_free(struct build *build)
{
	for (struct build *recipe = build->recipes; recipe != NULL && recipe->memory != NULL;
	     recipe++)
		config_free(recipe->memory);
	free(build->recipes);
	config_free(build->memory);
	*build = (struct build){0};
}
