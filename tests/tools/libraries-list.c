/* SPDX-License-Identifier: Apache-2.0 */
/* libraries-list PROGRAM [TARGET]: what libraries_gather finds, one "SOURCE TARGET" a line, then
 * "cached TARGET" lines; messages on standard error and exit 1 when something is missing. SYSROOT
 * and GUEST_LIBRARY_PATH of the environment are the settings of these names; with CACHE=FILE an
 * ld.so.cache for the cached ones is written there. */
#include <stdio.h>
#include <stdlib.h>

#include "../../runner/ldso.h"
#include "../../runner/libraries.h"

static int write_cache(const struct libraries *found, const char *path)
{
	size_t size;
	char *bytes = ldso_cache(found->arch, found->cached.items, found->cached.count, &size);
	FILE *file = fopen(path, "w");
	int failed = file == NULL || fwrite(bytes, 1, size, file) != size;

	free(bytes);
	return (file != NULL && fclose(file) != 0) || failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct libraries_setting setting = {
	    .sysroot = getenv("SYSROOT"),
	    .ld_library_path = getenv("GUEST_LIBRARY_PATH"),
	    .search_path = getenv("PATH"),
	};
	struct libraries found;
	int result;

	if (argc < 2)
		return 2;
	result = libraries_gather(argv[1], argv[argc - 1], &setting, &found) < 0;
	for (size_t i = 0; i < found.count; i++)
		printf("%s %s\n", found.files[i].source, found.files[i].target);
	for (size_t i = 0; i < found.cached.count; i++)
		printf("cached %s\n", found.cached.items[i]);
	for (size_t i = 0; i < found.messages.count; i++)
		fprintf(stderr, "%s\n", found.messages.items[i]);
	if (result == 0 && getenv("CACHE") != NULL)
		result = write_cache(&found, getenv("CACHE"));
	libraries_free(&found);
	return result;
}
