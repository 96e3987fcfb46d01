/* SPDX-License-Identifier: Apache-2.0 */
/* park.c: a guest that is booted in advance.
 *
 *   1. Before the state is saved: find the work's device and switch it on. Nothing here may read
 *      from the random generator what a resumed guest keeps (boot_id is made at its first reading).
 *   2. Tell the base system and wait for its line "work TIME".
 *   3. In the resumed machine, before anything of the user's is there: clock and random generator.
 *   4. Unpack the work, and wipe what the app is not to find in the device: seed, configuration. */
#include "park.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/random.h>

#include "file.h"
#include "mounts.h"
#include "network.h"
#include "report.h"
#include "unpack.h"
#include "work.h"

#define DEVICES "/sys/bus/pci/devices"
#define VENDOR "0x1af4" /* Red Hat */
#define DEVICE "0x1110" /* ivshmem */
#define NS_PER_S 1000000000

static char device[320]; /* its folder in sysfs */

static int fail(struct outcome *outcome, const char *what, int error)
{
	outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "work: %.300s: %s", what, strerror(error));
	return -1;
}

static bool file_is(const char *folder, const char *name, const char *wanted)
{
	char path[384], line[32];

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) &&
	       file_read_line(path, line, sizeof(line)) > 0 && strcmp(line, wanted) == 0;
}

/* Fill DEVICE. Returns 0 or -errno. */
static int find_device(void)
{
	char path[384];
	const struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(DEVICES);

	if (dir == NULL)
		return -errno;
	while (!found && (entry = readdir(dir)) != NULL)
		found = entry->d_name[0] != '.' &&
			snprintf(device, sizeof(device), DEVICES "/%s", entry->d_name) <
			    (int)sizeof(device) &&
			file_is(device, "vendor", VENDOR) && file_is(device, "device", DEVICE);
	closedir(dir);
	if (!found)
		return -ENODEV;
	(void)snprintf(path, sizeof(path), "%s/enable", device); /* fits: 64 bytes more */
	return file_write(path, "1");
}

/* The device's memory: cached where the processor makes a difference (prefetchable memory, "_wc").
 */
static int open_memory(void)
{
	static const char *const names[] = {"resource2_wc", "resource2"};
	char path[384];
	int fd = -1;

	for (size_t i = 0; fd < 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", device, names[i]);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

static int set_clock(int64_t ns)
{
	const struct timespec now = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};

	return ns > 0 && clock_settime(CLOCK_REALTIME, &now) == 0 ? 0 : ns > 0 ? -errno : -EINVAL;
}

/* random(4): the bytes are credited, so that the generator takes them up at once. */
static int reseed(const uint8_t seed[WORK_SEED_BYTES])
{
	/* struct rand_pool_info: how many bits, how many bytes, and these. */
	uint32_t entropy[2 + WORK_SEED_BYTES / 4] = {8 * WORK_SEED_BYTES, WORK_SEED_BYTES};
	int fd = open("/dev/urandom", O_RDWR | O_CLOEXEC), result = fd < 0 ? -errno : 0;

	memcpy(entropy + 2, seed, WORK_SEED_BYTES);
	if (result == 0 &&
	    (ioctl(fd, RNDADDENTROPY, entropy) != 0 || ioctl(fd, RNDRESEEDCRNG, NULL) != 0))
		result = -errno;
	explicit_bzero(entropy, sizeof(entropy));
	if (fd >= 0)
		close(fd);
	return result;
}

/* As in a guest that boots, files of the work in /run and /tmp take the place of what is mounted
 * there (mounts.c). Most work has none, and mounting takes longer than all the rest. */
static int give_way(const char *archive, size_t size, bool *gave_way, struct outcome *outcome)
{
	static const char *const folders[] = {"/tmp", "/run"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (!unpack_touches(archive, size, folders[i] + 1))
			continue;
		*gave_way = true;
		if (umount2(folders[i], UMOUNT_NOFOLLOW) != 0 && errno != EINVAL)
			return fail(outcome, folders[i], errno);
	}
	return 0;
}

static int unpack(char *archive, size_t size, struct outcome *outcome)
{
	char failed[256];
	bool gave_way = false;
	size_t first_end;
	int root;

	if (give_way(archive, size, &gave_way, outcome) != 0)
		return -1;
	root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = root < 0 ? -errno : unpack_archive(root, archive, size, &first_end, failed);
	if (root >= 0)
		close(root);
	if (result != 0)
		return fail(outcome, root >= 0 && failed[0] != '\0' ? failed : "archive", -result);
	explicit_bzero(archive, first_end);
	return gave_way ? mounts_mount(outcome) : 0;
}

static int take_work(struct outcome *outcome)
{
	struct work_header header;
	char *memory;
	int fd = open_memory();

	if (fd < 0)
		return fail(outcome, "the device's memory", -fd);
	memory = mmap(NULL, WORK_ARCHIVE_OFFSET, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		int error = errno;

		close(fd);
		return fail(outcome, "the device's memory", error);
	}
	memcpy(&header, memory, sizeof(header));
	explicit_bzero(memory, sizeof(header));
	munmap(memory, WORK_ARCHIVE_OFFSET);
	int result = strncmp(header.magic, WORK_MAGIC, sizeof(header.magic)) != 0 ||
			     header.archive_size > WORK_DEVICE_BYTES - WORK_ARCHIVE_OFFSET
			 ? -EINVAL
			 : reseed(header.seed);
	explicit_bzero(header.seed, sizeof(header.seed));
	memory = result != 0 ? MAP_FAILED
			     : mmap(NULL, header.archive_size, PROT_READ | PROT_WRITE, MAP_SHARED,
				    fd, WORK_ARCHIVE_OFFSET);
	if (result == 0 && memory == MAP_FAILED)
		result = -errno;
	close(fd);
	if (result != 0)
		return fail(outcome, "header and random seed", -result);
	result = unpack(memory, header.archive_size, outcome);
	munmap(memory, header.archive_size);
	return result;
}

int park(struct outcome *outcome)
{
	int64_t now_ns;
	int result = find_device();

	if (result != 0)
		return fail(outcome, "no device", -result);
	network_loopback_up(); /* it needs nothing of the work */
	report_stage(REPORT_STAGE_PARK);
	result = report_wait_for_work(&now_ns);
	if (result == -ECANCELED) {
		outcome_set(outcome, OUTCOME_INTERRUPTED, 0, SIGTERM,
			    "asked to stop before there was work");
		return -1;
	}
	if (result != 0)
		return fail(outcome, "channel to the base system", -result);
	report_hello();
	report_stage(REPORT_STAGE_WORK);
	result = set_clock(now_ns);
	if (result != 0)
		return fail(outcome, "clock", -result);
	return take_work(outcome);
}
