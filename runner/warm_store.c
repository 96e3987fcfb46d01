/* SPDX-License-Identifier: Apache-2.0 */
/* warm_store.c: saved states of machines. */
#include "warm_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../init/file.h"
#include "kernel.h"
#include "message.h"
#include "text.h"
#include "warm_wait.h"

#define FORMAT "pith saved state 1"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define PAGE 4096u
#define ABANDONED_S 3600 /* a draft this old is nobody's any more */
#define GIVEN_UP_S 86400
#define STAMP_SIZE 160

static const char *const file_names[] = {"memory", "devices", "about"};

/* The file "about". */
struct about {
	char what[WARM_WHAT_SIZE];
	char memory_sha256[2 * SHA256_BYTES + 1], devices_sha256[2 * SHA256_BYTES + 1];
	char memory_stamp[STAMP_SIZE]; /* stat(2) when its digest was last found right */
	char boot_id[64];              /* the base system's then */
	uint32_t tsc_khz;
};

/* Open CACHE/warm, made when missing. Returns a descriptor or -errno. */
static int open_store(void)
{
	char *cache = kernel_cache_dir(), *path = text_format("%s/warm", cache);
	struct stat status;
	int fd;

	for (char *slash = path; slash != NULL;) { /* mkdir -p */
		slash = strchr(slash + 1, '/');
		if (slash != NULL)
			*slash = '\0';
		mkdir(path, 0700); /* open() below says what matters */
		if (slash != NULL)
			*slash = '/';
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	fd = fd < 0 ? -errno : fd;
	/* What others may write into would decide what runs here. */
	if (fd >= 0 && (fstat(fd, &status) != 0 || status.st_uid != geteuid() ||
			(fchmod(fd, 0700) != 0 && (status.st_mode & 077) != 0))) {
		say_warning("%s: not used: it is not this user's alone", path);
		close(fd);
		fd = -EPERM;
	}
	free(path);
	free(cache);
	return fd;
}

static int open_folder(int store, const char *name)
{
	int fd = openat(store, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* --- Digests -----------------------------------------------------------------------------------
 */

static bool is_zero(const char *page)
{
	return page[0] == '\0' && memcmp(page, page + 1, PAGE - 1) == 0;
}

/* Of the pages that are not all zero, with their places: the same for holes and for zeros. */
static void hash_pages(struct digest *hash, const char *bytes, uint64_t begin, uint64_t end)
{
	for (uint64_t at = begin; at < end; at += PAGE) {
		if (is_zero(bytes + at))
			continue;
		digest_add(hash, &at, sizeof(at));
		digest_add(hash, bytes + at, PAGE);
	}
}

static int hash_memory(int fd, char hex[2 * SHA256_BYTES + 1])
{
	uint8_t digest[SHA256_BYTES];
	struct digest hash;
	struct stat status;
	off_t begin = 0, end;

	if (fstat(fd, &status) != 0)
		return -errno;
	if (status.st_size <= 0 || status.st_size % PAGE != 0)
		return -EBADMSG;
	char *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	digest_begin(&hash);
	digest_add(&hash, &status.st_size, sizeof(status.st_size));
	while ((begin = lseek(fd, begin, SEEK_DATA)) >= 0) {
		end = lseek(fd, begin, SEEK_HOLE);
		if (end < 0)
			end = status.st_size;
		hash_pages(&hash, bytes, (uint64_t)begin & ~(uint64_t)(PAGE - 1), (uint64_t)end);
		begin = end;
	}
	munmap(bytes, (size_t)status.st_size);
	digest_end(&hash, digest);
	digest_hex(digest, hex);
	return 0;
}

static int hash_devices(int fd, char hex[2 * SHA256_BYTES + 1])
{
	uint8_t digest[SHA256_BYTES];
	char buffer[65536];
	struct digest hash;
	off_t offset = 0;
	ssize_t size;

	digest_begin(&hash);
	while ((size = pread(fd, buffer, sizeof(buffer), offset)) > 0) {
		digest_add(&hash, buffer, (size_t)size);
		offset += size;
	}
	digest_end(&hash, digest);
	digest_hex(digest, hex);
	return size < 0 ? -errno : 0;
}

static int make_stamp(int fd, char stamp[STAMP_SIZE])
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return -errno;
	snprintf(stamp, STAMP_SIZE, "%ju:%ju:%jd:%jd.%09ld:%jd.%09ld", (uintmax_t)status.st_dev,
		 (uintmax_t)status.st_ino, (intmax_t)status.st_size,
		 (intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
		 (intmax_t)status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
	return 0;
}

/* A change within the clock tick of the stamp would not show in it. */
static bool is_settled(int fd)
{
	struct timespec now;
	struct stat status;

	return fstat(fd, &status) == 0 && clock_gettime(CLOCK_REALTIME, &now) == 0 &&
	       now.tv_sec - status.st_ctim.tv_sec >= 2;
}

/* --- The file "about" --------------------------------------------------------------------------
 */

/* Fill TO with the value of the line KEY= of TEXT. */
static int take_line(const char *text, const char *key, char *to, size_t size)
{
	size_t key_size = strlen(key);

	for (const char *line = text; line != NULL;
	     line = strchr(line, '\n'), line = line == NULL ? NULL : line + 1) {
		size_t length = strcspn(line, "\n");
		if (length <= key_size || strncmp(line, key, key_size) != 0 ||
		    line[key_size] != '=')
			continue;
		if (length - key_size - 1 >= size)
			return -EBADMSG;
		snprintf(to, size, "%.*s", (int)(length - key_size - 1), line + key_size + 1);
		return 0;
	}
	return -EBADMSG;
}

static int read_about(int folder, struct about *about)
{
	char text[2048], khz[16];
	int fd = openat(folder, "about", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t size = fd < 0 ? -errno : file_read_fd(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	if (size < 0)
		return (int)size;
	if (strncmp(text, FORMAT "\n", strlen(FORMAT "\n")) != 0 ||
	    take_line(text, "what", about->what, sizeof(about->what)) != 0 ||
	    take_line(text, "memory", about->memory_sha256, sizeof(about->memory_sha256)) != 0 ||
	    take_line(text, "devices", about->devices_sha256, sizeof(about->devices_sha256)) != 0 ||
	    take_line(text, "stamp", about->memory_stamp, sizeof(about->memory_stamp)) != 0 ||
	    take_line(text, "boot", about->boot_id, sizeof(about->boot_id)) != 0 ||
	    take_line(text, "tsc_khz", khz, sizeof(khz)) != 0)
		return -EBADMSG;
	about->tsc_khz = (uint32_t)strtoul(khz, NULL, 10);
	return 0;
}

/* Under a name of its own first. */
static int write_about(int folder, const struct about *about)
{
	char name[48];
	char *text = text_format(FORMAT "\nwhat=%s\nmemory=%s\ndevices=%s\nstamp=%s\nboot=%s\n"
					"tsc_khz=%u\n",
				 about->what, about->memory_sha256, about->devices_sha256,
				 about->memory_stamp, about->boot_id, about->tsc_khz);
	snprintf(name, sizeof(name), ".about-%d", (int)getpid());
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	int result = fd < 0 ? -errno : 0;

	if (result == 0 && (write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
			    fdatasync(fd) != 0 || renameat(folder, name, folder, "about") != 0)) {
		result = -errno;
		unlinkat(folder, name, 0);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return result;
}

/* --- Removing ----------------------------------------------------------------------------------
 */

/* By another name first, so that nobody opens half of it. */
static void remove_folder(int store, const char *name)
{
	char gone[WARM_KEY_SIZE + 32];
	struct dirent *entry;

	snprintf(gone, sizeof(gone), ".old-%.64s-%d", name, (int)getpid());
	if (name[0] != '.' && renameat(store, name, store, gone) == 0)
		name = gone;
	int folder = open_folder(store, name);
	DIR *dir = folder < 0 ? NULL : fdopendir(folder);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			unlinkat(folder, entry->d_name, 0);
	unlinkat(store, name, AT_REMOVEDIR);
	if (dir != NULL)
		closedir(dir);
	else if (folder >= 0)
		close(folder);
}

struct entry {
	char name[WARM_KEY_SIZE + 32];
	struct timespec used;
	uint64_t bytes; /* on disk */
};

struct entries {
	struct entry *items;
	size_t count;
};

static uint64_t bytes_of(int folder)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < sizeof(file_names) / sizeof(file_names[0]); i++) {
		struct stat status;
		if (fstatat(folder, file_names[i], &status, AT_SYMLINK_NOFOLLOW) == 0)
			bytes += (uint64_t)status.st_blocks * 512;
	}
	return bytes;
}

static int by_use(const void *one, const void *other)
{
	const struct entry *a = one, *b = other;

	if (a->used.tv_sec != b->used.tv_sec)
		return a->used.tv_sec < b->used.tv_sec ? -1 : 1;
	return a->used.tv_nsec < b->used.tv_nsec ? -1 : a->used.tv_nsec > b->used.tv_nsec;
}

/* All states, or all drafts and the like (HIDDEN), the one used least recently first. */
static struct entries list_entries(int store, bool hidden)
{
	struct entries list = {0};
	struct dirent *entry;
	int copy = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct stat status;
		int folder;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    (entry->d_name[0] == '.') != hidden ||
		    strlen(entry->d_name) >= sizeof(list.items->name) ||
		    (folder = open_folder(store, entry->d_name)) < 0)
			continue;
		if (fstat(folder, &status) == 0) {
			list.items = reallocarray(list.items, list.count + 1, sizeof(*list.items));
			if (list.items == NULL)
				die_out_of_memory();
			struct entry *item = &list.items[list.count++];
			*item = (struct entry){.used = status.st_mtim, .bytes = bytes_of(folder)};
			strcpy(item->name, entry->d_name);
		}
		close(folder);
	}
	if (dir != NULL)
		closedir(dir);
	if (list.count > 0)
		qsort(list.items, list.count, sizeof(*list.items), by_use);
	return list;
}

static uint64_t room_bytes(void)
{
	const char *given = getenv("PITH_WARM_MAX_MIB");
	char *end = NULL;
	unsigned long mib =
	    given == NULL || *given == '\0' ? WARM_STORE_MAX_MIB : strtoul(given, &end, 10);

	if (end != NULL && *end != '\0') {
		say_warning("PITH_WARM_MAX_MIB=%.40s: accepted is a number", given);
		mib = WARM_STORE_MAX_MIB;
	}
	return (uint64_t)mib << 20;
}

/* Make room: the states used least recently leave, but for KEY; and what pith left when it was
 * killed. */
static void evict(int store, const char *key)
{
	struct entries list = list_entries(store, true);
	uint64_t bytes = 0, room = room_bytes();

	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].used.tv_sec < time(NULL) - ABANDONED_S)
			remove_folder(store, list.items[i].name);
	free(list.items);
	list = list_entries(store, false);
	for (size_t i = 0; i < list.count; i++)
		bytes += list.items[i].bytes;
	for (size_t i = 0; i < list.count && bytes > room; i++) {
		if (strcmp(list.items[i].name, key) == 0)
			continue;
		say_verbose("warm: the state %.16s leaves the cache", list.items[i].name);
		remove_folder(store, list.items[i].name);
		bytes -= list.items[i].bytes;
	}
	free(list.items);
}

/* --- Opening -----------------------------------------------------------------------------------
 */

static void get_boot_id(char boot_id[64])
{
	if (file_read_line(BOOT_ID, boot_id, 64) <= 0)
		strcpy(boot_id, "none");
}

/* Returns 0, -EBADMSG when it is not what was saved, or another -errno. */
static int check(int folder, const struct warm_state *state, struct about *about)
{
	char found[2 * SHA256_BYTES + 1], stamp[STAMP_SIZE], boot_id[64];
	int result = hash_devices(state->devices_fd, found);

	if (result == 0)
		result = make_stamp(state->memory_fd, stamp);
	if (result != 0)
		return result;
	if (strcmp(found, about->devices_sha256) != 0)
		return -EBADMSG;
	get_boot_id(boot_id);
	if (strcmp(stamp, about->memory_stamp) == 0 && strcmp(boot_id, about->boot_id) == 0 &&
	    strcmp(boot_id, "none") != 0)
		return 0;
	say_verbose("warm: the saved memory is checked by its SHA-256");
	result = hash_memory(state->memory_fd, found);
	if (result != 0 || strcmp(found, about->memory_sha256) != 0)
		return result != 0 ? result : -EBADMSG;
	/* Within a tick of the last change it stays unstamped, and is checked again. */
	if (!is_settled(state->memory_fd))
		return 0;
	strcpy(about->memory_stamp, stamp);
	strcpy(about->boot_id, boot_id);
	(void)write_about(folder, about); /* else it is checked again */
	return 0;
}

/* Returns a descriptor of this user's own regular file, or -errno. */
static int open_file(int folder, const char *name, int flags)
{
	struct stat status;
	int fd = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	    (status.st_mode & 077) == 0)
		return fd;
	close(fd);
	return -EBADMSG;
}

static void close_state(struct warm_state *state)
{
	if (state->memory_fd >= 0)
		close(state->memory_fd);
	if (state->devices_fd >= 0)
		close(state->devices_fd);
	state->memory_fd = state->devices_fd = -1;
}

int warm_store_open(const char *key, struct warm_state *state)
{
	struct about about;
	int store = open_store(), folder = store < 0 ? store : open_folder(store, key);
	int result = folder < 0 ? folder : read_about(folder, &about);

	state->memory_fd = state->devices_fd = -1;
	if (result == 0)
		result = state->memory_fd = open_file(folder, "memory", O_RDWR);
	if (result >= 0)
		result = state->devices_fd = open_file(folder, "devices", O_RDONLY);
	if (result >= 0)
		result = check(folder, state, &about);
	if (result == 0) {
		state->tsc_khz = about.tsc_khz;
		(void)futimens(folder, NULL); /* in use: see evict() */
	} else {
		close_state(state);
		if (folder >= 0) {
			say_verbose("warm: the saved state is damaged: %s", strerror(-result));
			result = -EBADMSG;
		}
	}
	if (folder >= 0)
		close(folder);
	if (store >= 0)
		close(store);
	return result;
}

/* --- Saving ------------------------------------------------------------------------------------
 */

/* flock(2) has no deadline, so a child waits for it; the lock is the open file's, and so ours as
 * well. */
static int wait_for_lock(int fd, uint64_t deadline_ms)
{
	int ends[2], result;
	pid_t pid;

	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return -errno;
	say_verbose("warm: waiting for another pith that saves this state");
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		_exit(flock(fd, LOCK_EX) == 0 && write(ends[1], "", 1) == 1 ? 0 : 1);
	result = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (pid > 0) {
		char byte;
		result = warm_wait(&ends[0], 1, deadline_ms);
		if (result == 0 && read(ends[0], &byte, 1) != 1)
			result = -EIO;
		kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	close(ends[0]);
	return result;
}

int warm_store_lock(const char *key, uint64_t deadline_ms)
{
	char name[WARM_KEY_SIZE + 8];
	int store = open_store(), fd, result;

	if (store < 0)
		return store;
	snprintf(name, sizeof(name), ".lock-%s", key);
	fd = openat(store, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	result = fd < 0 ? -errno : wait_for_lock(fd, deadline_ms);
	close(store);
	if (result != 0 && fd >= 0)
		close(fd);
	return result != 0 ? result : fd;
}

int warm_store_begin(const char *key, uint64_t memory_bytes, struct warm_draft *draft)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
	int store = open_store(), folder, result;
	struct statvfs space;

	*draft = (struct warm_draft){.memory_fd = -1, .devices_fd = -1};
	if (store < 0)
		return store;
	snprintf(draft->key, sizeof(draft->key), "%s", key);
	snprintf(draft->name, sizeof(draft->name), ".new-%s-%d", key, (int)getpid());
	remove_folder(store, draft->name); /* of an earlier process of that number */
	/* A page that finds no room on the disk would be SIGBUS for QEMU. */
	result = fstatvfs(store, &space) != 0                               ? -errno
		 : (uint64_t)space.f_bavail * space.f_frsize < memory_bytes ? -ENOSPC
									    : 0;
	if (result == 0 && mkdirat(store, draft->name, 0700) != 0)
		result = -errno;
	folder = result == 0 ? open_folder(store, draft->name) : result;
	result = folder < 0 ? folder : 0;
	if (result == 0 && ((draft->memory_fd = openat(folder, "memory", flags, 0600)) < 0 ||
			    (draft->devices_fd = openat(folder, "devices", flags, 0600)) < 0 ||
			    ftruncate(draft->memory_fd, (off_t)memory_bytes) != 0))
		result = -errno;
	if (folder >= 0)
		close(folder);
	close(store);
	if (result != 0)
		warm_store_abandon(draft);
	return result;
}

static void close_draft(struct warm_draft *draft)
{
	if (draft->memory_fd >= 0)
		close(draft->memory_fd);
	if (draft->devices_fd >= 0)
		close(draft->devices_fd);
	draft->memory_fd = draft->devices_fd = -1;
}

void warm_store_abandon(struct warm_draft *draft)
{
	int store = open_store();

	close_draft(draft);
	if (store < 0)
		return;
	if (draft->name[0] != '\0')
		remove_folder(store, draft->name);
	close(store);
}

static int describe(int folder, const struct warm_draft *draft, const char *what, uint32_t tsc_khz)
{
	struct about about = {.tsc_khz = tsc_khz};
	int result;

	snprintf(about.what, sizeof(about.what), "%s", what);
	for (char *c = about.what; *c != '\0'; c++)
		if (*c == '\n')
			*c = ' ';
	/* On disk before it has its name: after a crash of the base system a state is whole or
	 * absent. */
	if (fdatasync(draft->memory_fd) != 0 || fdatasync(draft->devices_fd) != 0)
		return -errno;
	if ((result = hash_memory(draft->memory_fd, about.memory_sha256)) != 0 ||
	    (result = hash_devices(draft->devices_fd, about.devices_sha256)) != 0)
		return result;
	/* Stamped when it is first opened at rest: see is_settled(). */
	strcpy(about.memory_stamp, "none");
	strcpy(about.boot_id, "none");
	return write_about(folder, &about);
}

int warm_store_commit(struct warm_draft *draft, const char *what, uint32_t tsc_khz)
{
	int store = open_store();
	int folder = store < 0 ? store : open_folder(store, draft->name);
	int result = folder < 0 ? folder : describe(folder, draft, what, tsc_khz);

	if (result == 0 && renameat(store, draft->name, store, draft->key) != 0) {
		remove_folder(store, draft->key);
		if (renameat(store, draft->name, store, draft->key) != 0)
			result = -errno;
	}
	close_draft(draft);
	if (result == 0)
		evict(store, draft->key);
	if (folder >= 0)
		close(folder);
	if (store >= 0)
		close(store);
	if (result != 0)
		warm_store_abandon(draft);
	return result;
}

/* --- For people --------------------------------------------------------------------------------
 */

static void name_mark(const char *key, char name[WARM_KEY_SIZE + 8])
{
	snprintf(name, WARM_KEY_SIZE + 8, ".never-%s", key);
}

void warm_store_give_up(const char *key)
{
	char name[WARM_KEY_SIZE + 8];
	int store = open_store(), fd;

	if (store < 0)
		return;
	name_mark(key, name);
	fd = openat(store, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)futimens(fd, NULL); /* else it is as old as the file was */
		close(fd);
	}
	close(store);
}

bool warm_store_is_given_up(const char *key)
{
	char name[WARM_KEY_SIZE + 8];
	struct stat status;
	int store = open_store();
	bool found;

	if (store < 0)
		return false;
	name_mark(key, name);
	found = fstatat(store, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		status.st_mtim.tv_sec > time(NULL) - GIVEN_UP_S;
	close(store);
	return found;
}

void warm_store_drop(const char *key)
{
	int store = open_store();

	if (store < 0)
		return;
	remove_folder(store, key);
	close(store);
}

unsigned warm_store_list(FILE *out)
{
	int store = open_store();
	struct entries list = {0};

	if (store >= 0)
		list = list_entries(store, false);
	for (size_t i = list.count; i-- > 0;) {
		struct about about = {.what = "damaged"};
		char used[32];
		struct tm moment;
		int folder = open_folder(store, list.items[i].name);
		if (folder >= 0)
			(void)read_about(folder, &about);
		if (folder >= 0)
			close(folder);
		strftime(used, sizeof(used), "%Y-%m-%d %H:%M",
			 localtime_r(&list.items[i].used.tv_sec, &moment));
		fprintf(out, "%.16s %7.1f MiB  used %s  %s\n", list.items[i].name,
			(double)list.items[i].bytes / (1 << 20), used, about.what);
	}
	free(list.items);
	if (store >= 0)
		close(store);
	return (unsigned)list.count;
}

static void remove_marks(int store)
{
	struct dirent *entry;
	int copy = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, ".never-", strlen(".never-")) == 0)
			unlinkat(store, entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
}

unsigned warm_store_clear(void)
{
	int store = open_store();
	struct entries list = {0}, left = {0};

	if (store >= 0) {
		list = list_entries(store, false);
		left = list_entries(store, true);
	}
	for (size_t i = 0; i < list.count; i++)
		remove_folder(store, list.items[i].name);
	for (size_t i = 0; i < left.count; i++)
		if (left.items[i].used.tv_sec < time(NULL) - ABANDONED_S)
			remove_folder(store, left.items[i].name);
	free(list.items);
	free(left.items);
	if (store >= 0) {
		remove_marks(store);
		close(store);
	}
	return (unsigned)list.count;
}
