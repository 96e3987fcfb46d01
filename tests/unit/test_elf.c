/* SPDX-License-Identifier: Apache-2.0 */
/* ELF headers: a hand-made file with one thing wrong at a time, this very program, and damage of
 * every byte and at every length. */
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "../../runner/elf.h"
#include "../tap.h"

/* A whole dynamic program, loaded at 0x1000. */
struct image {
	Elf64_Ehdr header;
	Elf64_Phdr load, interpreter, dynamic;
	Elf64_Dyn entries[9];
	char names[48];
	char loader[16];
};

enum { NEEDED_1, NEEDED_2, SONAME, RPATH, RUNPATH, STRTAB, STRSZ, FLAGS_1, END };

static struct image good(void)
{
	const uint64_t base = 0x1000;
	struct image image = {
	    .header = {.e_type = ET_DYN,
		       .e_machine = EM_X86_64,
		       .e_entry = base,
		       .e_phoff = offsetof(struct image, load),
		       .e_phentsize = sizeof(Elf64_Phdr),
		       .e_phnum = 3},
	    .load = {.p_type = PT_LOAD, .p_vaddr = base, .p_filesz = sizeof(struct image)},
	    .interpreter = {.p_type = PT_INTERP,
			    .p_offset = offsetof(struct image, loader),
			    .p_filesz = 7},
	    .dynamic = {.p_type = PT_DYNAMIC,
			.p_offset = offsetof(struct image, entries),
			.p_filesz = sizeof(image.entries)},
	    .entries = {[NEEDED_1] = {DT_NEEDED, {1}},
			[NEEDED_2] = {DT_NEEDED, {6}},
			[SONAME] = {DT_SONAME, {11}},
			[RPATH] = {DT_RPATH, {16}},
			[RUNPATH] = {DT_DEBUG, {20}},
			[STRTAB] = {DT_STRTAB, {base + offsetof(struct image, names)}},
			[STRSZ] = {DT_STRSZ, {sizeof(image.names)}},
			[FLAGS_1] = {DT_FLAGS_1, {DF_1_NOW}},
			[END] = {DT_NULL, {0}}},
	    .names = "\0liba\0libb\0self\0/rp\0/run",
	    .loader = "/ld.so\0",
	};
	memcpy(image.header.e_ident, ELFMAG, SELFMAG);
	image.header.e_ident[EI_CLASS] = ELFCLASS64;
	image.header.e_ident[EI_DATA] = ELFDATA2LSB;
	image.header.e_ident[EI_VERSION] = EV_CURRENT;
	return image;
}

static void test_good(void)
{
	struct image image = good();
	struct elf elf;
	const char *problem = NULL;
	size_t cursor = 0;

	is_int(elf_parse(&image, sizeof(image), &elf, &problem), 0, "a good file");
	ok(elf.arch == ARCH_X86_64 && elf.is_program && !elf.no_default_dirs,
	   "its machine and use");
	is_str(elf.interpreter, "/ld.so", "its dynamic loader");
	is_str(elf.soname, "self", "its own name");
	is_str(elf.rpath, "/rp", "its RPATH");
	ok(elf.runpath == NULL, "no RUNPATH");
	is_str(elf_next_needed(&elf, &cursor), "liba", "the first it needs");
	is_str(elf_next_needed(&elf, &cursor), "libb", "the second");
	ok(elf_next_needed(&elf, &cursor) == NULL, "and no more");

	image.entries[RUNPATH].d_tag = DT_RUNPATH;
	image.entries[FLAGS_1].d_un.d_val = DF_1_NODEFLIB;
	elf_parse(&image, sizeof(image), &elf, &problem);
	is_str(elf.runpath, "/run", "a RUNPATH");
	ok(elf.rpath == NULL, "puts the RPATH out of force");
	ok(elf.no_default_dirs, "-z nodefaultlib");

	image = good();
	image.header.e_machine = EM_AARCH64;
	elf_parse(&image, sizeof(image), &elf, &problem);
	is_int(elf.arch, ARCH_AARCH64, "aarch64");
	image.header.e_machine = EM_RISCV;
	elf_parse(&image, sizeof(image), &elf, &problem);
	is_int(elf.arch, ARCH_RISCV64, "riscv64");
	image.header.e_entry = 0;
	elf_parse(&image, sizeof(image), &elf, &problem);
	ok(!elf.is_program, "without an entry point it is a library");
	image.header.e_phnum = 1;
	is_int(elf_parse(&image, sizeof(image), &elf, &problem), 0, "a static file");
	cursor = 0;
	ok(elf.interpreter == NULL && elf_next_needed(&elf, &cursor) == NULL, "needs nothing");
}

/* One thing wrong: the integer of SIZE bytes at OFFSET becomes VALUE. */
#define WRONG(member, value)                                                                       \
	offsetof(struct image, member), sizeof(((struct image *)NULL)->member), value

static const struct {
	size_t offset, size;
	uint64_t value;
	const char *problem;
} wrongs[] = {
    {WRONG(header.e_ident[EI_CLASS], ELFCLASS32), "it is a 32-bit file; accepted are 64-bit ones"},
    {WRONG(header.e_ident[EI_DATA], ELFDATA2MSB),
     "it is a big-endian file; accepted are little-endian ones"},
    {WRONG(header.e_ident[EI_VERSION], 2), "its ELF version is not 1"},
    {WRONG(header.e_type, ET_REL), "it is neither a program nor a shared library"},
    {WRONG(header.e_type, ET_CORE), "it is neither a program nor a shared library"},
    {WRONG(header.e_machine, EM_386),
     "it is for another machine; accepted are x86_64, aarch64 and riscv64"},
    {WRONG(header.e_phoff, UINT64_MAX), "its program headers are damaged"},
    {WRONG(header.e_phoff, sizeof(struct image) - 3 * sizeof(Elf64_Phdr) + 1),
     "its program headers are damaged"},
    {WRONG(header.e_phentsize, 32), "its program headers are damaged"},
    {WRONG(header.e_phnum, 1000), "its program headers are damaged"},
    {WRONG(header.e_phnum, PN_XNUM), "its program headers are damaged"},
    {WRONG(interpreter.p_offset, UINT64_MAX), "the name of its dynamic loader is damaged"},
    {WRONG(interpreter.p_filesz, UINT64_MAX), "the name of its dynamic loader is damaged"},
    {WRONG(interpreter.p_filesz, 6), "the name of its dynamic loader is damaged"},
    {WRONG(interpreter.p_filesz, 8), "the name of its dynamic loader is damaged"},
    {WRONG(interpreter.p_filesz, 0), "the name of its dynamic loader is damaged"},
    {WRONG(dynamic.p_offset, sizeof(struct image)), "its dynamic section is damaged"},
    {WRONG(dynamic.p_filesz, 17), "its dynamic section is damaged"},
    {WRONG(entries[STRTAB].d_un, 0xfff), "its dynamic string table is damaged"},
    {WRONG(entries[STRTAB].d_un, UINT64_MAX), "its dynamic string table is damaged"},
    {WRONG(entries[STRSZ].d_un, UINT64_MAX), "its dynamic string table is damaged"},
    {WRONG(load.p_type, PT_NULL), "its dynamic string table is damaged"},
    {WRONG(load.p_filesz, UINT64_MAX), "its dynamic string table is damaged"},
    {WRONG(entries[STRSZ].d_tag, DT_DEBUG), "a name in its dynamic section is damaged"},
    {WRONG(entries[STRSZ].d_un, 24), "a name in its dynamic section is damaged"},
    {WRONG(entries[NEEDED_1].d_un, 48), "a name in its dynamic section is damaged"},
    {WRONG(entries[NEEDED_1].d_un, 0), "a name in its dynamic section is damaged"},
    {WRONG(entries[SONAME].d_un, UINT64_MAX), "a name in its dynamic section is damaged"},
};

static void test_wrong(void)
{
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct image image = good();
		struct elf elf;
		const char *problem = NULL;
		image.entries[RUNPATH].d_tag = DT_RUNPATH;
		memcpy((char *)&image + wrongs[i].offset, &wrongs[i].value, wrongs[i].size);
		bool foreign = strstr(wrongs[i].problem, "accepted are") != NULL;
		is_int(elf_parse(&image, sizeof(image), &elf, &problem),
		       foreign ? -EOPNOTSUPP : -EINVAL, "is refused");
		is_str(problem, wrongs[i].problem, wrongs[i].problem);
	}
	struct elf elf;
	const char *problem = NULL;
	is_int(elf_parse("#!/bin/sh\n", 10, &elf, &problem), -ENOEXEC, "a script is no ELF file");
	is_str(problem, "it is no ELF file", "and that is said");
	is_int(elf_parse("", 0, &elf, &problem), -ENOEXEC, "nothing is no ELF file");
	is_int(elf_parse(ELFMAG, 4, &elf, &problem), -EINVAL, "four bytes are too few");
	is_str(problem, "its ELF header is cut off", "and that is said");
}

/* Read every name, so that the sanitizer sees a pointer that leads outside. */
static size_t use(const void *bytes, size_t size)
{
	struct elf elf;
	const char *problem = NULL, *name;
	size_t cursor = 0, length = 0;
	char *copy = malloc(size + (size == 0));

	memcpy(copy, bytes, size);
	if (elf_parse(copy, size, &elf, &problem) == 0) {
		while ((name = elf_next_needed(&elf, &cursor)) != NULL)
			length += strlen(name);
		length += elf.interpreter == NULL ? 0 : strlen(elf.interpreter);
		length += elf.soname == NULL ? 0 : strlen(elf.soname);
		length += elf.rpath == NULL ? 0 : strlen(elf.rpath);
		length += elf.runpath == NULL ? 0 : strlen(elf.runpath);
	}
	free(copy);
	return length;
}

static void test_damage(void)
{
	static const unsigned char patterns[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	struct image image = good();
	size_t survived = 0;

	for (size_t size = 0; size <= sizeof(image); size++)
		survived += use(&image, size) > 0;
	ok(survived >= 1 && survived < 64, "cut at every length (%zu still whole)", survived);
	for (size_t i = 0; i < sizeof(image); i++)
		for (size_t j = 0; j < sizeof(patterns); j++) {
			image = good();
			((unsigned char *)&image)[i] = patterns[j];
			use(&image, sizeof(image));
		}
	ok(true, "every byte damaged in turn: nothing read outside");
}

static void test_self(void)
{
	static char bytes[1 << 26];
	FILE *self = fopen("/proc/self/exe", "rb");
	struct elf elf;
	const char *problem = NULL, *name;
	size_t cursor = 0, size = fread(bytes, 1, sizeof(bytes), self);
	bool needs_libc = false;

	fclose(self);
	is_int(elf_parse(bytes, size, &elf, &problem), 0, "this program");
	ok(elf.is_program && elf.arch == config_host_arch(), "is one for this machine");
	ok(elf.interpreter != NULL && strstr(elf.interpreter, "ld-linux") != NULL,
	   "has a dynamic loader");
	while ((name = elf_next_needed(&elf, &cursor)) != NULL)
		needs_libc |= strcmp(name, "libc.so.6") == 0;
	ok(needs_libc, "and needs the C library");
}

int main(void)
{
	test_good();
	test_wrong();
	test_damage();
	test_self();
	return done();
}
