/* SPDX-License-Identifier: Apache-2.0 */
/* exec_shares.c: pith exec --share and --disk. */
#include "exec_shares.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec_failure.h"
#include "helpers.h"
#include "kernel.h"
#include "message.h"
#include "modules.h"
#include "text.h"

#define DISKS_MAX 25
#define TAG_MAX 31 /* QEMU's MAX_TAG_LEN for 9p, less the NUL */

/* A copy of GIVEN without the ":ro" at its end, which is no part of a name that exists. */
static char *take_read_only(const char *given, bool *read_only)
{
	*read_only = text_ends_with(given, ":ro") && access(given, F_OK) != 0;
	return text_format("%.*s", (int)(strlen(given) - (*read_only ? 3 : 0)), given);
}

/* --- What is there -----------------------------------------------------------------------------
 */

static bool is_program(const char *name)
{
	char *folders, *rest, path[PATH_MAX];
	const char *search = getenv("PATH");
	bool found = false;

	folders = rest =
	    text_format("%s:" HELPERS_MORE_PATH, search == NULL ? "/usr/bin:/bin" : search);
	for (char *folder; !found && (folder = strsep(&rest, ":")) != NULL;)
		found = snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) &&
			access(path, X_OK) == 0;
	free(folders);
	return found;
}

/* Whether the text file PATH has the line LINE. Unless it can be read, it may have. */
static bool may_have_line(const char *path, const char *line)
{
	FILE *file = fopen(path, "re");
	bool found = file == NULL;
	char text[512];

	while (!found && fgets(text, sizeof(text), file) != NULL)
		found = strncmp(text, line, strlen(line)) == 0 &&
			strcmp(text + strlen(line), "\n") == 0;
	if (file != NULL)
		fclose(file);
	return found;
}

/* The file NAME in the folder of the absolute path PATH, NULL where there is none. Malloced. */
static char *beside(const char *path, const char *name)
{
	char *file = text_format("%.*s/%s", (int)(strrchr(path, '/') - path), path, name);

	if (access(file, R_OK) == 0)
		return file;
	free(file);
	return NULL;
}

/* Whether KERNEL has the module NAME, or the OPTION of its configuration built in. */
static bool kernel_has(const struct kernel *kernel, const char *name, const char *option)
{
	struct strv files = {0};
	const char *missing;
	char *config;
	bool found;

	if (kernel->modules != NULL) {
		found = modules_resolve(kernel->modules, &name, 1, &files, &missing) == 0;
		strv_free(&files);
		return found;
	}
	config = beside(kernel->image, "config");
	found = config == NULL || may_have_line(config, option);
	free(config);
	return found;
}

int exec_shares_choose(const struct exec_shares *shares, enum config_share_kind *kind,
		       struct outcome *failure)
{
	struct kernel kernel = {0};

	if (shares->vm->kernel == NULL) {
		if (kernel_find_default(shares->vm->arch, &kernel) != 0)
			return exec_failure_setup(failure, config_arch_name(shares->vm->arch),
						  "no kernel");
	} else {
		kernel.image = realpath(shares->vm->kernel, NULL);
		if (kernel.image == NULL)
			return exec_failure_setup(failure, shares->vm->kernel, strerror(errno));
		kernel.modules = beside(kernel.image, "modules");
	}
	if (shares->modules != NULL) {
		free(kernel.modules);
		kernel.modules = text_copy(shares->modules);
	}
	bool by_virtiofs = kernel_has(&kernel, "virtiofs", "CONFIG_VIRTIO_FS=y");
	bool by_9p = kernel_has(&kernel, "9pnet_virtio", "CONFIG_NET_9P_VIRTIO=y");
	bool has_daemon = is_program("virtiofsd");

	kernel_free(&kernel);
	*kind = by_virtiofs && has_daemon && geteuid() == 0 ? SHARE_VIRTIOFS : SHARE_9P;
	if (*kind == SHARE_VIRTIOFS || by_9p)
		return 0;
	outcome_set(failure, OUTCOME_SETUP_FAILED, 0, 0,
		    "folders cannot be shared: the kernel has no 9p, and virtiofs %s",
		    !by_virtiofs  ? "neither"
		    : !has_daemon ? "needs virtiofsd, which is not installed"
				  : "needs root here");
	return -1;
}

/* --- Shares ------------------------------------------------------------------------------------
 */

static bool is_tag(const char *text)
{
	static const char accepted[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_.-";
	size_t size = strlen(text);

	return size >= 1 && size <= TAG_MAX && strspn(text, accepted) == size;
}

/* Why nothing can be mounted at the absolute path DEST; NULL: it can. */
static const char *check_dest(const char *dest)
{
	static const char *const own[] = {"/", "/dev", "/proc", "/sys", "/pith"};
	size_t size;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(dest, own[i]) == 0)
			return i == 0 ? "this would be the guest's root directory: see --rootfs"
				      : "this folder is the guest's own";
	for (const char *part = dest; *part == '/'; part += size) {
		size = 1 + strcspn(part + 1, "/");
		if (size == 1 || strncmp(part, "/.", size) == 0 || strncmp(part, "/..", size) == 0)
			return "not a clean absolute path: no empty, . or .. component";
	}
	return NULL;
}

static struct config_share *append(struct config_vm *vm)
{
	struct config_share *grown =
	    reallocarray(vm->shares, vm->share_count + 1, sizeof(*vm->shares));

	if (grown == NULL)
		die_out_of_memory();
	vm->shares = grown;
	return &grown[vm->share_count++];
}

/* Whether a share before it is mounted at DEST: "mount=KIND,TAG,MODE,DEST". */
static bool is_taken(const struct bulk *records, const char *dest)
{
	for (size_t at = 0; at < records->size; at += strlen(records->bytes + at) + 1) {
		const char *field = records->bytes + at;
		if (strncmp(field, "mount=", 6) != 0)
			continue;
		for (int i = 0; i < 3 && field != NULL; i++)
			field = strchr(field + 1, ',');
		if (field != NULL && strcmp(field + 1, dest) == 0)
			return true;
	}
	return false;
}

static bool has_tag(const struct config_vm *vm, const char *tag)
{
	for (size_t i = 0; i < vm->share_count; i++)
		if (strcmp(vm->shares[i].tag, tag) == 0)
			return true;
	return false;
}

/* Tell PID 1 to mount SHARE at DEST. */
static int add_mount(const struct exec_shares *shares, const struct config_share *share,
		     const char *dest, struct outcome *failure)
{
	const char *problem = check_dest(dest);
	char *record;

	if (problem != NULL)
		return exec_failure_setup(failure, dest, problem);
	if (is_taken(shares->records, dest))
		return exec_failure_setup(failure, dest, "two folders are shared there");
	if (exec_files_folder(shares->files, dest) != 0)
		return exec_failure_setup(failure, dest, shares->files->problem);
	record = text_format("%s,%s,%s,%s", share->kind == SHARE_9P ? "9p" : "virtiofs", share->tag,
			     share->read_only ? "ro" : "rw", dest);
	bulk_add(shares->records, "mount", record);
	free(record);
	return 0;
}

int exec_shares_add(const struct exec_shares *shares, enum config_share_kind kind,
		    const char *given, struct outcome *failure)
{
	bool read_only;
	char *path = take_read_only(given, &read_only), *real;
	char *name = access(path, F_OK) == 0 ? NULL : strrchr(path, '=');
	struct stat status;
	int result;

	if (name != NULL)
		*name++ = '\0';
	real = realpath(path, NULL);
	if (real == NULL || stat(real, &status) != 0)
		result = exec_failure_setup(failure, path, strerror(errno));
	else if (!S_ISDIR(status.st_mode))
		result =
		    exec_failure_setup(failure, path, "--share takes folders; --add takes files");
	else if (kind == SHARE_VIRTIOFS && strchr(real, ',') != NULL)
		result = exec_failure_setup(failure, path,
					    "the path holds a comma, which virtiofsd cannot take");
	else if (name != NULL && name[0] != '/' && !is_tag(name))
		result = exec_failure_setup(
		    failure, given,
		    "accepted after = is an absolute path, or a tag of at most 31 "
		    "letters, digits and _.-");
	else if (name != NULL && name[0] != '/' && has_tag(shares->vm, name))
		result =
		    exec_failure_setup(failure, given, "two folders are shared under this name");
	else if (shares->vm->share_count >= EXEC_SHARES_MAX)
		result = exec_failure_setup(failure, given, "more than 15 shares");
	else {
		struct config_share *share = append(shares->vm);
		bool is_mounted = name == NULL || name[0] == '/';
		*share = (struct config_share){
		    .kind = kind,
		    .tag = is_mounted ? text_format("pith%zu", shares->vm->share_count - 1)
				      : text_copy(name),
		    .path = real,
		    .read_only = read_only,
		    .is_unmapped = true,
		};
		result =
		    is_mounted ? add_mount(shares, share, name != NULL ? name : real, failure) : 0;
		real = NULL;
	}
	free(real);
	free(path);
	return result;
}

static int add_root_image(const struct exec_shares *shares, const struct exec_root *root,
			  struct outcome *failure)
{
	char *given = text_format("%s:ro", root->image), *record;
	int result = exec_shares_add_disk(shares->vm, given, failure);

	free(given);
	if (result != 0)
		return -1;
	record =
	    text_format("%s,/dev/vd%c,ro,/", root->type, (char)('a' + shares->vm->disk_count - 1));
	bulk_add(shares->records, "mount", record);
	free(record);
	return 0;
}

int exec_shares_add_root(const struct exec_shares *shares, enum config_share_kind kind,
			 const struct exec_root *root, struct outcome *failure)
{
	char *record;

	if (root->image != NULL)
		return add_root_image(shares, root, failure);
	if (kind == SHARE_VIRTIOFS && strchr(root->folder, ',') != NULL)
		return exec_failure_setup(failure, root->folder,
					  "the path holds a comma, which virtiofsd cannot take");
	*append(shares->vm) = (struct config_share){
	    .kind = kind,
	    .tag = text_format("pith.root"),
	    .path = text_copy(root->folder[0] == '\0' ? "/" : root->folder),
	    .read_only = true,
	    .is_unmapped = true,
	};
	record = text_format("%s,pith.root,ro,/", kind == SHARE_9P ? "9p" : "virtiofs");
	bulk_add(shares->records, "mount", record);
	free(record);
	return 0;
}

/* --- Disks -------------------------------------------------------------------------------------
 */

/* The format comes from the name: to look for it in the content would let a guest that may write to
 * a raw disk turn it into a qcow2 one that refers to any file here. */
int exec_shares_add_disk(struct config_vm *vm, const char *given, struct outcome *failure)
{
	struct config_disk *grown;
	bool read_only;
	char *path = take_read_only(given, &read_only);

	if (vm->disk_count == DISKS_MAX || access(path, read_only ? R_OK : R_OK | W_OK) != 0) {
		exec_failure_setup(failure, path,
				   vm->disk_count == DISKS_MAX ? "more than 25 disks"
							       : strerror(errno));
		free(path);
		return -1;
	}
	grown = reallocarray(vm->disks, vm->disk_count + 1, sizeof(*vm->disks));
	if (grown == NULL)
		die_out_of_memory();
	vm->disks = grown;
	grown[vm->disk_count] = (struct config_disk){
	    .name = text_format("vd%c", (char)('a' + vm->disk_count)),
	    .format = text_ends_with(path, ".qcow2")  ? DISK_QCOW2
		      : text_ends_with(path, ".vmdk") ? DISK_VMDK
						      : DISK_RAW,
	    .path = path,
	    .read_only = read_only,
	};
	vm->disk_count++;
	return 0;
}

void exec_shares_free(struct config_vm *vm)
{
	for (size_t i = 0; i < vm->disk_count; i++) {
		free(vm->disks[i].name);
		free(vm->disks[i].path);
	}
	for (size_t i = 0; i < vm->share_count; i++) {
		free(vm->shares[i].tag);
		free(vm->shares[i].path);
	}
	free(vm->disks);
	free(vm->shares);
	vm->disks = NULL;
	vm->shares = NULL;
	vm->disk_count = vm->share_count = 0;
}
