/* SPDX-License-Identifier: Apache-2.0 */
/* libraries.c: what a program needs beside itself to run in a guest that has no files of its own.
 *
 * 1. The program is read: an ELF file, or a script whose interpreter is gathered as a program.
 * 2. Its dynamic loader is taken from where PT_INTERP says.
 * 3. Libraries are looked for breadth first, as ld.so loads them (glibc's elf/dl-load.c,
 *    _dl_map_object), each in: the RPATHs of who asks and of those who asked for it, or its
 *    RUNPATH; LD_LIBRARY_PATH; the folders of ld.so.conf; the built-in folders.
 *
 * A file has a path here and one in the guest. They differ by the sysroot, and for a program that
 * stands elsewhere in the guest, so each search goes over pairs of folders. */
#include "libraries.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "elf.h"
#include "input_file.h"
#include "ldso.h"
#include "message.h"
#include "shebang.h"
#include "path.h"
#include "text.h"

/* How many interpreters the kernel follows (fs/exec.c, exec_binprm). */
#define SCRIPT_DEPTH_MAX 5

struct bytes {
	char *source; /* path the file was opened by, made real under a sysroot */
	const char *data;
	size_t size;
};

/* A program, loader or library that takes part in one program's start. */
struct object {
	char *name;         /* as it was asked for */
	char *source;       /* path on this system */
	char *origin;       /* $ORIGIN on this system; NULL: the same as guest_origin, by sysroot */
	char *guest_origin; /* $ORIGIN in the guest */
	char *soname, *rpath, *runpath;
	struct strv needed;
	bool no_default_dirs;
	size_t asker; /* index of the object that asked for it first; the program's own is itself */
};

struct search {
	const struct libraries_setting *setting;
	struct libraries *found;
	enum config_arch arch;
	bool is_musl;
	struct strv conf_dirs, default_dirs;
	struct object *objects;
	size_t count;
};

/* --- Paths and files -------------------------------------------------------------------------- */

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL || slash == path ? text_copy("/")
					      : text_format("%.*s", (int)(slash - path), path);
}

/* Open PATH of the guest's system: under the sysroot its symbolic links stay under the sysroot. */
static int open_in_system(const struct libraries_setting *setting, const char *path)
{
	struct open_how how = {.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT};
	int root, fd;

	if (setting->sysroot == NULL)
		return input_file_open(path, O_RDONLY);
	root = open(setting->sysroot, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
	fd = fd < 0 ? -errno : fd;
	close(root);
	return fd;
}

/* Map the regular file FD, which is closed. PATH is what it was opened by. Returns 0 or -errno. */
static int map_file(int fd, const char *path, bool in_sysroot, struct bytes *bytes)
{
	char link[64], real[PATH_MAX];
	struct stat status;
	int result = 0;

	*bytes = (struct bytes){0};
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = in_sysroot ? readlink(link, real, sizeof(real) - 1) : -1;
	if (fstat(fd, &status) != 0)
		result = -errno;
	else if (!S_ISREG(status.st_mode))
		result = -ENOENT;
	else if (status.st_size > 0) {
		void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED)
			result = -errno;
		else
			*bytes = (struct bytes){.data = data, .size = (size_t)status.st_size};
	}
	close(fd);
	if (result == 0)
		bytes->source =
		    length > 0 ? text_format("%.*s", (int)length, real) : text_copy(path);
	return result;
}

/* What is no regular file is nothing to the loader. */
static int map_opened(int fd, const char *path, bool in_sysroot, struct bytes *bytes)
{
	if (fd == -EISDIR || fd == -EMEDIUMTYPE)
		return -ENOENT;
	return fd < 0 ? fd : map_file(fd, path, in_sysroot, bytes);
}

static int map_in_system(const struct libraries_setting *setting, const char *path,
			 struct bytes *bytes)
{
	return map_opened(open_in_system(setting, path), path, setting->sysroot != NULL, bytes);
}

static int map_here(const char *path, struct bytes *bytes)
{
	return map_opened(input_file_open(path, O_RDONLY), path, false, bytes);
}

static void unmap(struct bytes *bytes)
{
	if (bytes->size > 0)
		munmap((void *)(uintptr_t)bytes->data, bytes->size);
	free(bytes->source);
}

static void add_file(struct libraries *found, const char *source, const char *target)
{
	for (size_t i = 0; i < found->count; i++)
		if (strcmp(found->files[i].target, target) == 0)
			return;
	found->files = reallocarray(found->files, found->count + 1, sizeof(*found->files));
	if (found->files == NULL)
		die_out_of_memory();
	found->files[found->count++] =
	    (struct library){.source = text_copy(source), .target = text_copy(target)};
}

/* --- Objects ---------------------------------------------------------------------------------- */

static struct object *add_object(struct search *search, const char *name, size_t asker,
				 const struct elf *elf)
{
	search->objects =
	    reallocarray(search->objects, search->count + 1, sizeof(*search->objects));
	if (search->objects == NULL)
		die_out_of_memory();
	struct object *object = &search->objects[search->count++];
	*object = (struct object){
	    .name = text_copy(name),
	    .soname = text_copy(elf->soname),
	    .rpath = text_copy(elf->rpath),
	    .runpath = text_copy(elf->runpath),
	    .no_default_dirs = elf->no_default_dirs,
	    .asker = asker,
	};
	const char *needed;
	size_t cursor = 0;
	while ((needed = elf_next_needed(elf, &cursor)) != NULL)
		strv_add(&object->needed, needed);
	return object;
}

static void free_object(struct object *object)
{
	free(object->name);
	free(object->source);
	free(object->origin);
	free(object->guest_origin);
	free(object->soname);
	free(object->rpath);
	free(object->runpath);
	strv_free(&object->needed);
}

static bool is_loaded(const struct search *search, const char *name)
{
	/* musl's loader is the C library (ldso/dynlink.c, load_library). */
	if (search->is_musl && strncmp(name, "libc.", 5) == 0)
		return true;
	for (size_t i = 0; i < search->count; i++) {
		const struct object *object = &search->objects[i];
		if (strcmp(object->name, name) == 0 ||
		    (object->soname != NULL && strcmp(object->soname, name) == 0))
			return true;
	}
	return false;
}

/* --- Looking for a library -------------------------------------------------------------------- */

/* A place to look at. LOCAL is the path on this system, or NULL: GUEST's, under the sysroot. */
struct candidate {
	char *local, *guest;
};

/* Whether the file CANDIDATE exists and is a library for our machine: then it becomes an object. As
 * for the loader, a file for another machine is as good as none; a damaged one is an error. */
static bool take(struct search *search, const struct candidate *candidate, const char *name,
		 size_t asker)
{
	struct bytes bytes;
	struct elf elf;
	const char *problem = NULL;
	int result = candidate->local != NULL
			 ? map_here(candidate->local, &bytes)
			 : map_in_system(search->setting, candidate->guest, &bytes);

	if (result < 0)
		return false;
	result = elf_parse(bytes.data, bytes.size, &elf, &problem);
	bool usable = result == 0 && elf.arch == search->arch;
	if (usable) {
		char *target = path_clean_from("", candidate->guest);
		struct object *object = add_object(search, name, asker, &elf);
		object->source = text_copy(bytes.source);
		object->guest_origin = folder_of(target);
		if (candidate->local != NULL)
			object->origin = folder_of(bytes.source);
		add_file(search->found, bytes.source, target);
		free(target);
	} else if (result == -EINVAL || result == -ENOEXEC) {
		strv_addf(&search->found->messages, "shared library '%s', needed by %s: %s: %s",
			  name, search->objects[asker].source, bytes.source, problem);
		usable = true; /* the loader would stop here as well */
	}
	unmap(&bytes);
	return usable;
}

/* TEXT with $LIB and $PLATFORM put in, and ORIGIN for $ORIGIN. LIB is what "$LIB" stands for. */
static char *expand(const struct search *search, const char *text, size_t length,
		    const char *origin, const char *lib)
{
	const struct {
		const char *name, *value;
	} tokens[] = {
	    {"ORIGIN", origin}, {"LIB", lib}, {"PLATFORM", config_arch_name(search->arch)}};
	char *made = text_copy("");

	for (size_t i = 0; i < length;) {
		size_t skip = 0;
		const char *value = NULL;
		for (size_t t = 0; text[i] == '$' && t < sizeof(tokens) / sizeof(tokens[0]); t++) {
			size_t size = strlen(tokens[t].name);
			bool braced = i + 1 < length && text[i + 1] == '{';
			const char *name = text + i + 1 + braced;
			if ((size_t)(text + length - name) < size + braced ||
			    memcmp(name, tokens[t].name, size) != 0 ||
			    (braced && name[size] != '}'))
				continue;
			value = tokens[t].value;
			skip = 1 + size + 2 * (size_t)braced;
		}
		char *longer = value != NULL ? text_format("%s%s", made, value)
					     : text_format("%s%c", made, text[i]);
		free(made);
		made = longer;
		i += value != NULL ? skip : 1;
	}
	return made;
}

/* Look for NAME in the folder that LENGTH bytes of TEXT give, where $LIB is LIB. */
static bool try_folder(struct search *search, const char *text, size_t length, const char *lib,
		       const char *name, size_t asker, size_t object)
{
	const struct object *owner = &search->objects[object];
	bool by_origin = memmem(text, length, "ORIGIN", 6) != NULL && owner->origin != NULL;
	char *guest = expand(search, text, length, owner->guest_origin, lib);
	char *local = by_origin ? expand(search, text, length, owner->origin, lib) : NULL;
	char *cwd = *guest == '/' ? NULL : get_current_dir_name();
	struct candidate candidate = {
	    .guest = text_format("%s%s%s/%s", cwd == NULL ? "" : cwd, cwd == NULL ? "" : "/", guest,
				 name),
	    .local = local == NULL ? NULL : text_format("%s/%s", local, name),
	};
	bool done = take(search, &candidate, name, asker);

	free(candidate.guest);
	free(candidate.local);
	free(guest);
	free(local);
	free(cwd);
	return done;
}

/* Look for NAME in the folder that LENGTH bytes of TEXT give, an element of a search path of
 * OBJECT. An empty one and a relative one count from the current folder. */
static bool try_element(struct search *search, const char *text, size_t length, const char *name,
			size_t asker, size_t object)
{
	bool done = false;

	if (memmem(text, length, "LIB", 3) == NULL)
		return try_folder(search, text, length, "", name, asker, object);
	/* What $LIB stands for is built into the loader: Debian's, then what others have. */
	char *multiarch = text_format("lib/%s", ldso_triplet(search->arch));
	const char *const libs[] = {multiarch, "lib64", "lib"};
	for (size_t i = 0; i < sizeof(libs) / sizeof(libs[0]) && !done; i++)
		done = try_folder(search, text, length, libs[i], name, asker, object);
	free(multiarch);
	return done;
}

/* Look for NAME in the search path PATH of OBJECT, elements separated by one of SEPARATORS. */
static bool try_path(struct search *search, const char *path, const char *separators,
		     const char *name, size_t asker, size_t object)
{
	if (path == NULL || *path == '\0')
		return false;
	for (;;) {
		size_t length = strcspn(path, separators);
		if (try_element(search, path, length, name, asker, object))
			return true;
		path += length;
		if (*path++ == '\0')
			return false;
	}
}

/* The RPATH of the object that asks, of the one that asked for that, and so on up to the program.
 */
static bool try_rpaths(struct search *search, const char *name, size_t asker)
{
	for (size_t i = asker;; i = search->objects[i].asker) {
		if (try_path(search, search->objects[i].rpath, ":", name, asker, i))
			return true;
		if (search->objects[i].asker == i)
			return false;
	}
}

static bool try_dirs(struct search *search, const struct strv *dirs, const char *name, size_t asker)
{
	for (size_t i = 0; i < dirs->count; i++) {
		bool built_in = strv_contains(&search->default_dirs, dirs->items[i]);
		if (built_in && search->objects[asker].no_default_dirs)
			continue;
		size_t messages = search->found->messages.count;
		struct candidate candidate = {.guest = text_format("%s/%s", dirs->items[i], name)};
		bool done = take(search, &candidate, name, asker);
		if (done && !built_in && messages == search->found->messages.count) {
			char *target = path_clean_from("", candidate.guest);
			strv_add_once(&search->found->cached, target);
			free(target);
		}
		free(candidate.guest);
		if (done)
			return true;
	}
	return false;
}

static void refuse_missing(struct search *search, const char *name, size_t asker)
{
	strv_addf(&search->found->messages, "shared library '%s', needed by %s, is not found%s%s",
		  name, search->objects[asker].source,
		  search->setting->sysroot == NULL ? "" : " in ",
		  search->setting->sysroot == NULL ? "" : search->setting->sysroot);
}

/* Find the library that the object ASKER calls NAME, and take it in. */
static void find_library(struct search *search, const char *name, size_t asker)
{
	if (is_loaded(search, name))
		return;
	if (strchr(name, '/') != NULL) {
		const char *slash = strrchr(name, '/');
		if (!try_element(search, name, (size_t)(slash - name), slash + 1, asker, asker))
			refuse_missing(search, name, asker);
		return;
	}
	if (search->objects[asker].runpath == NULL && try_rpaths(search, name, asker))
		return;
	/* $ORIGIN in LD_LIBRARY_PATH is the program's. */
	if (try_path(search, search->setting->ld_library_path, ":;", name, asker, 0) ||
	    try_path(search, search->objects[asker].runpath, ":", name, asker, asker) ||
	    try_dirs(search, &search->conf_dirs, name, asker) ||
	    try_dirs(search, &search->default_dirs, name, asker))
		return;
	refuse_missing(search, name, asker);
}

/* --- Programs --------------------------------------------------------------------------------- */

/* Take in the dynamic loader that the program asks for. */
static void find_loader(struct search *search, const char *path)
{
	struct candidate candidate = {.guest = text_copy(path)};

	if (*path != '/' || !take(search, &candidate, path, 0))
		strv_addf(&search->found->messages, "dynamic loader '%s', needed by %s, is not %s",
			  path, search->objects[0].source,
			  *path == '/' ? "found" : "an absolute path");
	free(candidate.guest);
}

static void gather_elf(const struct bytes *bytes, const char *target, const struct elf *elf,
		       const struct libraries_setting *setting, struct libraries *found)
{
	struct search search = {.setting = setting, .found = found, .arch = elf->arch};

	if (elf->interpreter == NULL)
		return; /* static */
	/* The kernel tells a program its own path with symbolic links resolved. */
	char *real = realpath(bytes->source, NULL);
	struct object *program = add_object(&search, target, 0, elf);
	program->source = text_copy(bytes->source);
	program->origin = folder_of(real == NULL ? bytes->source : real);
	program->guest_origin = folder_of(target);
	free(real);
	search.is_musl = strstr(elf->interpreter, "/ld-musl-") != NULL;
	if (!search.is_musl)
		ldso_read_conf(setting->sysroot == NULL ? "" : setting->sysroot, &search.conf_dirs);
	ldso_default_dirs(search.arch, search.is_musl, &search.default_dirs);

	find_loader(&search, elf->interpreter);
	for (size_t i = 0; i < search.count; i++)
		for (size_t j = 0; j < search.objects[i].needed.count; j++)
			find_library(&search, search.objects[i].needed.items[j], i);

	for (size_t i = 0; i < search.count; i++)
		free_object(&search.objects[i]);
	free(search.objects);
	strv_free(&search.conf_dirs);
	strv_free(&search.default_dirs);
}

static void gather_program(const struct bytes *bytes, const char *target,
			   const struct libraries_setting *setting, struct libraries *found,
			   unsigned depth);

/* The program at the guest's PATH, which the script SCRIPT wants. False: there is none. */
static bool gather_interpreter(const char *path, const struct libraries_setting *setting,
			       struct libraries *found, unsigned depth)
{
	struct bytes bytes;

	if (map_in_system(setting, path, &bytes) < 0)
		return false;
	char *target = path_clean_from("", path);
	add_file(found, bytes.source, target);
	gather_program(&bytes, target, setting, found, depth);
	free(target);
	unmap(&bytes);
	return true;
}

/* The program NAME that "env" would find in PATH. */
static bool gather_from_path(const char *name, const struct libraries_setting *setting,
			     struct libraries *found, unsigned depth)
{
	const char *path = setting->search_path;

	if (strchr(name, '/') != NULL)
		return gather_interpreter(name, setting, found, depth);
	while (path != NULL && *path != '\0') {
		size_t length = strcspn(path, ":");
		char *full = text_format("%.*s/%s", (int)length, path, name);
		bool done = *full == '/' && gather_interpreter(full, setting, found, depth);
		free(full);
		if (done)
			return true;
		path += length + (path[length] == ':');
	}
	return false;
}

static void gather_script(const char *script, const struct shebang *shebang,
			  const struct libraries_setting *setting, struct libraries *found,
			  unsigned depth)
{
	const char *slash = strrchr(shebang->interpreter, '/');
	char name[SHEBANG_SIZE];

	if (depth >= SCRIPT_DEPTH_MAX)
		strv_addf(&found->messages, "%s: more than %d interpreters in a row", script,
			  SCRIPT_DEPTH_MAX);
	else if (*shebang->interpreter != '/')
		strv_addf(&found->messages, "interpreter '%s' of %s is not an absolute path",
			  shebang->interpreter, script);
	else if (!gather_interpreter(shebang->interpreter, setting, found, depth + 1))
		strv_addf(&found->messages, "interpreter '%s' of %s is not found",
			  shebang->interpreter, script);
	else if (strcmp(slash + 1, "env") == 0 &&
		 shebang_env_program(shebang->argument, name) == 0 &&
		 !gather_from_path(name, setting, found, depth + 1))
		strv_addf(&found->messages, "program '%s', which %s runs by env, is not in PATH",
			  name, script);
}

static void gather_program(const struct bytes *bytes, const char *target,
			   const struct libraries_setting *setting, struct libraries *found,
			   unsigned depth)
{
	struct shebang shebang;
	struct elf elf;
	const char *problem = NULL;
	int result = shebang_parse(bytes->data, bytes->size, &shebang);

	if (result == 0) {
		gather_script(bytes->source, &shebang, setting, found, depth);
		return;
	}
	if (result == -ENOEXEC) {
		strv_addf(&found->messages, "%s: its first line names no interpreter",
			  bytes->source);
		return;
	}
	result = elf_parse(bytes->data, bytes->size, &elf, &problem);
	if (result == -ENOEXEC)
		problem = "neither an ELF program nor a script that begins with \"#!\"";
	else if (result == 0 && !elf.is_program)
		problem = "it is a shared library, not a program";
	if (problem != NULL) {
		strv_addf(&found->messages, "%s: %s", bytes->source, problem);
		return;
	}
	found->arch = elf.arch;
	gather_elf(bytes, target, &elf, setting, found);
}

int libraries_gather(const char *source, const char *target,
		     const struct libraries_setting *setting, struct libraries *found)
{
	struct bytes bytes;
	int result = map_here(source, &bytes);

	*found = (struct libraries){.arch = config_host_arch()};
	if (result < 0) {
		strv_addf(&found->messages, "%s: %s", source, strerror(-result));
		return -ENOENT;
	}
	gather_program(&bytes, target, setting, found, 0);
	unmap(&bytes);
	return found->messages.count == 0 ? 0 : -ENOENT;
}

void libraries_free(struct libraries *found)
{
	for (size_t i = 0; i < found->count; i++) {
		free(found->files[i].source);
		free(found->files[i].target);
	}
	free(found->files);
	strv_free(&found->cached);
	strv_free(&found->messages);
	*found = (struct libraries){0};
}
