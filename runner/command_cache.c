/* SPDX-License-Identifier: Apache-2.0 */
/* command_cache.c: pith cache: what pith keeps for later runs. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../init/outcome.h"
#include "cache_parts.h"
#include "command.h"
#include "message.h"
#include "warm_store.h"

#define WARM "warm" /* the part that holds the saved states */

static const char help[] =
    "Usage: pith cache list [PART...]\n"
    "       pith cache clear [PART...]\n"
    "\n"
    "What is kept in the cache folder ($PITH_CACHE, $XDG_CACHE_HOME/pith or ~/.cache/pith).\n"
    "list prints a line for each saved state of a booted guest that pith exec --warm resumes (its\n"
    "key, the MiB that it takes on disk, when it was last used, what machine it is of), and one "
    "for\n"
    "each other part of the cache; with PART, for each entry of those. clear removes what is in "
    "these\n"
    "parts, without any the saved states; what runs from them goes on.\n"
    "\n"
    "  warm       the saved states. They take $PITH_WARM_MAX_MIB together (default: 2048): the\n"
    "             one used least recently leaves first\n"
    "  initramfs  those made for VMs; each is removed 7 days after its last use\n"
    "  kernels    guest kernels, of Debian's packages or pith's own; clear removes older ones and\n"
    "             what is left of builds, never one that is found by its architecture's name\n"
    "  source     what pith's own kernels are built from\n"
    "  disks      what rootfs/debian-disk makes disks of, 300 MiB for each set of packages; each "
    "is\n"
    "             removed 7 days after its last use\n"
    "  sysroot    libraries and tools of other systems, for cross builds and tests\n"
    "  apt        package lists\n"
    "  kselftest  the kernel's own tests, for pith's\n"
    "\n"
    "Exit codes: 0 done, 2 wrong usage, 125 a part could not be removed.\n";

static int usage(void)
{
	say_error("cache: usage: pith cache list|clear [PART...]");
	return 2;
}

static void list(int count, char **names)
{
	if (count == 0) {
		(void)warm_store_list(stdout);
		cache_parts_list(stdout);
	}
	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], WARM) == 0)
			(void)warm_store_list(stdout);
		else
			cache_parts_list_entries(names[i], stdout);
	}
}

static int clear_states(void)
{
	unsigned count = warm_store_clear();

	printf("%u saved state%s removed\n", count, count == 1 ? "" : "s");
	return 0;
}

static int clear(int count, char **names)
{
	int error = 0, one;

	if (count == 0)
		return clear_states();
	for (int i = 0; i < count; i++) {
		one = strcmp(names[i], WARM) == 0 ? clear_states()
						  : cache_parts_clear(names[i], stdout);
		error = error != 0 ? error : one;
	}
	return error == 0 ? 0 : EXIT_CODE_PITH;
}

int command_cache(int argc, char **argv)
{
	bool lists;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(help, stdout);
		return 0;
	}
	if (argc < 2)
		return usage();
	lists = strcmp(argv[1], "list") == 0;
	if (!lists && strcmp(argv[1], "clear") != 0)
		return usage();
	argc--;
	argv++;
	(void)command_ends_options(&argc, &argv);
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], WARM) != 0 && !cache_parts_has(argv[i])) {
			say_error("cache: part '%s': accepted are " WARM ", %s", argv[i],
				  cache_parts_names());
			return 2;
		}
	if (!lists)
		return clear(argc - 1, argv + 1);
	list(argc - 1, argv + 1);
	return 0;
}
