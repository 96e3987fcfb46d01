/* SPDX-License-Identifier: Apache-2.0 */
/* build_file.h: a build.toml (pith-build.toml(5)): TOML in, checked struct out, with the order in
 * which images inside images are made. Pure but for reading the file. */
#ifndef PITH_RUNNER_BUILD_FILE_H
#define PITH_RUNNER_BUILD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "image.h"

/* One thing that goes into an image. */
struct build_item {
	char *source;      /* a path; a program's, as its system has it; an image's name */
	char *destination; /* in the image */
	size_t image;      /* IMAGES: which one */
	char *label;       /* "FILE:LINE:COLUMN", for messages */
};

struct build_items {
	struct build_item *items;
	size_t count;
};

struct build_image {
	char *name;
	char *output; /* a file's name, without a folder */
	struct build_items files, dirs, programs, configs, images;
	struct build_items empty; /* their destinations only */
	char *recipe;             /* a build.toml whose image is the base of this one; or NULL */
	char *sysroot;            /* NULL: this system, or the recipe's */
	enum image_format format;
	bool format_given; /* else it is the recipe's */
	bool verity;       /* with a hash tree; true unless given, but for cpio */
	bool verity_given; /* as true */
	bool pin;          /* signed: the level above names the root hash too; true unless given */
	char *key;         /* private key that signs it; NULL: not signed */
	unsigned version;  /* of a signed image */
	char *label;
};

/* A configuration beside the images, for the base system. */
struct build_config {
	char *source;
	char *output;
	char *label;
};

struct build {
	struct config *memory; /* holds all of this, and the file's path */
	struct build_image *images;
	size_t image_count;
	size_t *order; /* image_count indices: what goes into an image stands before it */
	struct build_config *configs;
	size_t config_count;
	struct build *recipes; /* an array that ends with one that has no memory; or NULL */
};

/* Parse and check TEXT as the content of the file PATH. VARIABLES: "NAME=VALUE", each in place of
 * the value that [vars] has; KNOWN, as many, becomes true for those that it has. Recipes are not
 * read. All errors are collected. Returns 0, or -EINVAL with at least one message. */
int build_file_parse(const char *path, const char *text, size_t size, const struct strv *variables,
		     bool *known, struct build *build, struct config_errors *errors);

/* Read PATH and the recipes of its images, build_file_parse them, and put what a recipe lists into
 * the image that it is of. Each of VARIABLES must be one of PATH or of a recipe; a file that cannot
 * be read is one message. */
int build_file_load(const char *path, const struct strv *variables, struct build *build,
		    struct config_errors *errors);

void build_file_free(struct build *build);

/* What a public key of the image with the output OUTPUT is named, beside it. */
#define BUILD_KEY_SUFFIX ".pub"

#endif
