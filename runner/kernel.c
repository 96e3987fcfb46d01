/* SPDX-License-Identifier: Apache-2.0 */
/* kernel.c: pith's default kernel for an architecture, and where cached things live. */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/fs.h>

#include "input_file.h"
#include "message.h"
#include "strv.h"
#include "text.h"

#define READ_AHEAD_BYTES (1 << 20)

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && *value != '\0' ? value : NULL;
}

/* The bytes of PATH without the slashes at its end; 0 for "/". */
static int folder_size(const char *path)
{
	size_t size = strlen(path);

	while (size > 0 && path[size - 1] == '/')
		size--;
	return (int)size;
}

char *kernel_cache_dir(void)
{
	const char *cache = environment("PITH_CACHE");
	const char *xdg = environment("XDG_CACHE_HOME");
	const char *home = environment("HOME");

	if (cache != NULL)
		return text_format("%.*s", folder_size(cache) == 0 ? 1 : folder_size(cache), cache);
	if (xdg != NULL)
		return text_format("%.*s/pith", folder_size(xdg), xdg);
	if (home == NULL)
		home = "/root";
	return text_format("%.*s/.cache/pith", folder_size(home), home);
}

/* DIR/NAME where that exists, else NULL. Malloced. */
static char *existing(const char *dir, const char *name, int access_mode)
{
	char *path = text_format("%s/%s", dir, name);

	if (access(path, access_mode) == 0)
		return path;
	free(path);
	return NULL;
}

/* The first line of the file PATH, or "" where there is none. Malloced. */
static char *read_line(const char *path)
{
	FILE *file = path == NULL ? NULL : input_file_stream(path);
	char *line = NULL;
	size_t room = 0;

	if (file == NULL || getline(&line, &room, file) < 0) {
		free(line);
		line = text_copy("");
	}
	line[strcspn(line, "\n")] = '\0';
	if (file != NULL)
		fclose(file);
	return line;
}

/* Fill KERNEL from the folder GIVEN. Returns 0 or -ENOENT. */
static int take_folder(const char *given, struct kernel *kernel)
{
	char *dir = realpath(given, NULL);
	char *release;

	if (dir == NULL)
		return -ENOENT;
	kernel->image = existing(dir, "vmlinux", R_OK);
	if (kernel->image == NULL)
		kernel->image = existing(dir, "vmlinuz", R_OK);
	if (kernel->image == NULL) {
		free(dir);
		return -ENOENT;
	}
	kernel->modules = existing(dir, "modules", R_OK | X_OK);
	release = existing(dir, "release", R_OK);
	kernel->release = read_line(release);
	free(release);
	free(dir);
	return 0;
}

/* The folder of this program; false where it is not known. */
static bool own_folder(char folder[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);

	if (length <= 0)
		return false;
	folder[length] = '\0';
	*strrchr(folder, '/') = '\0';
	return true;
}

static int find_default(enum config_arch arch, struct kernel *kernel, bool says)
{
	const char *name = config_arch_name(arch);
	const char *chosen = environment("PITH_KERNEL_DIR");
	char *cache = kernel_cache_dir(), self[PATH_MAX];
	struct strv folders = {0};
	int result = -ENOENT;

	*kernel = (struct kernel){0};
	if (chosen != NULL) { /* a wrong choice is an error: no other kernel is taken instead */
		strv_add(&folders, chosen);
	} else {
		strv_addf(&folders, "%s/kernels/%s-pith", cache, name);
		strv_addf(&folders, "%s/kernels/%s", cache, name);
		if (own_folder(
			self)) /* it may have been installed elsewhere than it was built for */
			strv_addf(&folders, "%s/../share/pith/kernels/%s", self, name);
		strv_addf(&folders, PITH_PREFIX "/share/pith/kernels/%s", name);
	}
	for (size_t i = 0; result != 0 && i < folders.count; i++)
		result = take_folder(folders.items[i], kernel);
	if (result != 0 && says && chosen != NULL)
		say_error("PITH_KERNEL_DIR=%s holds no vmlinux or vmlinuz", chosen);
	else if (result != 0 && says)
		say_error("no kernel for %s in %s, %s or %s; scripts/fetch-kernel %s fetches one, "
			  "--kernel, or kernel = in the configuration, names one",
			  name, folders.items[0], folders.items[1],
			  folders.items[folders.count - 1], name);
	strv_free(&folders);
	free(cache);
	return result;
}

int kernel_find_default(enum config_arch arch, struct kernel *kernel)
{
	return find_default(arch, kernel, true);
}

int kernel_look_for_default(enum config_arch arch, struct kernel *kernel)
{
	return find_default(arch, kernel, false);
}

void kernel_use_compressed(struct kernel *kernel)
{
	size_t size = strlen(kernel->image);

	if (size < strlen("/vmlinux") || strcmp(kernel->image + size - 8, "/vmlinux") != 0)
		return;
	kernel->image[size - 1] = 'z';
	if (access(kernel->image, R_OK) != 0)
		kernel->image[size - 1] = 'x';
}

void kernel_read_ahead(const char *image)
{
	int fd = input_file_open(image, O_RDONLY);
	char byte, *buffer;
	struct iovec first = {.iov_base = &byte, .iov_len = 1};

	if (fd < 0)
		return;
	/* As a system call: musl has no preadv2 before 1.2.5. EAGAIN: it would have to be read. */
	if (syscall(SYS_preadv2, fd, &first, 1UL, 0UL, 0UL, RWF_NOWAIT) < 0 && errno == EAGAIN) {
		buffer = malloc(READ_AHEAD_BYTES);
		while (buffer != NULL && read(fd, buffer, READ_AHEAD_BYTES) > 0)
			;
		free(buffer);
	}
	close(fd);
}

void kernel_free(struct kernel *kernel)
{
	free(kernel->image);
	free(kernel->modules);
	free(kernel->release);
	*kernel = (struct kernel){0};
}

char *kernel_find_program(enum config_arch arch, const char *name)
{
	const char *arch_name = config_arch_name(arch);
	char self[PATH_MAX];
	struct strv folders = {0};
	char *path = NULL;

	if (environment("PITH_LIB") != NULL)
		strv_addf(&folders, "%s/%s", environment("PITH_LIB"), arch_name);
	if (own_folder(self)) {
		if (arch == config_host_arch())
			strv_add(&folders, self);
		strv_addf(&folders, "%s/../%s", self, arch_name);
		strv_addf(&folders, "%s/../lib/pith/%s", self, arch_name);
	}
	strv_addf(&folders, PITH_PREFIX "/lib/pith/%s", arch_name);
	for (size_t i = 0; path == NULL && i < folders.count; i++)
		path = existing(folders.items[i], name, X_OK);
	if (path == NULL)
		say_error("no %s for %s beside this program or in " PITH_PREFIX "/lib/pith/%s; "
			  "make ARCH=%s builds it",
			  name, arch_name, arch_name, arch_name);
	strv_free(&folders);
	return path;
}
