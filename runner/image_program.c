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
#include "text.h"

static bool is_planned(const struct image_plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->entries[i].path, path) == 0)
			return true;
	return false;
}

/* TARGET is absolute, as the guest has it. */
static int add_file(struct image_plan *plan, const char *label, const char *source,
		    const char *target)
{
	if (is_planned(plan, target + 1))
		return 0;
	return image_plan_put(plan, label, false, source, target + 1);
}

static int add_libraries(struct image_plan *plan, const char *label, const struct libraries *found)
{
	if (found->cached.count > 0) {
		say_error("%s: %s is found through /etc/ld.so.conf only, which an image does not "
			  "have",
			  label, found->cached.items[0]);
		return -EINVAL;
	}
	for (size_t i = 0; i < found->count; i++) {
		int result = add_file(plan, label, found->files[i].source, found->files[i].target);
		if (result != 0)
			return result;
	}
	return 0;
}

int image_program_put(struct image_plan *plan, const char *label, const char *program,
		      const char *destination, const char *sysroot)
{
	const struct libraries_setting setting = {.sysroot = sysroot};
	struct libraries found = {0};
	char *source = text_format("%s%s", sysroot != NULL ? sysroot : "", program);
	char *target = text_format("/%s", destination);
	int result;

	if (program[0] != '/' || image_plan_refusal(destination, false) != NULL) {
		say_error("%s: accepted: an absolute path of a program, and behind '=' a relative "
			  "one in the image, without '..'",
			  label);
		result = -EINVAL;
		goto out;
	}
	result = libraries_gather(source, target, &setting, &found);
	for (size_t i = 0; i < found.messages.count; i++)
		say_error("%s: %s", label, found.messages.items[i]);
	if (result == 0)
		result = add_file(plan, label, source, target);
	if (result == 0)
		result = add_libraries(plan, label, &found);
	libraries_free(&found);
out:
	free(source);
	free(target);
	return result;
}

int image_program_add(struct image_plan *plan, const char *argument, const char *sysroot)
{
	const char *equals = strchr(argument, '=');
	int name_size = equals == NULL ? (int)strlen(argument) : (int)(equals - argument);
	char *program = text_format("%.*s", name_size, argument);
	char *label = text_format("-p %s", argument);
	const char *destination = equals != NULL ? equals + 1 : program + (*program == '/');
	int result = image_program_put(plan, label, program, destination, sysroot);

	free(label);
	free(program);
	return result;
}
