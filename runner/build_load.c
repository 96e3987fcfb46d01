/* SPDX-License-Identifier: Apache-2.0 */
/* build_load.c: a build.toml with the recipes that it names.
 *
 *   1. The file itself (build_file.c).
 *   2. The recipe of each image, a file of the same kind: what its one image lists is listed here.
 *   3. What depends on both: the format, and which variables there are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "build_file.h"
#include "config_read.h"
#include "input_file.h"
#include "message.h"

/* LABEL: where PATH is named, for a message; NULL: on the command line. */
static int load_one(const char *label, const char *path, const struct strv *variables, bool *known,
		    struct build *build, struct config_errors *errors)
{
	size_t size;
	char *bytes = config_read_file(path, &size);

	*build = (struct build){0};
	if (bytes == NULL) {
		strv_addf(&errors->messages, "%s%s%s: %s", label == NULL ? "" : label,
			  label == NULL ? "" : ": ", path, input_file_error(errno));
		return -EINVAL;
	}
	int result = build_file_parse(path, bytes, size, variables, known, build, errors);
	free(bytes);
	return result;
}

static void join(struct build *build, struct build_items *items, const struct build_items *more)
{
	struct config_reader reader = {.config = build->memory};
	struct build_item *both =
	    config_read_alloc(&reader, items->count + more->count, sizeof(*both));

	if (items->count > 0)
		memcpy(both, items->items, items->count * sizeof(*both));
	if (more->count > 0)
		memcpy(both + items->count, more->items, more->count * sizeof(*both));
	items->items = both;
	items->count += more->count;
}

static void follow_recipe(struct build *build, struct build_image *image,
			  const struct build_image *recipe)
{
	join(build, &image->files, &recipe->files);
	join(build, &image->dirs, &recipe->dirs);
	join(build, &image->programs, &recipe->programs);
	join(build, &image->configs, &recipe->configs);
	join(build, &image->empty, &recipe->empty);
	if (image->sysroot == NULL)
		image->sysroot = recipe->sysroot;
	if (!image->format_given)
		image->format = recipe->format;
}

static int load_recipes(struct build *build, const struct strv *variables, bool *known,
			struct config_errors *errors)
{
	size_t count = 0;

	build->recipes = calloc(build->image_count + 1, sizeof(*build->recipes));
	if (build->recipes == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < build->image_count; i++) {
		struct build_image *image = &build->images[i];
		struct build *recipe = &build->recipes[count];
		if (image->recipe == NULL)
			continue;
		if (load_one(image->label, image->recipe, variables, known, recipe, errors) < 0)
			return -EINVAL;
		count++;
		if (recipe->image_count != 1 || recipe->images[0].recipe != NULL) {
			strv_addf(&errors->messages, "%s: %s: %s", image->label, image->recipe,
				  recipe->image_count != 1
				      ? "a recipe has one [[image]]"
				      : "the image of a recipe has none itself");
			return -EINVAL;
		}
		follow_recipe(build, image, &recipe->images[0]);
	}
	return 0;
}

/* A cpio archive is data and nothing behind it. */
static int settle_formats(struct build *build, struct config_errors *errors)
{
	int result = 0;

	for (size_t i = 0; i < build->image_count; i++) {
		struct build_image *image = &build->images[i];
		if (image->format != IMAGE_CPIO)
			continue;
		if (image->key != NULL || image->verity_given) {
			strv_addf(&errors->messages,
				  "%s: image '%s' is a cpio archive, which has no hash tree and no "
				  "signature",
				  image->label, image->name);
			result = -EINVAL;
		}
		image->verity = false;
	}
	return result;
}

/* What the command line gives must be there to be replaced: a misspelt name changes nothing
 * unsaid. */
static int check_given(const char *path, const struct strv *variables, const bool *known,
		       struct config_errors *errors)
{
	int result = 0;

	for (size_t i = 0; i < variables->count; i++) {
		const char *word = variables->items[i];
		size_t size = strcspn(word, "=");
		if (known[i])
			continue;
		strv_addf(&errors->messages,
			  "%s:1:1: -D %.60s: there is no variable '%.*s' in [vars]", path, word,
			  size > 60 ? 60 : (int)size, word);
		result = -EINVAL;
	}
	return result;
}

int build_file_load(const char *path, const struct strv *variables, struct build *build,
		    struct config_errors *errors)
{
	bool *known = calloc(variables->count + 1, sizeof(*known));

	if (known == NULL)
		die_out_of_memory();
	int result = load_one(NULL, path, variables, known, build, errors);
	if (result == 0)
		result = load_recipes(build, variables, known, errors);
	if (result == 0)
		result = settle_formats(build, errors);
	if (result == 0)
		result = check_given(path, variables, known, errors);
	free(known);
	if (result < 0)
		build_file_free(build);
	return result;
}
