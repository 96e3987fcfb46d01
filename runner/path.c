/* SPDX-License-Identifier: Apache-2.0 */
/* path.c: paths by their text alone. */
#include "path.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

char *path_clean_from(const char *folder, const char *path)
{
	char *clean = text_format("/%s/%s", *path == '/' ? "" : folder, path);
	const char *rest = clean;
	size_t length = 0; /* of what is clean; never more than what was read of the rest */

	while (*rest != '\0') {
		rest += strspn(rest, "/");
		size_t part = strcspn(rest, "/");
		if (part == 2 && memcmp(rest, "..", 2) == 0) {
			while (length > 0 && clean[--length] != '/')
				;
		} else if (part > 0 && !(part == 1 && *rest == '.')) {
			clean[length++] = '/';
			memmove(clean + length, rest, part);
			length += part;
		}
		rest += part;
	}
	clean[length == 0 ? 1 : length] = '\0';
	return clean;
}

char *path_clean(const char *path)
{
	char cwd[PATH_MAX];

	if (getcwd(cwd, sizeof(cwd)) == NULL)
		cwd[0] = '\0';
	return path_clean_from(cwd, path);
}
