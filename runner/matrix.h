/* SPDX-License-Identifier: Apache-2.0 */
/* matrix.h: a matrix file (pith.toml(5), "MATRIX FILES"): TOML in, a list of runs out, each with
 * the words of a pith exec command line. Pure but for reading the file. */
#ifndef PITH_RUNNER_MATRIX_H
#define PITH_RUNNER_MATRIX_H

#include <stddef.h>
#include <stdint.h>

#include "strv.h"

#define MATRIX_RUNS_MAX 10000

struct matrix_run {
	char *name;        /* "6.1/four": the values of the axes; or that of an [[include]] */
	struct strv words; /* options of pith exec, a word each: --memory=1G */
	char *binary;      /* NULL: that of the command line */
};

/* Zero-initialised; freed with matrix_free. */
struct matrix {
	char *name; /* of the whole, for JUnit; NULL: the file's */
	struct matrix_run *runs;
	size_t count;
};

/* Parse SIZE bytes of TEXT. PATH stands in messages. Returns 0, or -EINVAL with a line for each
 * error in ERRORS ("PATH:LINE:COLUMN: ..."). */
int matrix_parse(struct matrix *matrix, const char *path, const char *text, size_t size,
		 struct strv *errors);
/* The same for the file at PATH. */
int matrix_read(struct matrix *matrix, const char *path, struct strv *errors);
void matrix_free(struct matrix *matrix);

/* The run that TEXT, a number from 1 or else a name, stands for; NULL for none. */
const struct matrix_run *matrix_find(const struct matrix *matrix, const char *text);

#endif
