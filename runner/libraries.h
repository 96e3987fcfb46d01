/* SPDX-License-Identifier: Apache-2.0 */
/* libraries.h: what a program needs beside itself to run in a guest that has no files of its own:
 * its dynamic loader and shared libraries, found as glibc's ld.so(8) finds them, and the
 * interpreters of scripts with theirs. What a program opens by itself at run time (dlopen, NSS,
 * locales, a scripting language's own files) is not among it. */
#ifndef PITH_RUNNER_LIBRARIES_H
#define PITH_RUNNER_LIBRARIES_H

#include <stddef.h>

#include "config.h"
#include "strv.h"

struct libraries_setting {
	const char *sysroot; /* folder to find the system's files under; NULL: this system */
	const char *ld_library_path; /* LD_LIBRARY_PATH as the guest will have it; NULL: none */
	const char *search_path;     /* PATH, for "#!/usr/bin/env NAME"; NULL: none */
};

struct library {
	char *source; /* file on this system */
	char *target; /* absolute path in the guest, clean (no "..", no "//") */
};

struct libraries {
	enum config_arch arch; /* of the program (of a script: of its interpreter) */
	struct library *files; /* each target once; the program itself is not among them */
	size_t count;
	struct strv cached;   /* targets that the loader finds only by its cache, see below */
	struct strv messages; /* one for each file that is missing or cannot be used */
};

/* Gather what the program in the file SOURCE needs when it stands at the absolute path TARGET in
 * the guest. FOUND is freed with libraries_free in any case.
 *
 * Folders of /etc/ld.so.conf are the one thing a loader cannot know without a file: libraries found
 * there are listed in "cached", and when it is not empty the guest needs an /etc/ld.so.cache made
 * by ldso_cache from it. glibc-hwcaps folders are passed over: the guest's CPU may lack what they
 * ask for, and the loader takes the plain files where those folders are not.
 *
 * Returns 0, or -ENOENT with at least one message that names what is missing and who wants it. */
int libraries_gather(const char *source, const char *target,
		     const struct libraries_setting *setting, struct libraries *found);
void libraries_free(struct libraries *found);

#endif
