/* SPDX-License-Identifier: Apache-2.0 */
/* exec_output.h: --output: files and folders of a guest that are to be here after the run. The
 * guest sends an archive (cpio newc, as initramfs.h writes it) whose members are named N and
 * N/PATH, N being the number of the output; what comes in the place of a file is a text, named by
 * one of the letters below and N. All of it is hostile: nothing is written outside of the given
 * places, and only regular files and folders are made. */
#ifndef PITH_RUNNER_EXEC_OUTPUT_H
#define PITH_RUNNER_EXEC_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#define EXEC_OUTPUT_PROBLEM '!' /* an error */
#define EXEC_OUTPUT_NOTE '?'    /* a warning */
#define EXEC_OUTPUT_TEXT_MAX 512

struct exec_output {
	char *guest;      /* absolute path */
	char *host;       /* where it goes: a file that is replaced, or a folder that is filled */
	bool is_optional; /* that it does not come is no failure */
	bool has_come;
};

/* The first two of the COUNT words GUEST[=HOST] whose outputs would take each other's place, from
 * another GUEST each, to FIRST and SECOND; devices, FIFOs and pith's own descriptors
 * (output_file.h) take several. */
bool exec_output_clash(char *const *given, size_t count, const char **first, const char **second);

/* A file without a name to collect the archive in. Returns the descriptor or -errno. */
int exec_output_spool(void);

/* Unpack the archive in the file SPOOL. Returns 0, or -1 with messages said when it is damaged or
 * not whole, an output did not come, or something cannot be written. */
int exec_output_unpack(int spool, struct exec_output *outputs, size_t count);

#endif
