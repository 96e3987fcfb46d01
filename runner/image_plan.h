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
	void *content; /* FILE: its bytes; NULL: those of source */
	uint64_t
	    size_bytes; /* FILE: when it was looked at; a change until it is read is an error */
};

struct image_plan {
	struct image_entry *entries; /* after image_plan_finish: parents first, bytewise by name */
	size_t count, room;
	const char *label; /* stands before messages about the whole plan; NULL: nothing does */
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

/* The same with both parts given; messages begin with LABEL. */
int image_plan_put(struct image_plan *plan, const char *label, bool directory, const char *source,
		   const char *destination);

/* Plan a file of mode 0644 with SIZE BYTES, which are copied. Returns 0, or -EINVAL after saying
 * why, with LABEL. */
int image_plan_put_bytes(struct image_plan *plan, const char *label, const void *bytes, size_t size,
			 const char *destination);

/* Plan a folder of mode 0755, as parents get it, at DESTINATION, which image_plan_refusal accepts.
 */
void image_plan_put_folder(struct image_plan *plan, const char *destination);

/* The default destination, malloced: SOURCE's last component, trailing slashes aside. */
char *image_plan_last_component(const char *source);

/* An image inside a folder that goes into it would take its own predecessor in. Returns 0, or
 * -EINVAL after saying so, with LABEL. */
int image_plan_refuse_output(const struct image_plan *plan, const char *label, const char *output);

/* Add missing parents, sort, and refuse a path that is there twice or below a file. Returns 0 or
 * -EINVAL after saying why. */
int image_plan_finish(struct image_plan *plan);

/* How many bytes its files have. */
uint64_t image_plan_bytes(const struct image_plan *plan);

void image_plan_free(struct image_plan *plan);

#endif
