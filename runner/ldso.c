/* SPDX-License-Identifier: Apache-2.0 */
/* ldso.c: the files of glibc's dynamic loader: /etc/ld.so.conf in, /etc/ld.so.cache out. */
#include "ldso.h"

#include <glob.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "input_file.h"
#include "message.h"

#define INCLUDE_DEPTH_MAX 8

/* --- ld.so.conf ------------------------------------------------------------------------------- */

static void read_conf_file(const char *sysroot, const char *path, unsigned depth,
			   struct strv *dirs);

/* "include PATTERN...": PATTERN is relative to the folder of the file FROM (a guest path). */
static void include(const char *sysroot, const char *from, const char *pattern, unsigned depth,
		    struct strv *dirs)
{
	const char *slash = strrchr(from, '/');
	struct strv paths = {0};
	glob_t found;

	if (*pattern == '/')
		strv_addf(&paths, "%s%s", sysroot, pattern);
	else
		strv_addf(&paths, "%s%.*s/%s", sysroot, (int)(slash - from), from, pattern);
	if (glob(paths.items[0], 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_conf_file(sysroot, found.gl_pathv[i] + strlen(sysroot), depth + 1,
				       dirs);
		globfree(&found);
	}
	strv_free(&paths);
}

/* A line is a folder, "include PATTERN...", or "hwcap ..." of old (ldconfig.c, parse_conf). */
static void read_conf_line(const char *sysroot, const char *path, char *line, unsigned depth,
			   struct strv *dirs)
{
	static const char blanks[] = " \t\r\n\f\v";
	char *rest = NULL;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, blanks);
	size_t length = strlen(line);
	while (length > 0 && strchr(blanks, line[length - 1]) != NULL)
		line[--length] = '\0';
	if (strncmp(line, "include", 7) == 0 && strchr(blanks, line[7]) != NULL) {
		for (char *word = strtok_r(line + 7, blanks, &rest); word != NULL;
		     word = strtok_r(NULL, blanks, &rest))
			include(sysroot, path, word, depth, dirs);
	} else if (*line == '/') {
		line[strcspn(line, "=")] = '\0'; /* "DIR=libc6" of old */
		strv_add(dirs, line);
	}
}

static void read_conf_file(const char *sysroot, const char *path, unsigned depth, struct strv *dirs)
{
	struct strv full = {0};
	char *line = NULL;
	size_t room = 0;

	if (depth > INCLUDE_DEPTH_MAX)
		return; /* a file that includes itself */
	strv_addf(&full, "%s%s", sysroot, path);
	FILE *file = input_file_stream(full.items[0]);
	strv_free(&full);
	if (file == NULL)
		return;
	while (getline(&line, &room, file) >= 0)
		read_conf_line(sysroot, path, line, depth, dirs);
	free(line);
	fclose(file);
}

void ldso_read_conf(const char *sysroot, struct strv *dirs)
{
	read_conf_file(sysroot, "/etc/ld.so.conf", 0, dirs);
}

const char *ldso_triplet(enum config_arch arch)
{
	static const char *const triplets[ARCH_COUNT] = {
	    [ARCH_X86_64] = "x86_64-linux-gnu",
	    [ARCH_AARCH64] = "aarch64-linux-gnu",
	    [ARCH_RISCV64] = "riscv64-linux-gnu",
	};

	return triplets[arch];
}

void ldso_default_dirs(enum config_arch arch, bool is_musl, struct strv *dirs)
{
	/* glibc's slibdir and libdir: sysdeps/unix/sysv/linux/ARCH/configure. */
	const char *slib = arch == ARCH_RISCV64 ? "lib64/lp64d" : "lib64";

	if (is_musl) { /* ldso/dynlink.c, sys_path */
		strv_add(dirs, "/lib");
		strv_add(dirs, "/usr/local/lib");
		strv_add(dirs, "/usr/lib");
		return;
	}
	strv_addf(dirs, "/lib/%s", ldso_triplet(arch));
	strv_addf(dirs, "/usr/lib/%s", ldso_triplet(arch));
	strv_addf(dirs, "/%s", slib);
	strv_addf(dirs, "/usr/%s", slib);
	strv_add(dirs, "/lib");
	strv_add(dirs, "/usr/lib");
}

/* --- ld.so.cache ------------------------------------------------------------------------------ */

/* glibc's sysdeps/generic/dl-cache.h: struct cache_file_new and file_entry_new, little-endian. */
struct cache_header {
	char magic[20];
	uint32_t count;
	uint32_t strings_size;
	uint8_t endianness; /* 2: little */
	uint8_t padding[3];
	uint32_t extension_offset;
	uint32_t unused[3];
};

struct cache_entry {
	int32_t flags;
	uint32_t key;   /* offset of the name, from the beginning of the file */
	uint32_t value; /* offset of the path */
	uint32_t os_version;
	uint64_t hwcap;
};

_Static_assert(sizeof(struct cache_header) == 48, "as glibc lays it out");
_Static_assert(sizeof(struct cache_entry) == 24, "as glibc lays it out");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pith runs on little-endian machines");

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* How the loader compares names: like strcmp, but runs of digits by their number
 * (_dl_cache_libcmp). */
static int compare_names(const char *a, const char *b)
{
	while (*a != '\0') {
		bool digit_a = *a >= '0' && *a <= '9', digit_b = *b >= '0' && *b <= '9';
		if (digit_a != digit_b)
			return digit_a ? 1 : -1;
		if (digit_a) {
			char *end_a, *end_b;
			unsigned long number_a = strtoul(a, &end_a, 10);
			unsigned long number_b = strtoul(b, &end_b, 10);
			if (number_a != number_b)
				return number_a > number_b ? 1 : -1;
			a = end_a;
			b = end_b;
		} else if (*a != *b) {
			return (unsigned char)*a > (unsigned char)*b ? 1 : -1;
		} else {
			a++;
			b++;
		}
	}
	return *b == '\0' ? 0 : -1;
}

static int compare_paths_down(const void *a, const void *b)
{
	return compare_names(base_name(*(char *const *)b), base_name(*(char *const *)a));
}

char *ldso_cache(enum config_arch arch, char *const *paths, size_t count, size_t *size)
{
	/* FLAG_ELF_LIBC6 and the architecture's own (dl-cache.h). */
	static const int32_t flags[ARCH_COUNT] = {
	    [ARCH_X86_64] = 0x0303, [ARCH_AARCH64] = 0x0a03, [ARCH_RISCV64] = 0x1003};
	const size_t entries_end = sizeof(struct cache_header) + count * sizeof(struct cache_entry);
	struct cache_header header = {.magic = "glibc-ld.so.cache1.1", .endianness = 2};
	size_t strings_size = 0;

	for (size_t i = 0; i < count; i++)
		strings_size += strlen(paths[i]) + 1;
	*size = entries_end + strings_size;
	char *bytes = malloc(*size);
	const char **sorted = calloc(count + 1, sizeof(*sorted));
	if (bytes == NULL || sorted == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < count; i++)
		sorted[i] = paths[i];
	qsort(sorted, count, sizeof(*sorted), compare_paths_down);

	header.count = (uint32_t)count;
	header.strings_size = (uint32_t)strings_size;
	memcpy(bytes, &header, sizeof(header));
	size_t at = entries_end;
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(sorted[i]) + 1;
		struct cache_entry entry = {
		    .flags = flags[arch],
		    /* The name is the tail of the path. */
		    .key = (uint32_t)(at + (size_t)(base_name(sorted[i]) - sorted[i])),
		    .value = (uint32_t)at,
		};
		memcpy(bytes + sizeof(header) + i * sizeof(entry), &entry, sizeof(entry));
		memcpy(bytes + at, sorted[i], length);
		at += length;
	}
	free(sorted);
	return bytes;
}
