/* SPDX-License-Identifier: Apache-2.0 */
/* park.c: a guest that is booted in advance.
 *
 *   1. Before the state is saved: find the work's device, switch it on and map it, and open what
 *      can be opened. A resumed guest saves the time for it, most of which the emulator would
 *      take to translate the kernel's code for it anew. Nothing here may read from the random
 *      generator what a resumed guest keeps (boot_id is made at its first reading), nor from the
 *      device's memory.
 *   2. Tell the base system and wait for its line "work TIME".
 *   3. In the resumed machine, before anything of the user's is there: clock and random generator.
 *   4. Unpack the work, and wipe what the app is not to find in the device: seed, configuration. */
#include "park.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

#include "cmdline.h"
#include "file.h"
#include "ivshmem.h"
#include "mounts.h"
#include "network.h"
#include "report.h"
#include "unpack.h"
#include "work.h"

#define NS_PER_S 1000000000
#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0"
#define CLOCKSOURCE_STEP_MS 50
#define CLOCKSOURCE_STEPS 60
#define SETTLE_MS 100
#define NEAR_BYTES (16u << 20) /* of the device, mapped in advance */

static int device_fd = -1, random_fd = -1, root_fd = -1;
static char *near, *configuration; /* NEAR_BYTES; CMDLINE_BULK_MAX, not touched yet */

static int fail(struct outcome *outcome, const char *what, int error)
{
	outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "work: %.300s: %s", what, strerror(error));
	return -1;
}

/* QEMU's state of a RISC-V machine lacks its armed timers (7.2; those of x86 and ARM are there).
 * The kernel waits for the one it had set, and sets none that is later: nothing would sleep to its
 * end again. One that is due already is set in any case, and what it fires sets the next. */
static void wake_timers(void)
{
#ifdef __riscv
	const struct timespec long_ago = {.tv_nsec = 1};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &long_ago, NULL);
#endif
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
	int result = 0;

	memcpy(entropy + 2, seed, WORK_SEED_BYTES);
	if (ioctl(random_fd, RNDADDENTROPY, entropy) != 0 ||
	    ioctl(random_fd, RNDRESEEDCRNG, NULL) != 0)
		result = -errno;
	explicit_bzero(entropy, sizeof(entropy));
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

static int unpack(const char *archive, size_t size, struct outcome *outcome)
{
	char failed[256];
	bool gave_way = false;

	if (give_way(archive, size, &gave_way, outcome) != 0)
		return -1;
	int result = unpack_archive(root_fd, archive, size, failed);
	if (result != 0)
		return fail(outcome, failed[0] != '\0' ? failed : "archive", -result);
	return gave_way ? mounts_mount(outcome) : 0;
}

/* The archive's first member, which is removed from the device. *OFFSET moves behind it. */
static int take_config(char *archive, size_t size, size_t *offset, size_t *config_size)
{
	struct unpack_member member;

	*offset = 0;
	if (unpack_next(archive, size, offset, &member) != 1 ||
	    strcmp(member.name, &CMDLINE_BULK_PATH[1]) != 0 || member.size > CMDLINE_BULK_MAX)
		return -EINVAL;
	memcpy(configuration, member.data, member.size);
	*config_size = member.size;
	explicit_bzero(archive, *offset);
	return 0;
}

static int take_archive(char *archive, size_t size, size_t *config_size, struct outcome *outcome)
{
	size_t offset;
	int result = take_config(archive, size, &offset, config_size);

	if (result != 0)
		return fail(outcome, "configuration", -result);
	return unpack(archive + offset, size - offset, outcome);
}

/* What is larger than what is mapped is mapped for itself. */
static int take_far_archive(size_t size, size_t *config_size, struct outcome *outcome)
{
	char *archive =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, device_fd, WORK_ARCHIVE_OFFSET);

	if (archive == MAP_FAILED)
		return fail(outcome, "the device's memory", errno);
	int result = take_archive(archive, size, config_size, outcome);
	munmap(archive, size);
	return result;
}

static int take_work(size_t *config_size, struct outcome *outcome)
{
	struct work_header header;

	memcpy(&header, near, sizeof(header));
	explicit_bzero(near, sizeof(header));
	int result = strncmp(header.magic, WORK_MAGIC, sizeof(header.magic)) != 0 ||
			     header.archive_size > WORK_DEVICE_BYTES - WORK_ARCHIVE_OFFSET
			 ? -EINVAL
			 : reseed(header.seed);
	explicit_bzero(header.seed, sizeof(header.seed));
	if (result != 0)
		return fail(outcome, "header and random seed", -result);
	if (header.archive_size > NEAR_BYTES - WORK_ARCHIVE_OFFSET)
		return take_far_archive(header.archive_size, config_size, outcome);
	return take_archive(near + WORK_ARCHIVE_OFFSET, header.archive_size, config_size, outcome);
}

/* What the kernel has put off until after its boot would else be done in every resumed guest: a
 * second after it has found the time-stamp counter, it makes that its clock and stops the machine
 * for it (arch/x86/kernel/tsc.c); then there are the timers and callbacks of what was just done. */
static void settle(void)
{
	char source[32];

	for (int i = 0;
	     i < CLOCKSOURCE_STEPS &&
	     file_read_line(CLOCKSOURCE "/current_clocksource", source, sizeof(source)) > 0 &&
	     strcmp(source, "tsc-early") == 0;
	     i++)
		(void)poll(NULL, 0, CLOCKSOURCE_STEP_MS);
	(void)poll(NULL, 0, SETTLE_MS);
}

/* All that can be done without the work. Returns 0, or -1 with OUTCOME filled. */
static int make_ready(struct outcome *outcome)
{
	device_fd = ivshmem_open();
	if (device_fd < 0)
		return fail(outcome,
			    device_fd == -ENODEV || device_fd == -ENOENT ? "no device"
									 : "the device's memory",
			    -device_fd);
	near = mmap(NULL, NEAR_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, device_fd, 0);
	configuration = mmap(NULL, CMDLINE_BULK_MAX, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (near == MAP_FAILED || configuration == MAP_FAILED)
		return fail(outcome, "the device's memory", errno);
	random_fd = open("/dev/urandom", O_RDWR | O_CLOEXEC);
	root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (random_fd < 0 || root_fd < 0)
		return fail(outcome, random_fd < 0 ? "/dev/urandom" : "/", errno);
	network_loopback_up();
	settle();
	return 0;
}

int park(char **config, size_t *config_size, struct outcome *outcome)
{
	int64_t now_ns;
	int result;

	if (make_ready(outcome) != 0)
		return -1;
	report_stage(REPORT_STAGE_PARK);
	result = report_wait_for_work(&now_ns);
	wake_timers();
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
	*config = configuration;
	return take_work(config_size, outcome);
}
