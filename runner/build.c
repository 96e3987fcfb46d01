/* SPDX-License-Identifier: Apache-2.0 */
/* build.c: carries out a build.toml.
 *
 *   1. No product may take the place of a file that it is made from, and the configurations are
 *      right and start the images that are beside them.
 *   2. Image by image, the innermost first: its files, its inner images with their public keys, and
 *      its configurations, in which the inner images' hashes have been written.
 *   3. The public keys beside the images, and last the configurations for the base system. */
#include "build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "build_expect.h"
#include "config_read.h"
#include "image_program.h"
#include "image_source.h"
#include "input_file.h"
#include "interrupt.h"
#include "message.h"
#include "output_file.h"
#include "public_key.h"
#include "sha256.h"
#include "text.h"

/* What an image that has been made is known by. */
struct made {
	char *path;
	char sha256[65], root_hash[65];
	char public_key[PUBLIC_KEY_PEM_SIZE]; /* "" when it is not signed */
};

struct work {
	const struct build *build;
	const struct build_setting *setting;
	struct made *made; /* for each image of the build */
};

static char *product_path(const struct work *work, const char *output)
{
	return text_format("%s/%s", work->setting->folder, output);
}

/* --- Sources that a product would replace ---------------------------------------------------- */

struct file_id {
	dev_t device;
	ino_t inode;
};

static bool is_file(const char *path, const struct file_id *id)
{
	struct stat status;

	return stat(path, &status) == 0 && status.st_dev == id->device &&
	       status.st_ino == id->inode;
}

static const char *find_source(const struct build *build, const struct file_id *id)
{
	if (is_file(build->memory->path, id))
		return build->memory->path;
	for (size_t i = 0; i < build->config_count; i++)
		if (is_file(build->configs[i].source, id))
			return build->configs[i].source;
	for (size_t i = 0; i < build->image_count; i++) {
		const struct build_image *image = &build->images[i];
		const struct build_items *lists[] = {&image->files, &image->configs};
		if (image->key != NULL && is_file(image->key, id))
			return image->key;
		if (image->recipe != NULL && is_file(image->recipe, id))
			return image->recipe;
		for (size_t j = 0; j < 2; j++)
			for (size_t k = 0; k < lists[j]->count; k++)
				if (is_file(lists[j]->items[k].source, id))
					return lists[j]->items[k].source;
	}
	return NULL;
}

static int refuse_product(const struct work *work, const char *label, const char *output)
{
	char *path = product_path(work, output);
	const char *source = NULL;
	struct stat status;

	if (stat(path, &status) == 0)
		source = find_source(work->build, &(struct file_id){status.st_dev, status.st_ino});
	if (source != NULL)
		say_error("%s: the output %s would replace %s, from which it is built; give "
			  "another folder by -o",
			  label, path, source);
	free(path);
	return source == NULL ? 0 : -EINVAL;
}

static int check_products(const struct work *work)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < work->build->image_count; i++) {
		const struct build_image *image = &work->build->images[i];
		error = refuse_product(work, image->label, image->output);
		if (error == 0 && image->key != NULL) {
			char *key = text_format("%s" BUILD_KEY_SUFFIX, image->output);
			error = refuse_product(work, image->label, key);
			free(key);
		}
	}
	for (size_t i = 0; error == 0 && i < work->build->config_count; i++)
		error = refuse_product(work, work->build->configs[i].label,
				       work->build->configs[i].output);
	return error;
}

/* --- Configurations -------------------------------------------------------------------------- */

static void expect(const struct work *work, size_t image, const char *place,
		   struct build_expectation *expected)
{
	const struct build_image *inner = &work->build->images[image];
	bool pinned = inner->key == NULL || inner->pin;

	*expected = (struct build_expectation){
	    .place = place,
	    .root_hash = inner->verity && pinned ? work->made[image].root_hash : NULL,
	    .sha256 = inner->verity ? NULL : work->made[image].sha256,
	    .name = inner->key != NULL ? inner->name : NULL,
	    .version = inner->version,
	};
}

/* The file SOURCE with what is EXPECTED written into it, malloced in *TEXT. */
static int write_expected(const char *label, const char *source, const char *place, bool in_image,
			  struct build_expectation *expected, size_t count, char **text,
			  size_t *size)
{
	struct config_errors errors = {0};
	size_t source_size;
	char *bytes = config_read_file(source, &source_size);
	int error = bytes == NULL ? -errno : 0;

	if (error < 0) {
		say_error("%s: %s: %s", label, source, input_file_error(error));
		return error;
	}
	error = build_expect_write(source, bytes, source_size, place, in_image, expected, count,
				   text, size, &errors);
	for (size_t i = 0; i < errors.messages.count; i++)
		say_error("%s", errors.messages.items[i]);
	config_errors_free(&errors);
	free(bytes);
	return error;
}

/* The configurations of IMAGE, into PLAN; NULL: only see whether they are right. */
static int put_configs(const struct work *work, const struct build_image *image,
		       struct image_plan *plan)
{
	size_t count = image->images.count;
	struct build_expectation *expected = calloc(count + 1, sizeof(*expected));
	int error = 0;

	if (expected == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < count; i++)
		expect(work, image->images.items[i].image, image->images.items[i].destination,
		       &expected[i]);
	for (size_t i = 0; error == 0 && i < image->configs.count; i++) {
		const struct build_item *item = &image->configs.items[i];
		char *text = NULL;
		size_t size;
		error = write_expected(item->label, item->source, item->destination, true, expected,
				       count, &text, &size);
		if (error == 0 && plan != NULL)
			error =
			    image_plan_put_bytes(plan, item->label, text, size, item->destination);
		free(text);
	}
	for (size_t i = 0; error == 0 && i < count; i++)
		if (!expected[i].used) {
			say_error("%s: no configuration of image '%s' has a VM with the app '%s'; "
				  "its hash would be written nowhere",
				  image->images.items[i].label, image->name, expected[i].place);
			error = -EINVAL;
		}
	free(expected);
	return error;
}

/* A configuration for the base system, malloced in *TEXT. */
static int make_config(const struct work *work, const struct build_config *config, char **text,
		       size_t *size)
{
	size_t count = work->build->image_count, used = 0;
	struct build_expectation *expected = calloc(count + 1, sizeof(*expected));

	if (expected == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < count; i++)
		expect(work, i, work->build->images[i].output, &expected[i]);
	int error = write_expected(config->label, config->source, config->output, false, expected,
				   count, text, size);
	while (error == 0 && used < count && !expected[used].used)
		used++;
	if (error == 0 && used == count) {
		say_error("%s: no VM of %s has an image of this build as its app", config->label,
			  config->source);
		error = -EINVAL;
	}
	free(expected);
	return error;
}

/* Before anything is made, with hashes that are not known yet. */
static int check_configs(const struct work *work)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < work->build->image_count; i++)
		error = put_configs(work, &work->build->images[i], NULL);
	for (size_t i = 0; error == 0 && i < work->build->config_count; i++) {
		char *text = NULL;
		size_t size;
		error = make_config(work, &work->build->configs[i], &text, &size);
		free(text);
	}
	return error;
}

/* --- Images ---------------------------------------------------------------------------------- */

static int plan_files(struct image_plan *plan, const struct build_image *image)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < image->dirs.count; i++)
		error =
		    image_plan_put(plan, image->dirs.items[i].label, true,
				   image->dirs.items[i].source, image->dirs.items[i].destination);
	for (size_t i = 0; error == 0 && i < image->files.count; i++)
		error =
		    image_plan_put(plan, image->files.items[i].label, false,
				   image->files.items[i].source, image->files.items[i].destination);
	for (size_t i = 0; error == 0 && i < image->programs.count; i++)
		error = image_program_put(plan, image->programs.items[i].label,
					  image->programs.items[i].source,
					  image->programs.items[i].destination, image->sysroot);
	for (size_t i = 0; error == 0 && i < image->empty.count; i++)
		image_plan_put_folder(plan, image->empty.items[i].destination);
	return error;
}

static int plan_inner(const struct work *work, struct image_plan *plan,
		      const struct build_item *item)
{
	const struct made *inner = &work->made[item->image];
	int error = image_plan_put(plan, item->label, false, inner->path, item->destination);

	if (error < 0)
		return error;
	/* The file's own mode is the umask's, on which nothing may depend. */
	plan->entries[plan->count - 1].mode = 0644;
	if (inner->public_key[0] == '\0')
		return 0;
	char *place = text_format("%s" BUILD_KEY_SUFFIX, item->destination);
	error = image_plan_put_bytes(plan, item->label, inner->public_key,
				     strlen(inner->public_key), place);
	free(place);
	return error;
}

static int plan_image(const struct work *work, const struct build_image *image,
		      struct image_plan *plan)
{
	int error = plan_files(plan, image);

	for (size_t i = 0; error == 0 && i < image->images.count; i++)
		error = plan_inner(work, plan, &image->images.items[i]);
	if (error == 0)
		error = put_configs(work, image, plan);
	return error == 0 ? image_plan_finish(plan) : error;
}

static int make_public_key(const struct build_image *image, struct made *made)
{
	uint8_t key[ED25519_KEY_BYTES];
	int error = image_sign_public_key(image->key, key);

	if (error == 0)
		public_key_to_pem(key, made->public_key);
	return error;
}

static int make_image(const struct work *work, size_t index)
{
	const struct build_image *image = &work->build->images[index];
	struct made *made = &work->made[index];
	const struct image_signing signing = {image->key, image->name, image->version};
	const struct image_options options = {
	    .output = made->path,
	    .format = image->format,
	    .time_s = work->setting->time_s,
	    .jobs = work->setting->jobs,
	    .verity = image->verity,
	    .signing = image->key != NULL ? &signing : NULL,
	};
	struct image_plan plan = {.label = image->label};
	struct image_result result = {0};
	int error = plan_image(work, image, &plan);

	if (error == 0)
		error = image_plan_refuse_output(&plan, image->label, made->path);
	if (error == 0 && image->key != NULL)
		error = make_public_key(image, made);
	if (error == 0)
		error = image_build(&plan, &options, &result);
	image_plan_free(&plan);
	if (error < 0)
		return error;
	memcpy(made->sha256, result.sha256, sizeof(made->sha256));
	if (image->verity)
		digest_hex(result.verity.root_hash, made->root_hash);
	printf("%s  %s\n", made->sha256, made->path);
	return 0;
}

/* --- Products that are no images ------------------------------------------------------------- */

static int write_product(const struct work *work, const char *output, const char *bytes,
			 size_t size)
{
	char *path = product_path(work, output);
	struct output_file file;
	uint8_t digest[SHA256_BYTES];
	char hex[DIGEST_HEX_SIZE];
	int error = output_file_open(&file, path);

	if (error < 0)
		goto out;
	error = image_source_write(file.descriptor, bytes, size);
	if (error == 0)
		error = sha256_descriptor(file.descriptor, digest, NULL);
	if (error < 0) {
		say_error("%s: %s", path, strerror(-error));
		output_file_abandon(&file);
		goto out;
	}
	error = output_file_commit(&file);
	if (error == 0) {
		digest_hex(digest, hex);
		printf("%s  %s\n", hex, path);
	}
out:
	free(path);
	return error;
}

static int write_config(const struct work *work, const struct build_config *config)
{
	char *text = NULL;
	size_t size;
	int error = make_config(work, config, &text, &size);

	if (error == 0)
		error = write_product(work, config->output, text, size);
	free(text);
	return error;
}

static int write_key(const struct work *work, size_t image)
{
	const char *pem = work->made[image].public_key;
	char *output = text_format("%s" BUILD_KEY_SUFFIX, work->build->images[image].output);
	int error = *pem == '\0' ? 0 : write_product(work, output, pem, strlen(pem));

	free(output);
	return error;
}

int build_run(const struct build *build, const struct build_setting *setting)
{
	struct work work = {build, setting, calloc(build->image_count + 1, sizeof(struct made))};
	int error;

	if (work.made == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < build->image_count; i++) {
		work.made[i].path = product_path(&work, build->images[i].output);
		digest_hex((const uint8_t[SHA256_BYTES]){0}, work.made[i].sha256);
		digest_hex((const uint8_t[SHA256_BYTES]){0}, work.made[i].root_hash);
	}
	error = check_products(&work);
	if (error == 0)
		error = check_configs(&work);
	for (size_t i = 0; error == 0 && i < build->image_count; i++)
		error = make_image(&work, build->order[i]);
	for (size_t i = 0; error == 0 && i < build->image_count; i++)
		error = write_key(&work, i);
	for (size_t i = 0; error == 0 && i < build->config_count; i++)
		error = interrupt_came() ? -EINTR : write_config(&work, &build->configs[i]);
	for (size_t i = 0; i < build->image_count; i++)
		free(work.made[i].path);
	free(work.made);
	return error;
}
