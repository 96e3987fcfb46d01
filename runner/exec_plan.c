/* SPDX-License-Identifier: Apache-2.0 */
/* exec_plan.c: from the options of pith exec to a virtual machine.
 *
 * 1. Find BINARY as a shell would, through PATH unless its name holds a slash.
 * 2. Gather the files: what --add names, then the program, its loader and libraries (or its
 *    interpreter with theirs), each at the path it has here.
 * 3. Write the records for PID 1: argument vector, environment, working directory, byte for byte.
 * 4. Describe the machine: architecture by the ELF header, memory by what the guest holds. */
#include "exec_plan.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../init/cmdline.h"
#include "elf.h"
#include "exec_net.h"
#include "exec_shares.h"
#include "exec_transport.h"
#include "input_file.h"
#include "ldso.h"
#include "libraries.h"
#include "message.h"
#include "one_output.h"
#include "path.h"
#include "terminal.h"
#include "text.h"

#define MEMORY_MIB 256
#define ROOTFS_MEMORY_MIB 1024 /* also for what is written, and for what such a run is about */
#define FILES_FREE_MIB 16      /* of files that this memory has room for */
#define MIB (1024 * 1024)
#define RESOLVER_FILE "/etc/resolv.conf"
#define RECORDS_MAX (CMDLINE_BULK_MAX - 4096) /* the rest is for what pith itself tells PID 1 */

static char *join(const struct strv *words)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < words->count; i++)
		fprintf(out, "%s%s", i == 0 ? "" : " ", words->items[i]);
	if (fclose(out) != 0)
		die_out_of_memory();
	return text;
}

static void add_word(char **text, const char *word)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *text, **text == '\0' ? "" : " ", word) < 0)
		die_out_of_memory();
	free(*text);
	*text = longer;
}

static int setup_failed(struct outcome *failure, const char *what, const char *reason)
{
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0, "%s%s%s", what, *what == '\0' ? "" : ": ",
		    reason);
	return -1;
}

/* --- The program -------------------------------------------------------------------------------
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

/* As execvp(3) looks: what is there but cannot be run is passed over, and remembered. With --rootfs
 * in that tree, from its folder CWD; in an image only the guest can look. */
static int find_program(struct exec_plan *plan, const char *name, const char *cwd,
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

/* --- Files -------------------------------------------------------------------------------------
 */

static int files_failed(const struct exec_plan *plan, struct outcome *failure)
{
	return setup_failed(failure, "", plan->files.problem);
}

/* SRC, which goes to its own path, or SRC=DEST. A name that holds a "=" and exists as a whole is a
 * SRC. */
static int add_given(struct exec_plan *plan, const char *given, struct outcome *failure)
{
	const char *equals = access(given, F_OK) == 0 ? NULL : strrchr(given, '=');
	char *source, *dest;
	int result;

	/* Its symbolic links cannot be followed from here. */
	if (plan->root.image != NULL)
		return setup_failed(failure, given,
				    "--add goes into no image; --share gives the guest a folder");
	if (equals != NULL && equals[1] != '/')
		return setup_failed(failure, given, "the destination is not an absolute path");
	source = text_copy(given);
	if (equals != NULL)
		source[equals - given] = '\0';
	dest = path_clean(equals != NULL ? equals + 1 : source);
	result = exec_files_add(&plan->files, source, dest);
	strv_add(&plan->added, source);
	strv_add(&plan->added, dest);
	free(source);
	free(dest);
	return result == 0 ? 0 : files_failed(plan, failure);
}

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
			return files_failed(plan, failure);
	}
	for (size_t i = 0; i < found->cached.count; i++)
		strv_add_once(&plan->cached, found->cached.items[i]);
	return 0;
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
		   : files_failed(plan, failure);
}

static int gather(struct exec_plan *plan, const struct strv *environment, struct outcome *failure)
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
			     : files_failed(plan, failure);
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
			     ? setup_failed(failure, "--add", found.messages.items[0])
			     : add_libraries(plan, &found, failure);
		libraries_free(&found);
	}
	return result;
}

/* --- Records -----------------------------------------------------------------------------------
 */

/* NAME or NAME=VALUE, unless there is one of that name already. */
static void add_variable(struct strv *environment, const char *given)
{
	size_t size = strcspn(given, "=");
	char *name = strndup(given, size);
	const char *value;

	if (name == NULL)
		die_out_of_memory();
	value = given[size] == '=' ? given + size + 1 : getenv(name);
	if (value != NULL && strv_variable(environment, name) == NULL)
		strv_addf(environment, "%s=%s", name, value);
	free(name);
}

/* What the user set, each name once, and then what makes the guest like here. */
static void make_environment(const struct exec_options *options, struct strv *environment)
{
	static const char *const carried[] = {"PATH", "HOME", "TERM", "TZ"};

	/* The last one given counts, so they go in from the last to the first. */
	for (size_t i = options->envs.count; i-- > 0;)
		add_variable(environment, options->envs.items[i]);
	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++)
		add_variable(environment, carried[i]);
}

/* NAME, UID or UID:GID as "UID:GID" into TEXT. */
static int resolve_user(const char *user, char text[32], struct outcome *failure)
{
	unsigned uid, gid;
	const struct passwd *entry;

	if (exec_options_user(user, &uid, &gid) == 0) {
		snprintf(text, 32, "%u:%u", uid, gid);
		return 0;
	}
	entry = getpwnam(user);
	if (entry == NULL)
		return setup_failed(failure, user,
				    "--user: there is no such user here, nor is it UID or UID:GID");
	snprintf(text, 32, "%u:%u", (unsigned)entry->pw_uid, (unsigned)entry->pw_gid);
	return 0;
}

/* Takes over GUEST and HOST. The folder that it is in is made in the guest. */
static int add_output(struct exec_plan *plan, char *guest, char *host, bool is_optional,
		      struct outcome *failure)
{
	char *folder = text_copy(guest);
	int result;

	*strrchr(folder, '/') = '\0';
	result = exec_files_folder(&plan->files, folder);
	if (result == -EINVAL)
		result = 0; /* below /proc, /sys and /dev the guest has its own */
	free(folder);
	plan->outputs = reallocarray(plan->outputs, plan->output_count + 1, sizeof(*plan->outputs));
	if (plan->outputs == NULL)
		die_out_of_memory();
	plan->outputs[plan->output_count++] =
	    (struct exec_output){.guest = guest, .host = host, .is_optional = is_optional};
	bulk_add(&plan->records, "output", guest);
	return result == 0 ? 0 : files_failed(plan, failure);
}

static int add_given_outputs(struct exec_plan *plan, const struct exec_options *options,
			     const char *cwd, struct outcome *failure)
{
	for (size_t i = 0; i < options->outputs.count; i++) {
		char *given = text_copy(options->outputs.items[i]);
		char *equals = strrchr(given, '=');
		if (equals != NULL)
			*equals++ = '\0';
		int result = add_output(plan, path_clean_from(cwd, given),
					text_copy(equals != NULL ? equals : given), false, failure);
		free(given);
		if (result != 0)
			return -1;
	}
	return 0;
}

/* A test program of Go is told by its arguments which files to write (go help testflag); go test
 * looks for them here under the same names. */
static int add_go_outputs(struct exec_plan *plan, const struct exec_options *options,
			  const char *cwd, struct outcome *failure)
{
	static const char *const flags[] = {"coverprofile", "cpuprofile",   "memprofile",
					    "blockprofile", "mutexprofile", "trace",
					    "testlogfile",  "gocoverdir",   "outputdir"};
	const char *folder = cwd;

	for (size_t i = 1; i < options->argc; i++)
		if (strncmp(options->argv[i], "-test.outputdir=", 16) == 0)
			folder = options->argv[i] + 16;
	for (size_t i = 1; i < options->argc; i++) {
		for (size_t j = 0; j < sizeof(flags) / sizeof(flags[0]); j++) {
			char flag[32];
			int size = snprintf(flag, sizeof(flag), "-test.%s=", flags[j]);
			const char *value = options->argv[i] + size;
			if (strncmp(options->argv[i], flag, (size_t)size) != 0 || *value == '\0')
				continue;
			char *path = path_clean_from(folder, value);
			bool is_folder = strstr(flags[j], "dir") != NULL;
			if (is_folder && exec_files_folder(&plan->files, path) != 0)
				return files_failed(plan, failure);
			if (add_output(plan, path, text_copy(path), true, failure) != 0)
				return -1;
		}
	}
	return 0;
}

static int write_records(struct exec_plan *plan, const struct exec_options *options,
			 const struct strv *environment, const char *cwd, struct outcome *failure)
{
	/* Where BINARY's own name would mean another file there, its absolute path is the name. */
	bool moves = (options->cwd != NULL || plan->root.folder != NULL) &&
		     options->argv[0][0] != '/' && strchr(options->argv[0], '/') != NULL;
	bulk_add(&plan->records, "arg", moves ? plan->program : options->argv[0]);
	for (size_t i = 1; i < options->argc; i++)
		bulk_add(&plan->records, "arg", options->argv[i]);
	for (size_t i = 0; i < environment->count; i++)
		bulk_add(&plan->records, "env", environment->items[i]);
	bulk_add(&plan->records, "cwd", cwd);
	if (options->user != NULL) {
		char user[32];
		if (resolve_user(options->user, user, failure) != 0)
			return -1;
		bulk_add(&plan->records, "user", user);
	}
	/* Else what was written to one would overtake the other on the way. Results are read from
	 * one of the two. */
	if (options->tests == EXEC_TESTS_OFF && one_output(STDOUT_FILENO, STDERR_FILENO))
		bulk_add(&plan->records, "stderr", "stdout");
	if (options->standalone)
		bulk_add(&plan->records, "standalone", "yes");
	else if (add_given_outputs(plan, options, cwd, failure) != 0 ||
		 add_go_outputs(plan, options, cwd, failure) != 0)
		return -1;
	if (plan->records.size <= RECORDS_MAX)
		return 0;
	outcome_set(failure, OUTCOME_EXEC_FAILED, EXIT_CODE_NOT_EXECUTABLE, 0,
		    "%.300s: arguments and environment of %zu bytes; at most %u are accepted",
		    options->argv[0], plan->records.size, RECORDS_MAX);
	return -1;
}

/* In a tree that is given the folders are what they are. */
static int choose_cwd_in_root(const struct exec_plan *plan, const struct exec_options *options,
			      char **cwd, struct outcome *failure)
{
	*cwd = plan->root.image != NULL && options->cwd == NULL
		   ? text_copy("/")
		   : path_clean(options->cwd != NULL ? options->cwd : ".");
	if (plan->root.image != NULL || exec_root_has_folder(plan->root.folder, *cwd))
		return 0;
	if (options->cwd != NULL)
		return setup_failed(failure, options->cwd, "--rootfs has no such folder");
	strcpy(*cwd, "/");
	return 0;
}

/* The folder that --cwd names, or the one here; where that cannot be in the guest, its root. */
static int choose_cwd(struct exec_plan *plan, const struct exec_options *options, char **cwd,
		      struct outcome *failure)
{
	if (options->cwd != NULL && options->cwd[0] != '/')
		return setup_failed(failure, options->cwd, "--cwd is not an absolute path");
	if (options->rootfs != NULL)
		return choose_cwd_in_root(plan, options, cwd, failure);
	*cwd = path_clean(options->cwd != NULL ? options->cwd : ".");
	if (exec_files_folder(&plan->files, *cwd) == 0)
		return 0;
	if (options->cwd != NULL)
		return files_failed(plan, failure);
	strcpy(*cwd, "/");
	return 0;
}

/* --- The machine -------------------------------------------------------------------------------
 */

/* The kernel that runs here, as distributions install it. */
static int choose_host_kernel(struct exec_plan *plan, struct outcome *failure)
{
	struct utsname name;
	char path[PATH_MAX];

	uname(&name);
	snprintf(path, sizeof(path), "/boot/vmlinuz-%s", name.release);
	if (access(path, R_OK) != 0)
		return setup_failed(failure, path, strerror(errno));
	plan->process.vm.kernel = text_copy(path);
	return 0;
}

/* DIR/boot/vmlinuz-RELEASE, or DIR/vmlinuz-RELEASE, has its modules in DIR/lib/modules/RELEASE. */
static char *modules_of(const char *kernel)
{
	char *real = realpath(kernel, NULL), *modules = NULL;
	char *base = real == NULL ? NULL : strrchr(real, '/');
	const char *release = base == NULL ? NULL : strchr(base, '-');
	char path[PATH_MAX];

	if (release != NULL) {
		*base = '\0';
		if (text_ends_with(real, "/boot"))
			real[strlen(real) - strlen("/boot")] = '\0';
		if (snprintf(path, sizeof(path), "%s/lib/modules/%s", real, release + 1) <
		    (int)sizeof(path))
			modules = realpath(path, NULL);
	}
	free(real);
	return modules;
}

static int choose_kernel(struct exec_plan *plan, const struct exec_options *options,
			 struct outcome *failure)
{
	struct config_vm *vm = &plan->process.vm;

	if (options->kernel != NULL && strcmp(options->kernel, "host") == 0) {
		if (choose_host_kernel(plan, failure) != 0)
			return -1;
	} else if (options->kernel != NULL) {
		vm->kernel = text_copy(options->kernel);
	}
	if (options->modules != NULL) {
		plan->modules = realpath(options->modules, NULL);
		if (plan->modules == NULL)
			return setup_failed(failure, options->modules, strerror(errno));
	} else if (vm->kernel != NULL) {
		plan->modules = modules_of(vm->kernel);
	}
	return 0;
}

/* On a user network QEMU answers for the name servers of this system (net/slirp.c). */
static int add_resolver(struct exec_plan *plan, struct outcome *failure)
{
	const struct config_vm *vm = &plan->process.vm;
	char *text;

	if (vm->net_count == 0 || vm->nets[0].mode != NET_USER || plan->root.image != NULL ||
	    exec_files_find(&plan->files, RESOLVER_FILE) != NULL)
		return 0;
	text = text_copy("nameserver 10.0.2.3\n");
	return exec_files_bytes(&plan->files, RESOLVER_FILE, text, strlen(text)) == 0
		   ? 0
		   : files_failed(plan, failure);
}

/* Whether one of the first COUNT interfaces has ADDRESS, which may be NULL. */
static bool has_address(const struct config_vm *vm, size_t count, const char *address)
{
	for (size_t i = 0; i < count; i++)
		if (address != NULL && vm->nets[i].address != NULL &&
		    isdigit((unsigned char)address[0]) && strcmp(address, vm->nets[i].address) == 0)
			return true;
	return false;
}

static int add_nets(struct exec_plan *plan, const struct exec_options *options,
		    struct outcome *failure)
{
	struct config_vm *vm = &plan->process.vm;

	if (options->nets.count > EXEC_NET_MAX)
		return setup_failed(failure, options->nets.items[EXEC_NET_MAX],
				    "more than 8 networks");
	vm->nets = calloc(options->nets.count + 1, sizeof(*vm->nets));
	if (vm->nets == NULL)
		die_out_of_memory();
	for (; vm->net_count < options->nets.count; vm->net_count++)
		(void)exec_net_parse(options->nets.items[vm->net_count],
				     &vm->nets[vm->net_count]); /* exec_options.c has looked */
	for (size_t i = 1; i < vm->net_count; i++)
		if (has_address(vm, i, vm->nets[i].address))
			return setup_failed(failure, options->nets.items[i],
					    "an interface before it has this address: address=");
	return add_resolver(plan, failure);
}

static int add_devices(struct exec_plan *plan, const struct exec_options *options,
		       struct outcome *failure)
{
	struct config_vm *vm = &plan->process.vm;
	const struct exec_shares shares = {
	    .vm = vm, .files = &plan->files, .records = &plan->records, .modules = plan->modules};
	enum config_share_kind kind = SHARE_VIRTIOFS;

	for (size_t i = 0; i < options->disks.count; i++)
		if (exec_shares_add_disk(vm, options->disks.items[i], failure) != 0)
			return -1;
	if ((options->shares.count > 0 || plan->root.folder != NULL) &&
	    exec_shares_choose(&shares, &kind, failure) != 0)
		return -1;
	if (options->rootfs != NULL &&
	    exec_shares_add_root(&shares, kind, &plan->root, failure) != 0)
		return -1;
	for (size_t i = 0; i < options->shares.count; i++)
		if (exec_shares_add(&shares, kind, options->shares.items[i], failure) != 0)
			return -1;
	return add_nets(plan, options, failure);
}

/* All that is a virtio device, or wants to be PID 1 in the place of who carries the streams. */
static int check_no_virtio(const struct exec_options *options, struct outcome *failure)
{
	const struct {
		bool holds;
		const char *option;
	} rules[] = {
	    {options->disks.count > 0, "--disk"},  {options->shares.count > 0, "--share"},
	    {options->nets.count > 0, "--net"},    {options->rootfs != NULL, "--rootfs"},
	    {options->standalone, "--standalone"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].holds)
			return setup_failed(
			    failure, rules[i].option,
			    options->transport == TRANSPORT_ISA
				? "not with --transport isa, which has serial lines "
				  "only"
				: "not with --transport shm, which is without "
				  "virtio");
	return 0;
}

static int describe_machine(struct exec_plan *plan, const struct exec_options *options,
			    struct outcome *failure)
{
	struct config_vm *vm = &plan->process.vm;
	uint64_t files = plan->files.size_bytes / MIB;
	/* Twice: unpacked, and for a while packed besides. */
	uint64_t wanted = (options->rootfs != NULL ? ROOTFS_MEMORY_MIB : MEMORY_MIB) +
			  (files > FILES_FREE_MIB ? 2 * (files - FILES_FREE_MIB) : 0);
	uint64_t memory = MEMORY_MIB;

	while (memory < wanted) /* few sizes: each has a saved state of its own (vm_warm.h) */
		memory *= 2;

	vm->machine = options->machine;
	vm->cpu = options->cpu;
	vm->cpus = (unsigned)options->cpus;
	vm->build_initrd = true;
	vm->append = join(&options->appends);
	if (options->tests != EXEC_TESTS_OFF && options->tests_source == EXEC_SOURCE_CONSOLE)
		add_word(&vm->append, "ignore_loglevel");
	vm->ram_mb = (uint32_t)(options->memory_mib != 0 ? options->memory_mib : memory);
	vm->kvm = (enum config_kvm)options->kvm;
	vm->report = REPORT_REQUIRE;
	if (exec_transport_choose(vm, (enum config_transport)options->transport, failure) != 0 ||
	    ((vm->transport == TRANSPORT_ISA || vm->transport == TRANSPORT_SHM) &&
	     check_no_virtio(options, failure) != 0) ||
	    choose_kernel(plan, options, failure) != 0)
		return -1;
	return add_devices(plan, options, failure);
}

/* A closed input, /dev/null and a terminal that others have in the foreground are no input. */
static bool has_stdin(void)
{
	struct stat status;
	int flags = fcntl(STDIN_FILENO, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || fstat(STDIN_FILENO, &status) != 0)
		return false;
	if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3))
		return false;
	return !S_ISDIR(status.st_mode) && (!terminal_is_there() || terminal_is_ours());
}

static int choose_root(struct exec_plan *plan, const struct exec_options *options,
		       struct outcome *failure)
{
	if (exec_root_open(&plan->root, options->rootfs, failure) != 0)
		return -1;
	plan->files.is_cover = true;
	if (plan->root.image == NULL)
		plan->files.root = plan->root.folder;
	return 0;
}

static int choose_sysroot(struct exec_plan *plan, const struct exec_options *options,
			  struct outcome *failure)
{
	struct stat status;

	if (options->rootfs != NULL)
		return setup_failed(failure, options->sysroot,
				    "--sysroot with --rootfs, which brings its own libraries");
	plan->sysroot = realpath(options->sysroot, NULL);
	if (plan->sysroot == NULL || stat(plan->sysroot, &status) != 0)
		return setup_failed(failure, options->sysroot, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return setup_failed(failure, options->sysroot, strerror(ENOTDIR));
	plan->files.root = plan->sysroot;
	return 0;
}

static int make(struct exec_plan *plan, const struct exec_options *options,
		const struct strv *environment, struct outcome *failure)
{
	char *cwd = NULL;
	int result;

	if ((options->rootfs != NULL && choose_root(plan, options, failure) != 0) ||
	    (options->sysroot != NULL && choose_sysroot(plan, options, failure) != 0))
		return -1;
	if (choose_cwd(plan, options, &cwd, failure) != 0) {
		free(cwd);
		return -1;
	}
	result = find_program(plan, options->argv[0], cwd, failure);
	for (size_t i = 0; result == 0 && i < options->adds.count; i++)
		result = add_given(plan, options->adds.items[i], failure);
	if (result == 0)
		result = gather(plan, environment, failure);
	if (result == 0 && options->rootfs == NULL &&
	    (result = gather_added(plan, environment, failure)) == 0)
		result = add_cache(plan, failure);
	if (result == 0)
		result = write_records(plan, options, environment, cwd, failure);
	free(cwd);
	return result != 0 ? -1 : describe_machine(plan, options, failure);
}

int exec_plan_make(struct exec_plan *plan, const struct exec_options *options,
		   struct outcome *failure)
{
	const char *slash = strrchr(options->argv[0], '/');
	struct strv environment = {0};
	int result;

	plan->files.root = "";
	plan->process.type = PROCESS_VM;
	plan->process.name = text_copy(options->name != NULL ? options->name
				       : slash == NULL       ? options->argv[0]
							     : slash + 1);
	plan->config =
	    (struct config){.mode = CONFIG_MANAGE, .processes = &plan->process, .process_count = 1};
	make_environment(options, &environment);
	result = make(plan, options, &environment, failure);
	strv_free(&environment);
	plan->addition = (struct vm_addition){
	    .modules = plan->modules,
	    .module_names = &options->module_names,
	    .files = plan->files.items,
	    .file_count = plan->files.count,
	    .records = plan->records.bytes,
	    .records_size = plan->records.size,
	    .qemu_args = &options->qemu_args,
	    .use_stdin = has_stdin(),
	    .ends_without_reader = true,
	    .use_outputs = plan->output_count > 0,
	    .files_over_root = options->rootfs != NULL,
	    .needs = options->rootfs != NULL ? ROOTFS_OVERLAY | plan->root.need : 0,
	    .warm = options->warm != EXEC_WARM_OFF,
	    .says_cold = options->warm == EXEC_WARM_ON,
	    .may_use_rings = options->transport == TRANSPORT_AUTO && !options->standalone,
	};
	return result;
}

void exec_plan_free(struct exec_plan *plan)
{
	struct config_vm *vm = &plan->process.vm;

	for (size_t i = 0; i < vm->net_count; i++)
		exec_net_free(&vm->nets[i]);
	free(vm->nets);
	exec_shares_free(vm);
	for (size_t i = 0; i < plan->output_count; i++) {
		free(plan->outputs[i].guest);
		free(plan->outputs[i].host);
	}
	free(plan->outputs);
	free(vm->kernel);
	free(vm->append);
	free(plan->process.name);
	free(plan->program);
	free(plan->modules);
	strv_free(&plan->added);
	strv_free(&plan->cached);
	exec_root_free(&plan->root);
	free(plan->sysroot);
	bulk_free(&plan->records);
	exec_files_free(&plan->files);
	*plan = (struct exec_plan){0};
}

static void print_file(const struct rootfs_file *file, FILE *out)
{
	struct strv words = {0};

	strv_add(&words, S_ISDIR(file->mode) ? "folder" : S_ISLNK(file->mode) ? "link" : "file");
	strv_addf(&words, "%04o", file->mode & 07777);
	strv_addf(&words, "/%s", file->path);
	if (file->source != NULL)
		strv_add(&words, file->source);
	strv_print_quoted(out, words.items);
	strv_free(&words);
}

void exec_plan_print(const struct exec_plan *plan, FILE *out)
{
	const struct config_vm *vm = &plan->process.vm;
	struct qemu_setting setting = {
	    .accel = vm->kvm == KVM_ON ? ACCEL_KVM : ACCEL_TCG,
	    .kernel = vm->kernel != NULL ? vm->kernel : "KERNEL",
	    .initrd = QEMU_INITRD_PATH,
	    .tsc_khz = "TSC_KHZ",
	    .verbose = message_verbose,
	    .use_report = true,
	    .use_stdin = plan->addition.use_stdin,
	    .use_output = plan->addition.use_outputs,
	    .app_on_console = plan->addition.app_on_console,
	    .use_rings = vm->transport == TRANSPORT_SHM,
	    .more_args = plan->addition.qemu_args->items,
	};
	struct strv argv = {0};

	qemu_argv(vm, &setting, &argv);
	strv_print_quoted(out, argv.items);
	strv_free(&argv);
	for (size_t i = 0; i < plan->files.count; i++)
		print_file(&plan->files.items[i], out);
	for (size_t at = 0; at < plan->records.size; at += strlen(plan->records.bytes + at) + 1) {
		struct strv words = {0};
		strv_add(&words, "record");
		strv_add(&words, plan->records.bytes + at);
		strv_print_quoted(out, words.items);
		strv_free(&words);
	}
}
