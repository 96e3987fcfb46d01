/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs.c: what the initramfs of a VM holds, and its cache.
 *
 *   1. List the inputs (programs, modules in load order) with where each goes.
 *   2. Write down each input's identity: device, inode, size, time of change. That text names the
 *      cache entry (by a plain hash) and is its first member, so that a hit is compared in full.
 *      Contents are not read: 3 MB to hash in every run would cost more than the rest of it.
 *   3. Copy the cache entry, or build it anew and keep it.
 *   4. Add the run's own configuration as a second archive behind it. */
#include "rootfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../init/cmdline.h"
#include "../init/ed25519.h"
#include "../init/image.h"
#include "copy_file.h"
#include "initramfs.h"
#include "input_file.h"
#include "kernel.h"
#include "message.h"
#include "modules.h"
#include "text.h"
#include "tool.h"

#define CACHE_DAYS 7 /* entries that no run asked for this long are removed */
#define ANY_NEED (~0U)
#define MODULES_FOLDER "pith/ko/"
#define COVER_FOLDER "pith/root" /* init/trees.h */

/* In load order. The report port comes first, so that PID 1 can say early what goes wrong. */
static const struct {
	unsigned needs;
	const char *name;
} module_table[] = {
    {ANY_NEED, "virtio_pci?"},          /* the bus of every device below */
    {ROOTFS_MMIO, "virtio_mmio?"},      /* the bus on microvm, where there is no PCI */
    {ROOTFS_REPORT, "virtio_console?"}, /* report, stdout, stderr ports and hvc consoles */
    {ROOTFS_DISK, "virtio_blk?"},       /* /dev/vdX */
    {ROOTFS_SCSI, "virtio_scsi?"},      /* the SCSI bus that hot-plugged disks sit on */
    {ROOTFS_SCSI, "sd_mod?"},           /* /dev/sdX */
    {ROOTFS_SQUASHFS, "squashfs?"},     /* app images */
    {ROOTFS_EROFS, "erofs?"},           /* app images of the other kind */
    /* what PID 1 holds a hashed image in, so that it cannot change after the check */
    {ROOTFS_SQUASHFS | ROOTFS_EROFS, "loop?"},
    {ROOTFS_VERITY, "sha256_generic?"}, /* dm-verity asks the crypto API for it by name */
    {ROOTFS_VERITY, "dm-verity?"},      /* brings dm-mod, dm-bufio, reed_solomon */
    {ROOTFS_EXT4, "crc32c_generic?"}, /* ext4's checksums: a soft dependency, not in modules.dep */
    {ROOTFS_EXT4, "ext4?"},           /* data disks */
    {ROOTFS_OVERLAY, "overlay?"},     /* a writable root over a read-only image */
    {ROOTFS_NET, "virtio_net?"},      /* brings failover, net_failover */
    {ROOTFS_9P, "9pnet_virtio?"},     /* the 9p transport, looked up by name at mount */
    {ROOTFS_9P, "9p?"},               /* shared folders */
    {ROOTFS_VIRTIOFS, "virtiofs?"},   /* shared folders; brings fuse */
    {ROOTFS_VSOCK, "vmw_vsock_virtio_transport?"}, /* sockets to the base system; brings vsock */
    {ROOTFS_TPM, "tpm_crb?"},     /* the TPM of x86_64; built in where there is one, mostly */
    {ROOTFS_TPM, "tpm_tis?"},     /* that of aarch64 */
    {ROOTFS_RNG, "virtio_rng?"},  /* entropy where the CPU has no instruction for it */
    {ROOTFS_KVM, "kvm_intel?"},   /* of the two only the CPU's own loads */
    {ROOTFS_KVM, "kvm_amd?"},     /* (on aarch64 and riscv64 KVM is built in or "kvm") */
    {ROOTFS_KVM, "kvm?"},         /* riscv64 */
    {ROOTFS_KVM, "tun?"},         /* network devices of inner VMs */
    {ROOTFS_KVM, "bridge?"},      /* what joins them */
    {ROOTFS_KVM, "vhost_net?"},   /* their packets without a detour through QEMU */
    {ROOTFS_KVM, "vhost_vsock?"}, /* their sockets */
};

static const struct {
	const char *path;
	mode_t mode;
} folders[] = {
    {"dev", 0755},     {"proc", 0555},    {"sys", 0555},     {"run", 0755},
    {"tmp", 01777},    {"root", 0700},    {"etc", 0755},     {"usr", 0755},
    {"usr/bin", 0755}, {"pith/ko", 0755}, {"usr/lib", 0755}, {"usr/lib/pith", 0755},
};

/* How a compressed module is unpacked: once, on the base system, rather than in every guest. */
static const struct {
	const char *suffix;
	const char *tool;
	const char *package;
} compressions[] = {
    {".ko.xz", "xz", "xz-utils"}, {".ko.zst", "zstd", "zstd"}, {".ko.gz", "gzip", "gzip"}};

/* A file of the initramfs and where it comes from. */
struct input {
	char *path;
	char *source;
	mode_t mode;
};

struct inputs {
	struct input *items;
	size_t count;
	char *modules_list; /* content of /pith/modules */
};

unsigned rootfs_image_need(const char *path)
{
	static const struct {
		unsigned need;
		off_t offset;
		unsigned char magic[4];
		size_t size;
	} magics[] = {
	    {ROOTFS_SQUASHFS, 0, {'h', 's', 'q', 's'}, 4},
	    {ROOTFS_EROFS, 1024, {0xe2, 0xe1, 0xf5, 0xe0}, 4},
	    {ROOTFS_EXT4, 1080, {0x53, 0xef}, 2},
	};
	int fd = input_file_open(path, O_RDONLY);
	unsigned need = 0;

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		unsigned char bytes[4];
		if (pread(fd, bytes, magics[i].size, magics[i].offset) == (ssize_t)magics[i].size &&
		    memcmp(bytes, magics[i].magic, magics[i].size) == 0)
			need |= magics[i].need;
	}
	if (fd >= 0)
		close(fd);
	return need;
}

void rootfs_module_names(unsigned needs, struct strv *names)
{
	for (size_t i = 0; i < sizeof(module_table) / sizeof(module_table[0]); i++)
		if (needs != ROOTFS_NO_VIRTIO &&
		    (module_table[i].needs == ANY_NEED || (module_table[i].needs & needs) != 0))
			strv_add(names, module_table[i].name);
}

/* What went wrong, to who asked for it; see struct rootfs_request. */
__attribute__((format(printf, 2, 3))) static void fail(const struct rootfs_request *request,
						       const char *format, ...)
{
	char text[ROOTFS_PROBLEM_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (request->problem == NULL)
		say_error("%s", text);
	else
		memcpy(request->problem, text, sizeof(text));
}

/* Takes over PATH and SOURCE. */
static void add_input(struct inputs *inputs, char *path, char *source, mode_t mode)
{
	inputs->items = reallocarray(inputs->items, inputs->count + 1, sizeof(inputs->items[0]));
	if (inputs->items == NULL)
		die_out_of_memory();
	inputs->items[inputs->count++] = (struct input){path, source, mode};
}

static void free_inputs(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		free(inputs->items[i].path);
		free(inputs->items[i].source);
	}
	free(inputs->items);
	free(inputs->modules_list);
}

/* The modules' files, renamed to /pith/ko/NAME.ko. */
static int list_modules(const struct rootfs_request *request, struct inputs *inputs)
{
	struct strv names = {0}, files = {0};
	const char *missing = NULL;
	size_t list_size;
	FILE *list = open_memstream(&inputs->modules_list, &list_size);
	int result = 0;

	if (list == NULL)
		die_out_of_memory();
	if (request->modules == NULL && request->more_modules_count > 0) {
		fail(request, "module %s: the kernel has no folder of modules; --modules names one",
		     request->more_modules[0]);
		result = -ENOENT;
	}
	rootfs_module_names(request->needs, &names);
	for (size_t i = 0; i < request->more_modules_count; i++)
		strv_add(&names, request->more_modules[i]);
	if (request->modules != NULL)
		result = modules_resolve(request->modules, (const char *const *)names.items,
					 names.count, &files, &missing);
	if (result != 0 && missing != NULL)
		fail(request, "module %s in %s: %s", missing, request->modules,
		     result == -ENOENT ? "it, or one that it needs, is not in modules.dep"
				       : strerror(-result));
	else if (result != 0 && request->modules != NULL)
		fail(request, "%s/modules.dep: %s%s", request->modules, strerror(-result),
		     result == -ENOENT ? "; depmod makes it" : "");
	for (size_t i = 0; result == 0 && i < files.count; i++) {
		const char *base = strrchr(files.items[i], '/') + 1;
		char *path;
		if (asprintf(&path, MODULES_FOLDER "%.*s.ko", (int)strcspn(base, "."), base) < 0)
			die_out_of_memory();
		fprintf(list, "/%s\n", path);
		add_input(inputs, path, text_copy(files.items[i]), 0644);
	}
	if (fclose(list) != 0)
		die_out_of_memory();
	strv_free(&names);
	strv_free(&files);
	return result;
}

static int list_inputs(const struct rootfs_request *request, struct inputs *inputs)
{
	static const struct {
		const char *name;
		const char *path;
		unsigned needs;
	} programs[] = {{"pith-init", "init", ANY_NEED},
			{"pith", "usr/bin/pith", ANY_NEED},
			{"pith-verify", "usr/lib/pith/pith-verify", ROOTFS_SIGNED}};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		char *source;
		if (programs[i].needs != ANY_NEED && (request->needs & programs[i].needs) == 0)
			continue;
		/* An image that becomes the root brings its own runner, and hides this one. */
		if (request->app_root && strcmp(programs[i].name, "pith") == 0)
			continue;
		source = kernel_find_program(request->arch, programs[i].name);
		if (source == NULL)
			return -ENOENT;
		add_input(inputs, text_copy(programs[i].path), source, 0755);
	}
	return list_modules(request, inputs);
}

/* The inputs' identities, a line each. NULL, with the message said, when one is missing. */
static char *identify(const struct rootfs_request *request, const struct inputs *inputs)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	bool failed = out == NULL;

	if (out != NULL)
		fprintf(out, "pith " PITH_VERSION " initramfs 2\n"); /* 2: this file's layout */
	for (size_t i = 0; !failed && i < inputs->count; i++) {
		const struct input *input = &inputs->items[i];
		struct stat status;
		if (stat(input->source, &status) != 0) {
			fail(request, "%s: %s", input->source, strerror(errno));
			failed = true;
			break;
		}
		fprintf(out, "%s %04o %s dev=%ju inode=%ju size=%jd mtime=%jd.%09ld\n", input->path,
			input->mode, input->source, (uintmax_t)status.st_dev,
			(uintmax_t)status.st_ino, (intmax_t)status.st_size,
			(intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
	}
	if (out != NULL && fclose(out) != 0)
		failed = true;
	if (failed) {
		free(text);
		return NULL;
	}
	return text;
}

/* Run "TOOL -dc SOURCE" into a new memory file. Returns its descriptor, or -errno with the message
 * said. */
static int decompress(const struct rootfs_request *request, const char *tool, const char *package,
		      const char *source)
{
	struct strv argv = {0};
	int fd = memfd_create(tool, MFD_CLOEXEC), result;
	pid_t pid;

	if (fd < 0) {
		result = -errno;
		fail(request, "memory file for %s: %s", source, strerror(-result));
		return result;
	}
	strv_add(&argv, tool);
	strv_add(&argv, "-dc");
	strv_add(&argv, "--");
	strv_add(&argv, source);
	pid = tool_start(argv.items, -1, fd, -1, package);
	result = pid < 0 ? (int)pid : tool_wait(pid, tool);
	strv_free(&argv);
	if (result != 0)
		close(fd);
	return result != 0 ? result : fd;
}

static void add_file(const struct rootfs_request *request, struct initramfs *archive,
		     const struct input *input)
{
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++) {
		size_t length = strlen(input->source);
		size_t suffix = strlen(compressions[i].suffix);
		char path[32];
		int fd;
		if (strncmp(input->path, MODULES_FOLDER, strlen(MODULES_FOLDER)) != 0 ||
		    length < suffix ||
		    strcmp(input->source + length - suffix, compressions[i].suffix) != 0)
			continue;
		fd = decompress(request, compressions[i].tool, compressions[i].package,
				input->source);
		if (fd < 0) {
			fail(request, "%s: cannot be unpacked", input->source);
			archive->error = archive->error != 0 ? archive->error : fd;
			return;
		}
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		initramfs_file(archive, input->path, input->mode, path);
		close(fd);
		return;
	}
	initramfs_file(archive, input->path, input->mode, input->source);
}

static void put_head(struct initramfs *archive, const char *identity)
{
	initramfs_directory(archive, "pith", 0755);
	initramfs_bytes(archive, "pith/inputs", 0600, identity, strlen(identity));
}

/* Write the archive of INPUTS to FD, the text IDENTITY as its first file. */
static int build(const struct rootfs_request *request, const struct inputs *inputs,
		 const char *identity, int fd)
{
	struct initramfs archive;
	int result;

	initramfs_begin(&archive, fd);
	put_head(&archive, identity);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		initramfs_directory(&archive, folders[i].path, folders[i].mode);
	initramfs_device(&archive, "dev/console", S_IFCHR | 0600, 5, 1);
	for (size_t i = 0; i < inputs->count; i++)
		add_file(request, &archive, &inputs->items[i]);
	initramfs_bytes(&archive, "pith/modules", 0644, inputs->modules_list,
			strlen(inputs->modules_list));
	result = initramfs_end(&archive);
	if (result != 0 && archive.failed[0] != '\0') /* else add_file() has said it */
		fail(request, "initramfs: %s: %s", archive.failed, strerror(-result));
	return result;
}

/* True when the file FD begins as an archive of IDENTITY does. */
static bool is_of(int fd, const char *identity)
{
	struct initramfs head;
	char *wanted, *found;
	int memory = memfd_create("head", MFD_CLOEXEC);
	bool same = false;

	initramfs_begin(&head, memory);
	put_head(&head, identity);
	wanted = malloc(head.offset);
	found = malloc(head.offset);
	if (wanted == NULL || found == NULL)
		die_out_of_memory();
	if (head.error == 0 && pread(memory, wanted, head.offset, 0) == (ssize_t)head.offset &&
	    pread(fd, found, head.offset, 0) == (ssize_t)head.offset)
		same = memcmp(wanted, found, head.offset) == 0;
	free(found);
	free(wanted);
	if (memory >= 0)
		close(memory);
	return same;
}

/* FNV-1a, 64 bits: spreads the entries' names; a clash is noticed by is_of(). */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

/* Open CACHE/initramfs, made when missing, for its owner only. Returns a descriptor or -errno. */
static int open_cache(void)
{
	char *cache = kernel_cache_dir(), *path;
	int fd;

	if (asprintf(&path, "%s/initramfs", cache) < 0)
		die_out_of_memory();
	for (char *slash = path; slash != NULL;) { /* mkdir -p */
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		mkdir(path, 0700); /* open() below says what matters */
		if (slash != NULL)
			*slash = '/';
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = fd < 0 ? -errno : fd;
	free(path);
	free(cache);
	return fd;
}

/* Copy the entry NAME to FD if there is one of IDENTITY. Returns 0 or -errno. */
static int take_entry(int cache, const char *name, const char *identity, int fd)
{
	int entry = openat(cache, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int result = entry < 0 ? -errno : is_of(entry, identity) ? copy_file(entry, fd) : -ENOENT;

	if (result == 0)
		futimens(entry, NULL); /* in use: see remove_old(); failing is harmless */
	if (entry >= 0)
		close(entry);
	return result;
}

static void remove_old(int cache)
{
	int fd = dup(cache);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	time_t limit = time(NULL) - (time_t)CACHE_DAYS * 24 * 60 * 60;

	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
		struct stat status;
		if (fstatat(cache, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(status.st_mode) && status.st_mtim.tv_sec < limit)
			unlinkat(cache, entry->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Keep what FD holds as the entry NAME. The cache only saves time: failing is said with -v. */
static void keep_entry(int cache, const char *name, int fd)
{
	char temporary[64];
	int entry, result;

	snprintf(temporary, sizeof(temporary), ".new-%s-%d", name, (int)getpid());
	entry = openat(cache, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	result = entry < 0 ? -errno : copy_file(fd, entry);
	/* Synced before it has its name: after a crash of the base system an entry is whole or
	 * absent. */
	if (result == 0 && (fdatasync(entry) != 0 || renameat(cache, temporary, cache, name) != 0))
		result = -errno;
	if (result != 0) {
		say_verbose("initramfs cache: %s", strerror(-result));
		unlinkat(cache, temporary, 0);
	}
	if (entry >= 0)
		close(entry);
	remove_old(cache);
}

/* The archive of INPUTS, from the cache or built, into FD. Returns 0 or -errno. */
static int provide_base(const struct rootfs_request *request, const struct inputs *inputs, int fd)
{
	char *identity = identify(request, inputs), *later;
	char name[32];
	int cache = open_cache(), result;

	if (identity == NULL) {
		if (cache >= 0)
			close(cache);
		return -ENOENT;
	}
	snprintf(name, sizeof(name), "%016" PRIx64, hash_text(identity));
	result = take_entry(cache, name, identity, fd);
	if (result != 0) {
		result = ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0
			     ? build(request, inputs, identity, fd)
			     : -errno;
		/* An input replaced meanwhile must not be kept under the old one's identity. */
		later = result == 0 ? identify(request, inputs) : NULL;
		if (later != NULL && strcmp(identity, later) == 0 && cache >= 0)
			keep_entry(cache, name, fd);
		free(later);
	}
	if (cache >= 0)
		close(cache);
	free(identity);
	return result;
}

/* What init/signed.h reads. Last, so that no file that is added takes its place. */
static void put_signed(const struct rootfs_request *request, struct initramfs *own)
{
	char version[16];

	if (request->key == NULL)
		return;
	initramfs_bytes(own, "pith/key", 0644, request->key, ED25519_KEY_BYTES);
	if (request->app_name != NULL)
		initramfs_bytes(own, "pith/name", 0644, request->app_name,
				strlen(request->app_name));
	if (request->app_root)
		initramfs_bytes(own, "pith/app-root", 0644, "yes", 3);
	if (request->min_version == 0)
		return;
	snprintf(version, sizeof(version), "%" PRIu32, request->min_version);
	initramfs_bytes(own, "pith/min-version", 0644, version, strlen(version));
}

static void put_given(struct initramfs *own, const char *under, const struct rootfs_file *file)
{
	char *path = text_format("%s%s", under, file->path);

	if (S_ISDIR(file->mode))
		initramfs_directory(own, path, file->mode);
	else if (S_ISLNK(file->mode))
		initramfs_symlink(own, path, file->source);
	else if (file->source == NULL)
		initramfs_bytes(own, path, file->mode, file->bytes, file->size);
	else
		initramfs_file(own, path, file->mode, file->source);
	free(path);
}

/* The files' content goes from file to memory file once; QEMU reads it from there. */
int rootfs_own(const struct rootfs_request *request, int fd)
{
	const char *under = request->over_root ? COVER_FOLDER "/" : "";
	struct initramfs own;
	int result;

	initramfs_begin(&own, fd);
	initramfs_bytes(&own, "pith/config", 0600, request->config, request->config_size);
	if (request->over_root)
		initramfs_directory(&own, COVER_FOLDER, 0755);
	for (size_t i = 0; i < request->file_count; i++)
		put_given(&own, under, &request->files[i]);
	if (request->app != NULL)
		initramfs_file(&own, &IMAGE_ALONG[1], 0400, request->app);
	put_signed(request, &own);
	result = initramfs_end(&own);
	if (result != 0)
		fail(request, "initramfs: %s: %s", own.failed,
		     result == -ESTALE ? "it is not as long as it says, or became another meanwhile"
				       : strerror(-result));
	return result;
}

int rootfs_initramfs(const struct rootfs_request *request, int *fd)
{
	struct inputs inputs = {0};
	int memory = memfd_create("pith-initramfs", MFD_CLOEXEC);
	int result = memory < 0 ? -errno : 0;

	if (result != 0)
		fail(request, "memory file for the initramfs: %s", strerror(-result));
	if (result == 0)
		result = list_inputs(request, &inputs);
	if (result == 0)
		result = provide_base(request, &inputs, memory);
	if (result == 0)
		result = rootfs_own(request, memory);
	if (result == 0 && lseek(memory, 0, SEEK_SET) != 0)
		result = -errno;
	free_inputs(&inputs);
	if (result != 0 && memory >= 0)
		close(memory);
	if (result == 0)
		*fd = memory;
	return result;
}

char *rootfs_identity(const struct rootfs_request *request)
{
	struct inputs inputs = {0};
	char *identity = list_inputs(request, &inputs) == 0 ? identify(request, &inputs) : NULL;

	free_inputs(&inputs);
	return identity;
}
