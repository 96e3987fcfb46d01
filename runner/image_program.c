/* SPDX-License-Identifier: Apache-2.0 */
/* image_program.c: puts a program into an app image together with its loader and shared libraries.
 */
#include "image_program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libraries.h"
#include "message.h"

static bool is_planned(const struct image_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->entries[i].path, path) == 0)
			return true;
	return false;
}

/* TARGET is absolute, as the guest has it. */
static int add_file(struct image_plan *plan, const char *source, const char *target)
{
	char *both = NULL;

	if (strchr(source, '=') != NULL) {
		say_error("-p: %s: a path with '=' cannot be put into an image", source);
		return -EINVAL;
	}
	if (is_planned(plan, target + 1))
		return 0;
	if (asprintf(&both, "%s=%s", source, target + 1) < 0)
		die_out_of_memory();
	int result = image_plan_add(plan, 'f', both);
	free(both);
	return result;
}

static int add_libraries(struct image_plan *plan, const char *argument,
			 const struct libraries *found)
{
	if (found->cached.count > 0) {
		say_error(
		    "-p %s: %s is found through /etc/ld.so.conf only, which an image does not have",
		    argument, found->cached.items[0]);
		return -EINVAL;
	}
	for (size_t i = 0; i < found->count; i++) {
		int result = add_file(plan, found->files[i].source, found->files[i].target);
		if (result != 0)
			return result;
	}
	return 0;
}

int image_program_add(struct image_plan *plan, const char *argument, const char *sysroot)
{
	const struct libraries_setting setting = {.sysroot = sysroot};
	struct libraries found = {0};
	const char *equals = strchr(argument, '=');
	int name_size = equals == NULL ? (int)strlen(argument) : (int)(equals - argument);
	char *source = NULL, *target = NULL;
	int result;

	if (asprintf(&source, "%s%.*s", sysroot != NULL ? sysroot : "", name_size, argument) < 0 ||
	    asprintf(&target, "/%s", equals != NULL ? equals + 1 : argument + (*argument == '/')) <
		0)
		die_out_of_memory();
	const char *refusal = image_plan_refusal(target + 1, false);
	if (argument[0] != '/' || refusal != NULL) {
		say_error("-p %s: accepted: an absolute path of a program, and behind '=' a "
			  "relative one in "
			  "the image, without '..'",
			  argument);
		result = -EINVAL;
		goto out;
	}
	result = libraries_gather(source, target, &setting, &found);
	for (size_t i = 0; i < found.messages.count; i++)
		say_error("-p %s: %s", argument, found.messages.items[i]);
	if (result == 0)
		result = add_file(plan, source, target);
	if (result == 0)
		result = add_libraries(plan, argument, &found);
	libraries_free(&found);
out:
	free(source);
	free(target);
	return result;
}
