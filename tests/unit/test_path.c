/* SPDX-License-Identifier: Apache-2.0 */
/* test_path.c: paths made clean by their text alone. */
#include <stdlib.h>
#include <unistd.h>

#include "../../runner/path.h"
#include "../tap.h"

int main(void)
{
	static const struct {
		const char *folder, *path, *clean;
	} cases[] = {
	    {"/a/b", "c", "/a/b/c"},
	    {"/a/b", "/c", "/c"},
	    {"/a", "", "/a"},
	    {"/a", ".", "/a"},
	    {"/a", "..", "/"},
	    {"/a", "../../b", "/b"},
	    {"/a", "./b//c/", "/a/b/c"},
	    {"/", "a", "/a"},
	    {"", "/..", "/"},
	    {"", "/a/./b/../c", "/a/c"},
	    {"a", "b", "/a/b"},
	    {"", "", "/"},
	    {"/a", "..b/.c/...", "/a/..b/.c/..."},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *clean = path_clean_from(cases[i].folder, cases[i].path);
		is_str(clean, cases[i].clean, cases[i].path);
		free(clean);
	}
	if (chdir("/usr") != 0)
		abort();
	char *here = path_clean("./lib/../share");
	is_str(here, "/usr/share", "from the working directory");
	free(here);
	return done();
}
