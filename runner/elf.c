/* SPDX-License-Identifier: Apache-2.0 */
/* elf.c: what a program or shared library asks of the system it runs on, from its ELF headers.
 * Pure. */
#include "elf.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

struct file {
	const uint8_t *bytes;
	size_t size;
	const uint8_t *headers; /* program headers */
	size_t header_count;
	const char **problem;
};

static int refuse(const struct file *file, const char *problem)
{
	*file->problem = problem;
	return -EINVAL;
}

static int refuse_foreign(const struct file *file, const char *problem)
{
	*file->problem = problem;
	return -EOPNOTSUPP;
}

/* Fields are read byte by byte: a file's contents have no alignment to count on. */
static uint64_t little_endian(const uint8_t *bytes, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | bytes[size];
	return value;
}

#define FIELD(base, type, member)                                                                  \
	little_endian((base) + offsetof(type, member), sizeof(((type *)NULL)->member))

static bool lies_inside(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

static const uint8_t *header_at(const struct file *file, size_t i)
{
	return file->headers + i * sizeof(Elf64_Phdr);
}

static const uint8_t *find_header(const struct file *file, uint32_t type)
{
	for (size_t i = 0; i < file->header_count; i++)
		if (FIELD(header_at(file, i), Elf64_Phdr, p_type) == type)
			return header_at(file, i);
	return NULL;
}

static int parse_machine(const struct file *file, enum config_arch *arch)
{
	switch (FIELD(file->bytes, Elf64_Ehdr, e_machine)) {
	case EM_X86_64:
		*arch = ARCH_X86_64;
		return 0;
	case EM_AARCH64:
		*arch = ARCH_AARCH64;
		return 0;
	case EM_RISCV:
		*arch = ARCH_RISCV64;
		return 0;
	}
	return refuse_foreign(
	    file, "it is for another machine; accepted are x86_64, aarch64 and riscv64");
}

static int parse_file_header(struct file *file, struct elf *elf)
{
	const uint8_t *bytes = file->bytes;

	if (file->size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0) {
		*file->problem = "it is no ELF file";
		return -ENOEXEC;
	}
	if (file->size < sizeof(Elf64_Ehdr))
		return refuse(file, "its ELF header is cut off");
	if (bytes[EI_CLASS] != ELFCLASS64)
		return refuse_foreign(file, "it is a 32-bit file; accepted are 64-bit ones");
	if (bytes[EI_DATA] != ELFDATA2LSB)
		return refuse_foreign(file,
				      "it is a big-endian file; accepted are little-endian ones");
	if (bytes[EI_VERSION] != EV_CURRENT)
		return refuse(file, "its ELF version is not 1");
	uint64_t type = FIELD(bytes, Elf64_Ehdr, e_type);
	if (type != ET_EXEC && type != ET_DYN)
		return refuse(file, "it is neither a program nor a shared library");
	elf->is_program = type == ET_EXEC || FIELD(bytes, Elf64_Ehdr, e_entry) != 0;

	uint64_t offset = FIELD(bytes, Elf64_Ehdr, e_phoff);
	uint64_t count = FIELD(bytes, Elf64_Ehdr, e_phnum);
	if (FIELD(bytes, Elf64_Ehdr, e_phentsize) != sizeof(Elf64_Phdr) || count == PN_XNUM ||
	    !lies_inside(offset, count * sizeof(Elf64_Phdr), file->size))
		return refuse(file, "its program headers are damaged");
	file->headers = bytes + offset;
	file->header_count = count;
	return parse_machine(file, &elf->arch);
}

/* Where the contents of HEADER lie in the file; the count of bytes in *SIZE. NULL: not inside. */
static const uint8_t *contents(const struct file *file, const uint8_t *header, size_t *size)
{
	uint64_t offset = FIELD(header, Elf64_Phdr, p_offset);
	uint64_t length = FIELD(header, Elf64_Phdr, p_filesz);

	if (!lies_inside(offset, length, file->size))
		return NULL;
	*size = length;
	return file->bytes + offset;
}

static int parse_interpreter(const struct file *file, struct elf *elf)
{
	const uint8_t *header = find_header(file, PT_INTERP);
	const uint8_t *text;
	size_t size;

	if (header == NULL)
		return 0;
	text = contents(file, header, &size);
	if (text == NULL || size < 2 || memchr(text, '\0', size) != text + size - 1)
		return refuse(file, "the name of its dynamic loader is damaged");
	elf->interpreter = (const char *)text;
	return 0;
}

/* The place in the file of LENGTH bytes at the virtual ADDRESS, or NULL. */
static const uint8_t *at_address(const struct file *file, uint64_t address, uint64_t length)
{
	for (size_t i = 0; i < file->header_count; i++) {
		const uint8_t *header = header_at(file, i);
		uint64_t start = FIELD(header, Elf64_Phdr, p_vaddr);
		size_t size;

		if (FIELD(header, Elf64_Phdr, p_type) != PT_LOAD || address < start)
			continue;
		const uint8_t *bytes = contents(file, header, &size);
		if (bytes != NULL && lies_inside(address - start, length, size))
			return bytes + (address - start);
	}
	return NULL;
}

static uint64_t dynamic_tag(const struct elf *elf, size_t i)
{
	return FIELD(elf->dynamic + i * sizeof(Elf64_Dyn), Elf64_Dyn, d_tag);
}

static uint64_t dynamic_value(const struct elf *elf, size_t i)
{
	return FIELD(elf->dynamic + i * sizeof(Elf64_Dyn), Elf64_Dyn, d_un);
}

/* The value of the last entry TAG, as the loader takes it. */
static bool find_dynamic(const struct elf *elf, uint64_t tag, uint64_t *value)
{
	bool found = false;

	for (size_t i = 0; i < elf->dynamic_count; i++)
		if (dynamic_tag(elf, i) == tag) {
			*value = dynamic_value(elf, i);
			found = true;
		}
	return found;
}

/* The string at OFFSET of the string table, or NULL when it does not end inside. */
static const char *string_at(const struct elf *elf, uint64_t offset)
{
	if (offset >= elf->strings_size ||
	    memchr(elf->strings + offset, '\0', elf->strings_size - offset) == NULL)
		return NULL;
	return elf->strings + offset;
}

static int parse_string_table(const struct file *file, struct elf *elf)
{
	uint64_t address, size;

	if (!find_dynamic(elf, DT_STRTAB, &address) || !find_dynamic(elf, DT_STRSZ, &size))
		return 0; /* static position-independent programs may have none: no names then */
	elf->strings = (const char *)at_address(file, address, size);
	if (elf->strings == NULL)
		return refuse(file, "its dynamic string table is damaged");
	elf->strings_size = size;
	return 0;
}

static int check_names(const struct file *file, struct elf *elf)
{
	for (size_t i = 0; i < elf->dynamic_count; i++) {
		uint64_t tag = dynamic_tag(elf, i), value = dynamic_value(elf, i);

		if (tag != DT_NEEDED && tag != DT_SONAME && tag != DT_RPATH && tag != DT_RUNPATH)
			continue;
		const char *name = string_at(elf, value);
		if (name == NULL || (tag == DT_NEEDED && *name == '\0'))
			return refuse(file, "a name in its dynamic section is damaged");
		if (tag == DT_SONAME)
			elf->soname = name;
		if (tag == DT_RPATH)
			elf->rpath = name;
		if (tag == DT_RUNPATH)
			elf->runpath = name;
	}
	if (elf->runpath != NULL)
		elf->rpath = NULL;
	return 0;
}

static int parse_dynamic(const struct file *file, struct elf *elf)
{
	const uint8_t *header = find_header(file, PT_DYNAMIC);
	uint64_t flags;
	size_t size;

	if (header == NULL)
		return 0;
	elf->dynamic = contents(file, header, &size);
	if (elf->dynamic == NULL || size % sizeof(Elf64_Dyn) != 0)
		return refuse(file, "its dynamic section is damaged");
	for (size_t i = 0; i < size / sizeof(Elf64_Dyn); i++) {
		if (dynamic_tag(elf, i) == DT_NULL)
			break;
		elf->dynamic_count++;
	}
	elf->no_default_dirs =
	    find_dynamic(elf, DT_FLAGS_1, &flags) && (flags & DF_1_NODEFLIB) != 0;
	int result = parse_string_table(file, elf);
	return result == 0 ? check_names(file, elf) : result;
}

int elf_parse(const void *bytes, size_t size, struct elf *elf, const char **problem)
{
	struct file file = {.bytes = bytes, .size = size, .problem = problem};
	int result;

	*elf = (struct elf){0};
	result = parse_file_header(&file, elf);
	if (result == 0)
		result = parse_interpreter(&file, elf);
	if (result == 0)
		result = parse_dynamic(&file, elf);
	return result;
}

const char *elf_next_needed(const struct elf *elf, size_t *cursor)
{
	while (*cursor < elf->dynamic_count) {
		size_t i = (*cursor)++;
		if (dynamic_tag(elf, i) == DT_NEEDED)
			return string_at(elf, dynamic_value(elf, i));
	}
	return NULL;
}
