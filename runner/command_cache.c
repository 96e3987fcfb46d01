/* SPDX-License-Identifier: Apache-2.0 */
/* command_cache.c: pith cache: what pith keeps for later runs. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "message.h"
#include "warm_store.h"

static const char help[] =
    "Usage: pith cache list|clear\n"
    "\n"
    "The saved states of booted guests that pith exec --warm resumes, in the cache folder\n"
    "($PITH_CACHE, $XDG_CACHE_HOME/pith or ~/.cache/pith). list prints a line for each: its key, "
    "the\n"
    "MiB that it takes on disk, when it was last used, what machine it is of. clear removes them "
    "all;\n"
    "what runs from them goes on. They take $PITH_WARM_MAX_MIB together (default: 2048): the one "
    "used\n"
    "least recently leaves first.\n";

int command_cache(int argc, char **argv)
{
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		(void)warm_store_list(stdout);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "clear") == 0) {
		unsigned count = warm_store_clear();
		printf("%u saved state%s removed\n", count, count == 1 ? "" : "s");
		return 0;
	}
	say_error("cache: usage: pith cache list|clear");
	return 2;
}
