/* SPDX-License-Identifier: Apache-2.0 */
/* shebang.c: the first line of a script, "#!INTERPRETER [ARGUMENT]", as the kernel reads it. Pure.
 */
#include "shebang.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

int shebang_parse(const char *bytes, size_t size, struct shebang *shebang)
{
	char line[SHEBANG_SIZE + 1];

	*shebang = (struct shebang){0};
	if (size < 2 || bytes[0] != '#' || bytes[1] != '!')
		return -ENOENT;
	if (size > SHEBANG_SIZE)
		size = SHEBANG_SIZE;
	memcpy(line, bytes + 2, size - 2);
	line[size - 2] = '\0';
	char *end = memchr(line, '\n', size - 2);
	bool cut = end == NULL && size == SHEBANG_SIZE;
	if (end != NULL)
		*end = '\0';
	else
		end = line + size - 2;
	if (strlen(line) != (size_t)(end - line))
		return -ENOEXEC; /* a NUL: some other format that happens to begin with "#!" */
	while (end > line && is_blank(end[-1]))
		*--end = '\0';

	const char *interpreter = line + strspn(line, " \t");
	size_t length = strcspn(interpreter, " \t");
	/* A cut argument is what the kernel passes on as well; a cut interpreter it refuses. */
	if (length == 0 || (cut && interpreter[length] == '\0'))
		return -ENOEXEC;
	const char *argument = interpreter + length;
	argument += strspn(argument, " \t");
	snprintf(shebang->interpreter, sizeof(shebang->interpreter), "%.*s", (int)length,
		 interpreter);
	snprintf(shebang->argument, sizeof(shebang->argument), "%.*s",
		 (int)sizeof(shebang->argument) - 1, argument);
	return 0;
}

int shebang_env_program(const char *argument, char *name)
{
	bool splits = strncmp(argument, "-S", 2) == 0;

	/* Without -S the whole argument is one word, which is how "env python3 -u" fails. */
	if (splits)
		argument += 2;
	argument += strspn(argument, " \t");
	while (splits && argument[strcspn(argument, "= \t")] == '=') {
		argument += strcspn(argument, " \t");
		argument += strspn(argument, " \t");
	}
	size_t length = splits ? strcspn(argument, " \t") : strlen(argument);
	if (length == 0 || length >= SHEBANG_SIZE || *argument == '-')
		return -ENOENT;
	memcpy(name, argument, length);
	name[length] = '\0';
	return 0;
}
