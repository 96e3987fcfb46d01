/* SPDX-License-Identifier: Apache-2.0 */
/* exec_program.c: the program of pith exec, and the files that the guest needs to run it. */
#include "exec_program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elf.h"
#include "exec_failure.h"
#include "input_file.h"
#include "ldso.h"
#include "libraries.h"
#include "message.h"
#include "path.h"
#include "text.h"

/* --- Where it is -------------------------------------------------------------------------------
 */

/* Whether PATH can be run: 0, or the errno that execve(2) would give. */
static int check_executable(const struct exec_plan *plan, const char *path)
{
	struct stat status;

	if (plan->root.folder != NULL)
		return exec_root_check(plan->root.folder, path);
	if (stat(path, &status) != 0)
		return errno;
	if (!S_ISREG(status.st_mode))
		return EACCES;
	return access(path, X_OK) == 0 ? 0 : errno;
}

static int exec_failed(struct outcome *failure, const char *name, int error)
{
	bool missing = error == ENOENT || error == ENOTDIR;

	outcome_set(failure, OUTCOME_EXEC_FAILED,
		    missing ? EXIT_CODE_NOT_FOUND : EXIT_CODE_NOT_EXECUTABLE, 0, "%.300s: %s", name,
		    error == ENOENT && strchr(name, '/') == NULL ? "not found in PATH"
								 : strerror(error));
	return -1;
}

/* As execvp(3) looks: what is there but cannot be run is passed over, and remembered. */
int exec_program_find(struct exec_plan *plan, const char *name, const char *cwd,
		      struct outcome *failure)
{
	const char *path = getenv("PATH");
	int error = ENOENT;

	if (path == NULL)
		path = "/usr/local/bin:/usr/bin:/bin";
	if (*name == '\0')
		return exec_failed(failure, "''", ENOENT);
	if (plan->root.image != NULL)
		return 0;
	if (strchr(name, '/') != NULL) {
		plan->program =
		    plan->root.folder != NULL ? path_clean_from(cwd, name) : path_clean(name);
		error = check_executable(plan, plan->root.folder != NULL ? plan->program : name);
		return error != 0 ? exec_failed(failure, name, error) : 0;
	}
	for (size_t size; plan->program == NULL; path += size + 1) {
		char candidate[PATH_MAX];
		size = strcspn(path, ":");
		if (snprintf(candidate, sizeof(candidate), "%.*s%s%s", (int)size, path,
			     size == 0 ? "" : "/", name) < (int)sizeof(candidate)) {
			int result = check_executable(plan, candidate);
			if (result == 0)
				plan->program = path_clean(candidate);
			else if (result != ENOENT && result != ENOTDIR)
				error = result;
		}
		if (path[size] == '\0')
			break;
	}
	return plan->program != NULL ? 0 : exec_failed(failure, name, error);
}

/* --- What --add names --------------------------------------------------------------------------
 */

/* SRC, which goes to its own path, or SRC=DEST. A name that holds a "=" and exists as a whole is a
 * SRC. */
static int add_given(struct exec_plan *plan, const char *given, struct outcome *failure)
{
	const char *equals = access(given, F_OK) == 0 ? NULL : strrchr(given, '=');
	char *source, *dest;
	int result;

	/* Its symbolic links cannot be followed from here. */
	if (plan->root.image != NULL)
		return exec_failure_setup(
		    failure, given, "--add goes into no image; --share gives the guest a folder");
	if (equals != NULL && equals[1] != '/')
		return exec_failure_setup(failure, given,
					  "the destination is not an absolute path");
	source = text_copy(given);
	if (equals != NULL)
		source[equals - given] = '\0';
	dest = path_clean(equals != NULL ? equals + 1 : source);
	result = exec_files_add(&plan->files, source, dest);
	strv_add(&plan->added, source);
	strv_add(&plan->added, dest);
	free(source);
	free(dest);
	return result == 0 ? 0 : exec_failure_files(&plan->files, failure);
}

/* --- What they need ----------------------------------------------------------------------------
 */

/* Libraries beside a program are not in the sysroot, nor where a program from elsewhere wants them.
 */
static bool is_mirrored(const struct exec_plan *plan, const struct library *file)
{
	size_t size = plan->sysroot == NULL ? 0 : strlen(plan->sysroot);

	if (size <= 1)
		return access(file->target, F_OK) == 0;
	return strncmp(file->source, plan->sysroot, size) == 0 && file->source[size] == '/';
}

/* A program that is reached by a symbolic link looks beside itself, where it really is. */
static int add_library(struct exec_plan *plan, const struct library *file)
{
	int result = exec_files_add(&plan->files, file->source, file->target);

	if (result == 0 && plan->sysroot == NULL && file->source[0] == '/')
		result = exec_files_mirror(&plan->files, file->source);
	return result;
}

static int add_libraries(struct exec_plan *plan, const struct libraries *found,
			 struct outcome *failure)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct library *file = &found->files[i];
		if ((is_mirrored(plan, file) ? exec_files_mirror(&plan->files, file->target)
					     : add_library(plan, file)) != 0)
			return exec_failure_files(&plan->files, failure);
	}
	for (size_t i = 0; i < found->cached.count; i++)
		strv_add_once(&plan->cached, found->cached.items[i]);
	return 0;
}

static int gather_program(struct exec_plan *plan, const struct strv *environment,
			  struct outcome *failure)
{
	struct libraries_setting setting = {
	    .ld_library_path = strv_variable(environment, "LD_LIBRARY_PATH"),
	    .search_path = strv_variable(environment, "PATH"),
	};
	struct libraries found;
	char *source;
	int result;

	plan->process.vm.arch = config_host_arch();
	if (plan->root.image != NULL)
		return 0;
	if (plan->root.folder != NULL && plan->root.folder[0] != '\0')
		setting.sysroot = plan->root.folder;
	source = setting.sysroot == NULL ? text_copy(plan->program)
					 : exec_root_real(setting.sysroot, plan->program);
	if (plan->sysroot != NULL)
		setting.sysroot = plan->sysroot;
	if (source == NULL)
		return exec_failed(failure, plan->program, ENOENT);
	if (libraries_gather(source, plan->program, &setting, &found) != 0) {
		for (size_t i = 1; i < found.messages.count; i++)
			say_error("%s", found.messages.items[i]);
		outcome_set(failure, OUTCOME_EXEC_FAILED, EXIT_CODE_NOT_EXECUTABLE, 0, "%s%s",
			    found.messages.items[0],
			    found.arch != config_host_arch() && setting.sysroot == NULL
				? "; --sysroot names the folder of that processor's libraries"
				: "");
		result = -1;
	} else if (plan->root.folder != NULL) { /* all that was found is there */
		plan->process.vm.arch = found.arch;
		result = 0;
	} else {
		plan->process.vm.arch = found.arch;
		result = (plan->sysroot == NULL
			      ? exec_files_mirror(&plan->files, plan->program)
			      : exec_files_add(&plan->files, plan->program, plan->program)) == 0
			     ? add_libraries(plan, &found, failure)
			     : exec_failure_files(&plan->files, failure);
	}
	libraries_free(&found);
	free(source);
	return result;
}

/* Whether the file PATH can be run: a script, or an ELF program for the processor ARCH. */
static bool is_program(const char *path, enum config_arch arch)
{
	struct stat status;
	const char *problem;
	struct elf elf;
	int fd = input_file_open(path, O_RDONLY);
	bool is = false;
	char *bytes = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &status) == 0 && (status.st_mode & 0111) != 0 &&
	    status.st_size >= 2)
		bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes != MAP_FAILED) {
		is = memcmp(bytes, "#!", 2) == 0 ||
		     (elf_parse(bytes, (size_t)status.st_size, &elf, &problem) == 0 &&
		      elf.is_program && elf.arch == arch);
		munmap(bytes, (size_t)status.st_size);
	}
	if (fd >= 0)
		close(fd);
	return is;
}

/* What the programs that --add names need, as BINARY's is; what is in a folder is not looked at. */
static int gather_added(struct exec_plan *plan, const struct strv *environment,
			struct outcome *failure)
{
	const struct libraries_setting setting = {
	    .sysroot = plan->sysroot,
	    .ld_library_path = strv_variable(environment, "LD_LIBRARY_PATH"),
	    .search_path = strv_variable(environment, "PATH"),
	};
	struct libraries found;
	int result = 0;

	for (size_t i = 0; result == 0 && i < plan->added.count; i += 2) {
		const char *source = plan->added.items[i];
		if (!is_program(source, plan->process.vm.arch))
			continue;
		result = libraries_gather(source, plan->added.items[i + 1], &setting, &found) != 0
			     ? exec_failure_setup(failure, "--add", found.messages.items[0])
			     : add_libraries(plan, &found, failure);
		libraries_free(&found);
	}
	return result;
}

static int add_cache(struct exec_plan *plan, struct outcome *failure)
{
	size_t size;
	char *cache;

	if (plan->cached.count == 0)
		return 0;
	cache = ldso_cache(plan->process.vm.arch, plan->cached.items, plan->cached.count, &size);
	return exec_files_bytes(&plan->files, "/etc/ld.so.cache", cache, size) == 0
		   ? 0
		   : exec_failure_files(&plan->files, failure);
}

int exec_program_gather(struct exec_plan *plan, const struct exec_options *options,
			const struct strv *environment, struct outcome *failure)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < options->adds.count; i++)
		result = add_given(plan, options->adds.items[i], failure);
	if (result == 0)
		result = gather_program(plan, environment, failure);
	if (result != 0 || options->rootfs != NULL) /* a tree has all of its own */
		return result;
	result = gather_added(plan, environment, failure);
	return result == 0 ? add_cache(plan, failure) : result;
}
