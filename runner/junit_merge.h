/* SPDX-License-Identifier: Apache-2.0 */
/* junit_merge.h: several JUnit files into one. Pure. */
#ifndef PITH_RUNNER_JUNIT_MERGE_H
#define PITH_RUNNER_JUNIT_MERGE_H

#include <stddef.h>
#include <stdio.h>

/* Write each <testsuite> of the JUnit file of SIZE bytes at TEXT, as it stands, to OUT: those below
 * <testsuites>, or the one that is the root. Returns how many, or -EINVAL, with nothing written,
 * when TEXT is not a whole XML document of that kind. */
int junit_merge_suites(FILE *out, const char *text, size_t size);

/* The same for the file at PATH. When that is not there or not whole, a suite called NAME is
 * written in its place, whose one test is an error that says so, with WHY before it (NULL:
 * nothing); then -1 comes back. SECONDS: how long it took, for that suite. */
int junit_merge_file(FILE *out, const char *path, const char *name, const char *why,
		     double seconds);

#endif
