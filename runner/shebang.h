/* SPDX-License-Identifier: Apache-2.0 */
/* shebang.h: the first line of a script, "#!INTERPRETER [ARGUMENT]", as the kernel reads it
 * (fs/binfmt_script.c). Pure. */
#ifndef PITH_RUNNER_SHEBANG_H
#define PITH_RUNNER_SHEBANG_H

#include <stddef.h>

/* The kernel looks at so many bytes of a file (BINPRM_BUF_SIZE). */
#define SHEBANG_SIZE 256

struct shebang {
	char interpreter[SHEBANG_SIZE];
	char argument[SHEBANG_SIZE]; /* the rest of the line, blanks in it and all; may be empty */
};

/* Read the SIZE bytes that a file begins with. Returns 0; -ENOENT when they are no "#!" line;
 * -ENOEXEC when the line names no interpreter, holds a NUL, or its interpreter does not end within
 * SHEBANG_SIZE bytes. */
int shebang_parse(const char *bytes, size_t size, struct shebang *shebang);

/* The program that "env" would look for in PATH, given its ARGUMENT of a "#!/usr/bin/env" line:
 * "-S" and assignments are passed over, other options give none. Its name in NAME of SHEBANG_SIZE
 * bytes; returns 0, or -ENOENT when there is none. */
int shebang_env_program(const char *argument, char *name);

#endif
