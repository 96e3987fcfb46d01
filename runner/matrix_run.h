/* SPDX-License-Identifier: Apache-2.0 */
/* matrix_run.h: the runs of a matrix as processes, so many at a time, each a pith exec of its own;
 * a table of how they go; one JUnit file. */
#ifndef PITH_RUNNER_MATRIX_RUN_H
#define PITH_RUNNER_MATRIX_RUN_H

#include <stdio.h>

#include "exec_options.h"
#include "matrix.h"

/* Whether every run has a program: its own, or that of the command line. Says which has not. */
bool matrix_has_binaries(const struct matrix *matrix, const struct exec_options *options);

/* Write a line for each run: number, name, command; separated by tabs. */
void matrix_print(const struct matrix *matrix, const struct exec_options *options, FILE *out);

/* Run all of MATRIX. Returns the exit code: 0 when all ended with 0, 1 when one did not, 128 + n
 * when signal n asked for the end before all had run, EXIT_CODE_PITH when a file cannot be written.
 */
int matrix_run_all(const struct matrix *matrix, const struct exec_options *options);

/* Become RUN: this process goes on as its pith exec. Returns the exit code when it cannot. */
int matrix_run_one(const struct matrix *matrix, const struct matrix_run *run,
		   const struct exec_options *options);

#endif
