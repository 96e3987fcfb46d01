/* SPDX-License-Identifier: Apache-2.0 */
/* Where the default kernel and the guest's programs are looked for, and in which order. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../runner/kernel.h"
#include "../../runner/kernel_image.h"
#include "../tap.h"

static char work[] = "/tmp/pith-test.XXXXXX";

static void run_shell(const char *command)
{
	if (system(command) != 0)
		abort();
}

/* "IMAGE MODULES RELEASE" of the default kernel without the folder before them, or "none". */
static const char *find(enum config_arch arch)
{
	static char text[1024];
	struct kernel kernel;
	char *here = realpath(".", NULL);
	size_t skip = strlen(here) + 1;

	if (kernel_find_default(arch, &kernel) != 0)
		snprintf(text, sizeof(text), "none");
	else
		snprintf(text, sizeof(text), "%s %s %s", kernel.image + skip,
			 kernel.modules == NULL ? "-" : kernel.modules + skip, kernel.release);
	kernel_free(&kernel);
	free(here);
	return text;
}

static void test_default(void)
{
	setenv("PITH_CACHE", "cache", 1);
	unsetenv("PITH_KERNEL_DIR");
	is_str(find(ARCH_RISCV64), "none", "no kernel is found where there is none");
	run_shell(
	    "mkdir -p cache/kernels/store/a/modules cache/kernels/store/own && "
	    "cd cache/kernels/store && touch a/vmlinuz own/vmlinuz && echo 6.1.0-a > a/release && "
	    "ln -s store/a ../riscv64");
	is_str(find(ARCH_RISCV64),
	       "cache/kernels/store/a/vmlinuz cache/kernels/store/a/modules 6.1.0-a",
	       "the fetched kernel, its symbolic link resolved");
	is_str(find(ARCH_AARCH64), "none", "not for another architecture");
	run_shell("touch cache/kernels/store/a/vmlinux");
	is_str(find(ARCH_RISCV64),
	       "cache/kernels/store/a/vmlinux cache/kernels/store/a/modules 6.1.0-a",
	       "vmlinux comes before vmlinuz");
	run_shell("ln -s store/own cache/kernels/riscv64-pith");
	is_str(find(ARCH_RISCV64), "cache/kernels/store/own/vmlinuz - ",
	       "the kernel of kconfig/ comes first; it may have no modules");
	setenv("PITH_KERNEL_DIR", "cache/kernels/store/a", 1);
	is_str(find(ARCH_RISCV64),
	       "cache/kernels/store/a/vmlinux cache/kernels/store/a/modules 6.1.0-a",
	       "PITH_KERNEL_DIR comes before all");
	setenv("PITH_KERNEL_DIR", "cache", 1);
	is_str(find(ARCH_RISCV64), "none", "and a wrong one is not passed over");
	unsetenv("PITH_KERNEL_DIR");
	run_shell("rm cache/kernels/store/own/vmlinuz");
	is_str(find(ARCH_RISCV64),
	       "cache/kernels/store/a/vmlinux cache/kernels/store/a/modules 6.1.0-a",
	       "a folder without a kernel is passed over");
}

static void test_cache_dir(void)
{
	char *dir = kernel_cache_dir();

	is_str(dir, "cache", "PITH_CACHE names the cache");
	free(dir);
	setenv("PITH_CACHE", "", 1);
	setenv("XDG_CACHE_HOME", "/xdg", 1);
	dir = kernel_cache_dir();
	is_str(dir, "/xdg/pith", "an empty one does not; then it is in XDG_CACHE_HOME");
	free(dir);
	unsetenv("XDG_CACHE_HOME");
	setenv("HOME", "/home/user", 1);
	dir = kernel_cache_dir();
	is_str(dir, "/home/user/.cache/pith", "else in HOME");
	free(dir);
	setenv("HOME", "/", 1);
	dir = kernel_cache_dir();
	is_str(dir, "/.cache/pith", "... which is / for some");
	free(dir);
	setenv("XDG_CACHE_HOME", "/xdg//", 1);
	dir = kernel_cache_dir();
	is_str(dir, "/xdg/pith", "slashes at the end are no part of a folder's name");
	free(dir);
	unsetenv("XDG_CACHE_HOME");
	setenv("PITH_CACHE", "/", 1);
	dir = kernel_cache_dir();
	is_str(dir, "/", "... but / is one");
	free(dir);
}

/* What a file with TEXT at AT is for. */
static const char *arch_of(size_t at, const char *text, size_t size)
{
	static char bytes[KERNEL_IMAGE_BEGIN];

	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes + at, text, size);
	return kernel_image_arch(bytes, sizeof(bytes));
}

static void test_image(void)
{
	static char pe[] = "MZ\0\0zimg";
	char bytes[128] = "MZ";

	is_str(arch_of(0x202, "HdrS", 4), "x86_64", "bzImage");
	is_str(arch_of(56, "ARM\x64", 4), "aarch64", "Image of arm64");
	is_str(arch_of(56, "RSC\x05", 4), "riscv64", "Image of riscv");
	is_str(arch_of(0, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\xb7\0", 20), "aarch64", "ELF");
	is_str(arch_of(0, "\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0", 20), "x86_64",
	       "ELF of 32 bits, which a multiboot kernel is");
	is_str(arch_of(0, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x16\0", 20), "another processor",
	       "ELF of a machine that pith does not know");
	is_str(arch_of(0, "\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\x15", 20), "another processor",
	       "... or of the other order of bytes");
	ok(arch_of(0, "\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\x28\0", 20) == NULL,
	   "Arm of 32 bits is left to QEMU");
	bytes[0x3c] = 0x40;
	memcpy(bytes + 0x40, "PE\0\0\x64\xaa", 6);
	is_str(kernel_image_arch(bytes, sizeof(bytes)), "aarch64", "EFI's zboot");
	bytes[0x3e] = 1;
	ok(kernel_image_arch(bytes, sizeof(bytes)) == NULL, "a PE header beyond what was read");
	memset(bytes + 0x3c, 0xff, 4);
	ok(kernel_image_arch(bytes, sizeof(bytes)) == NULL, "... or beyond any file");
	ok(kernel_image_arch(pe, sizeof(pe)) == NULL, "a file that ends before it tells");
	ok(kernel_image_arch("\177ELF", 4) == NULL, "... an ELF file likewise");
	ok(kernel_image_arch("", 0) == NULL, "nothing");
	ok(arch_of(0, "\x1f\x8b", 2) == NULL, "a compressed one does not tell");
}

static void test_program(void)
{
	char *path;

	run_shell("mkdir -p lib/riscv64 && touch lib/riscv64/pith lib/riscv64/pith-init && "
		  "chmod +x lib/riscv64/pith");
	setenv("PITH_LIB", "lib", 1);
	path = kernel_find_program(ARCH_RISCV64, "pith");
	is_str(path, "lib/riscv64/pith", "PITH_LIB holds a folder an architecture");
	free(path);
	path = kernel_find_program(ARCH_RISCV64, "pith-init");
	ok(path == NULL || strcmp(path, "lib/riscv64/pith-init") != 0,
	   "a file that cannot be executed is passed over");
	free(path);
	unsetenv("PITH_LIB");
	path = kernel_find_program(config_host_arch(), "test_kernel");
	ok(path != NULL && access(path, X_OK) == 0, "a program beside this one is found");
	free(path);
	ok(kernel_find_program(config_host_arch(), "no-such") == NULL, "a missing one is not");
}

/* How many of the pages of the file FD, of SIZE bytes, are in memory. */
static size_t pages_in_memory(int fd, size_t size)
{
	static unsigned char seen[4096];
	size_t count = 0, pages = size / (size_t)sysconf(_SC_PAGESIZE);
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (map == MAP_FAILED || pages > sizeof(seen) || mincore(map, size, seen) != 0)
		abort();
	for (size_t i = 0; i < pages; i++)
		count += seen[i] & 1;
	munmap(map, size);
	return count;
}

static void test_read_ahead(void)
{
	const size_t size = 8 << 20, pages = size / (size_t)sysconf(_SC_PAGESIZE);
	int fd;

	run_shell("head -c 8388608 /dev/zero >image");
	fd = open("image", O_RDONLY);
	if (fd < 0 || fsync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		abort();
	if (pages_in_memory(fd, size) > 0) {
		ok(1, "a kernel is read into memory # SKIP files stay in memory here");
	} else {
		kernel_read_ahead("image");
		ok(pages_in_memory(fd, size) == pages, "a kernel is read into memory");
	}
	kernel_read_ahead("no-such"); /* is QEMU's to complain of */
	close(fd);
}

int main(void)
{
	char command[64];

	if (mkdtemp(work) == NULL || chdir(work) != 0)
		abort();
	test_default();
	test_cache_dir();
	test_image();
	test_program();
	test_read_ahead();
	snprintf(command, sizeof(command), "rm -rf %s", work);
	ok(system(command) == 0, "the temporary folder is removed");
	return done();
}
