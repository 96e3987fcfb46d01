/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_image.c: which processors a kernel is for, by the beginning of its file. */
#include "kernel_image.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "input_file.h"

#define X86_MAGIC_AT 0x202 /* "HdrS", since boot protocol 2.00 */
#define IMAGE_MAGIC_AT 56  /* of arm64 and riscv */
#define PE_OFFSET_AT 0x3c  /* where the PE header is, in a program that begins with "MZ" */
#define MACHINE_UNKNOWN "another processor"

struct machine {
	unsigned number;
	enum config_arch arch;
};

/* A 32-bit ELF kernel of x86 is fine there: QEMU loads it as a multiboot or PVH one. So is one of
 * Arm, whose machines have processors of both sizes. */
static const struct machine elf_machines[] = {
    {EM_X86_64, ARCH_X86_64},
    {EM_386, ARCH_X86_64},
    {EM_AARCH64, ARCH_AARCH64},
    {EM_RISCV, ARCH_RISCV64},
};
/* Microsoft's PE format, "Machine types". */
static const struct machine pe_machines[] = {
    {0x8664, ARCH_X86_64},
    {0x014c, ARCH_X86_64},
    {0xaa64, ARCH_AARCH64},
    {0x5064, ARCH_RISCV64},
};

static const char *machine_name(const struct machine machines[4], unsigned number)
{
	for (size_t i = 0; i < 4; i++)
		if (machines[i].number == number)
			return config_arch_name(machines[i].arch);
	return MACHINE_UNKNOWN;
}

static bool has(const uint8_t *bytes, size_t size, size_t at, const char *magic)
{
	size_t length = strlen(magic);

	return at <= size && length <= size - at && memcmp(bytes + at, magic, length) == 0;
}

static unsigned little_endian16(const uint8_t *bytes)
{
	return bytes[0] | (unsigned)bytes[1] << 8;
}

static const char *elf_arch(const uint8_t *bytes, size_t size)
{
	const size_t at = offsetof(Elf64_Ehdr, e_machine); /* the same in 32-bit files */

	if (size < at + 2)
		return NULL;
	if (bytes[EI_DATA] != ELFDATA2LSB)
		return MACHINE_UNKNOWN;
	return little_endian16(bytes + at) == EM_ARM
		   ? NULL
		   : machine_name(elf_machines, little_endian16(bytes + at));
}

static const char *pe_arch(const uint8_t *bytes, size_t size)
{
	size_t at;

	if (!has(bytes, size, 0, "MZ") || size < PE_OFFSET_AT + 4)
		return NULL;
	at = little_endian16(bytes + PE_OFFSET_AT) |
	     (size_t)little_endian16(bytes + PE_OFFSET_AT + 2) << 16;
	if (at > size || size - at < 6 || memcmp(bytes + at, "PE\0\0", 4) != 0)
		return NULL;
	return machine_name(pe_machines, little_endian16(bytes + at + 4));
}

const char *kernel_image_arch(const void *begin, size_t size)
{
	const uint8_t *bytes = begin;

	if (has(bytes, size, 0, ELFMAG))
		return elf_arch(bytes, size);
	if (has(bytes, size, X86_MAGIC_AT, "HdrS"))
		return config_arch_name(ARCH_X86_64);
	if (has(bytes, size, IMAGE_MAGIC_AT, "ARM\x64"))
		return config_arch_name(ARCH_AARCH64);
	if (has(bytes, size, IMAGE_MAGIC_AT, "RSC\x05"))
		return config_arch_name(ARCH_RISCV64);
	return pe_arch(bytes, size);
}

bool kernel_image_is_foreign(const char *path, enum config_arch wanted, const char **arch)
{
	uint8_t begin[KERNEL_IMAGE_BEGIN];
	int fd = input_file_open(path, O_RDONLY);
	ssize_t size = fd < 0 ? -1 : read(fd, begin, sizeof(begin));

	if (fd >= 0)
		close(fd);
	*arch = size <= 0 ? NULL : kernel_image_arch(begin, (size_t)size);
	return *arch != NULL && strcmp(*arch, config_arch_name(wanted)) != 0;
}
