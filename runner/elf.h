/* SPDX-License-Identifier: Apache-2.0 */
/* elf.h: what a program or shared library asks of the system it runs on, from its ELF headers
 * (System V ABI, gabi+; 64-bit little-endian files only). Pure: bytes in, pointers into them out.
 */
#ifndef PITH_RUNNER_ELF_H
#define PITH_RUNNER_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

/* All strings point into the bytes that were given to elf_parse; NULL where there is none. */
struct elf {
	enum config_arch arch;
	bool is_program;         /* may be executed: ET_EXEC, or ET_DYN with an entry point */
	bool no_default_dirs;    /* linked with -z nodefaultlib */
	const char *interpreter; /* PT_INTERP; NULL: static, or a library */
	const char *soname;
	const char *rpath; /* NULL where there is a RUNPATH, as the loader has it */
	const char *runpath;
	/* Private to elf_next_needed. */
	const uint8_t *dynamic;
	size_t dynamic_count;
	const char *strings;
	size_t strings_size;
};

/* Read the headers in the SIZE bytes of a whole file. Every offset is checked, so damaged and
 * hostile files are safe. Returns 0; else the reason (static text, such as "it is a 32-bit file")
 * in *PROBLEM and -ENOEXEC when it is no ELF file at all, -EOPNOTSUPP when it is for a machine that
 * pith does not know, -EINVAL when it is damaged. */
int elf_parse(const void *bytes, size_t size, struct elf *elf, const char **problem);

/* The next DT_NEEDED name in file order, or NULL after the last. *CURSOR is 0 at first. */
const char *elf_next_needed(const struct elf *elf, size_t *cursor);

#endif
