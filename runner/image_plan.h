/* SPDX-License-Identifier: Apache-2.0 */
/* image_plan.h: what an app image will hold: every file, folder and symbolic link with its place in
 * the image, sorted, before anything is written. The order, the modes and the names depend on
 * nothing but the input, which is what makes images reproducible. */
#ifndef PITH_RUNNER_IMAGE_PLAN_H
#define PITH_RUNNER_IMAGE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_entry_type { IMAGE_DIRECTORY, IMAGE_FILE, IMAGE_SYMLINK };

struct image_entry {
	char *path; /* in the image, "a/b"; "" is the root */
	enum image_entry_type type;
	unsigned mode; /* permission bits; 0777 for links */
	char *source;  /* on the base system; NULL: a folder that is only there as a parent */
	char *target;  /* SYMLINK: what it points to */
	uint64_t
	    size_bytes; /* FILE: when it was looked at; a change until it is read is an error */
};

struct image_plan {
	struct image_entry *entries; /* after image_plan_finish: parents first, bytewise by name */
	size_t count, room;
};

/* Why DESTINATION cannot be a place in an image, in words, or NULL when it can: relative, of
 * components that are neither empty nor "." nor "..". A lone "." means the root, which only a
 * folder can become. */
const char *image_plan_refusal(const char *destination, bool directory);

/* Plan OPTION (-f: a file, -d: a folder with all in it) with ARGUMENT "SRC" or "SRC=DEST"; DEST
 * defaults to the last component of SRC. SRC may be a symbolic link; links inside a folder stay
 * links. Set-user-id and set-group-id bits are dropped, as owners are. Devices, sockets and FIFOs
 * are refused. Returns 0; -EINVAL when the argument is wrong, or another -errno, both after saying
 * why. */
int image_plan_add(struct image_plan *plan, char option, const char *argument);

/* Add missing parents, sort, and refuse a path that is there twice or below a file. Returns 0 or
 * -EINVAL after saying why. */
int image_plan_finish(struct image_plan *plan);

/* How many bytes its files have. */
uint64_t image_plan_bytes(const struct image_plan *plan);

void image_plan_free(struct image_plan *plan);

#endif
