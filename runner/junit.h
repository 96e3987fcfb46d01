/* SPDX-License-Identifier: Apache-2.0 */
/* junit.h: results of tests as JUnit XML, in the shape that Jenkins, GitLab and GitHub actions
 * read: testsuites, testsuite, testcase, and in it failure, error or skipped. Always valid XML 1.0,
 * whatever bytes the results hold. */
#ifndef PITH_RUNNER_JUNIT_H
#define PITH_RUNNER_JUNIT_H

#include <stdio.h>

#include "tests_parse.h"

/* One file holds any number of suites between begin and end. */
void junit_begin(FILE *out);
void junit_end(FILE *out);

/* The run ROOT as a suite called NAME that took SECONDS. Subtests become test cases whose class
 * name is the way to them. ERROR, if not NULL, tells what was wrong with the run beside its tests
 * (the guest panicked, a deadline passed) and becomes a test case of its own. ROOT may be NULL:
 * then there are no tests, and the run itself is the one test case. */
void junit_suite(FILE *out, const char *name, const struct test *root, double seconds,
		 const char *error);

#endif
