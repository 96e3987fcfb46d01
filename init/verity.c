/* SPDX-License-Identifier: Apache-2.0 */
/* verity.c: dm-verity by ioctl (Documentation/admin-guide/device-mapper/verity.rst). The only file
 * that sees linux/dm-ioctl.h. */
#include "verity.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <linux/dm-ioctl.h>

#include "modules.h"
#include "resident.h"
#include "uevent.h"
#include "verity_format.h"

#define CONTROL "/dev/mapper/control"
#define NAME "pith-app"
#define SECTOR 512
#define EVENTS_AT_ONCE                                                                             \
	64 /* an app that floods us with events must not keep PID 1 from the rest                  \
	    */

struct request {
	struct dm_ioctl head;
	struct dm_target_spec target;
	char params[1024];
};

static int control_fd = -1;
static unsigned device_major, device_minor; /* of the device made, while control_fd is open */
static enum verity_corruption on_corruption;

static int fail(struct outcome *outcome, enum outcome_kind kind, const char *what, int error)
{
	const char *module = error == 0 ? "" : modules_failure();

	outcome_set(outcome, kind, 0, 0, "dm-verity: %s%s%s%s%s", what, error == 0 ? "" : ": ",
		    error == 0 ? "" : strerror(error), module[0] == '\0' ? "" : "; ", module);
	return -1;
}

/* NUMBER is one of DM_*. Returns 0 or -errno; REQUEST holds the answer. */
static int control(unsigned long number, struct request *request, uint32_t flags)
{
	request->head.version[0] = DM_VERSION_MAJOR;
	request->head.data_size = sizeof(*request);
	request->head.data_start = offsetof(struct request, target);
	request->head.flags = flags;
	snprintf(request->head.name, sizeof(request->head.name), "%s", NAME);
	return ioctl(control_fd, (int)number, request) == 0 ? 0 : -errno;
}

static void put_hex(char *text, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
}

/* Check the superblock against where it is and how large the device is. */
static int read_superblock(int fd, uint64_t size_bytes, const struct boot_config *config,
			   struct verity_superblock *superblock, struct outcome *outcome)
{
	static uint8_t block[VERITY_BLOCK] BOOT_BUFFER;
	struct verity_layout layout;
	const char *reason;

	if (config->verity_offset + VERITY_BLOCK > size_bytes)
		return fail(outcome, OUTCOME_VERIFY_FAILED,
			    "pith.verity_offset is beyond the end of the device", 0);
	ssize_t got = pread(fd, block, sizeof(block), (off_t)config->verity_offset);
	if (got != (ssize_t)sizeof(block))
		return fail(outcome, OUTCOME_SETUP_FAILED, "read the superblock",
			    got < 0 ? errno : ENODATA);
	reason = verity_superblock_parse(block, superblock);
	if (reason != NULL)
		return fail(outcome, OUTCOME_VERIFY_FAILED, reason, 0);
	if (superblock->data_blocks != config->verity_offset / VERITY_BLOCK)
		return fail(outcome, OUTCOME_VERIFY_FAILED,
			    "the data blocks do not end where the superblock begins", 0);
	if (verity_layout_of(superblock->data_blocks, &layout) != 0 ||
	    layout.end > size_bytes / VERITY_BLOCK)
		return fail(outcome, OUTCOME_VERIFY_FAILED, "the hash tree does not fit the device",
			    0);
	return 0;
}

/* Create the device, give it its table, start it. */
static int make_device(const struct stat *below, const struct verity_superblock *superblock,
		       const struct boot_config *config, const char **step)
{
	static struct request request BOOT_BUFFER;
	char root[2 * VERITY_DIGEST_BYTES + 1], salt[2 * VERITY_SALT_MAX + 1] = "-";
	int result;

	*step = "open " CONTROL;
	control_fd = open(CONTROL, O_RDWR | O_CLOEXEC);
	if (control_fd < 0)
		return -errno;
	*step = "create the device";
	result = control(DM_DEV_CREATE, &request, DM_READONLY_FLAG);
	if (result != 0)
		return result;
	/* The answer's dev is encoded as by the kernel's huge_encode_dev(), like new_encode_dev()
	 * for any number in use. */
	device_major = (unsigned)(request.head.dev >> 8 & 0xfff);
	device_minor = (unsigned)((request.head.dev & 0xff) | (request.head.dev >> 12 & 0xfff00));

	*step = "load the table";
	memset(&request, 0, sizeof(request));
	put_hex(root, config->verity_root, sizeof(config->verity_root));
	put_hex(salt, superblock->salt, superblock->salt_bytes);
	request.head.target_count = 1;
	request.target.length = superblock->data_blocks * (VERITY_BLOCK / SECTOR);
	snprintf(request.target.target_type, sizeof(request.target.target_type), "verity");
	int printed = snprintf(request.params, sizeof(request.params),
			       "1 %u:%u %u:%u %d %d %" PRIu64 " %" PRIu64 " sha256 %s %s",
			       major(below->st_rdev), minor(below->st_rdev), major(below->st_rdev),
			       minor(below->st_rdev), VERITY_BLOCK, VERITY_BLOCK,
			       superblock->data_blocks, superblock->data_blocks + 1, root, salt);
	if (printed < 0 || (size_t)printed >= sizeof(request.params))
		return -ENOSPC;
	result = control(DM_TABLE_LOAD, &request, DM_READONLY_FLAG);
	if (result != 0)
		return result;
	*step = "start the device";
	memset(&request, 0, sizeof(request));
	return control(DM_DEV_SUSPEND, &request, 0); /* without DM_SUSPEND_FLAG it is "resume" */
}

int verity_open(int fd, uint64_t size_bytes, const struct boot_config *config, uint64_t *data_bytes,
		struct outcome *outcome)
{
	struct verity_superblock superblock;
	struct stat below, status;
	char path[32];
	const char *step;
	int result, device;

	if (read_superblock(fd, size_bytes, config, &superblock, outcome) != 0)
		return -1;
	*data_bytes = superblock.data_blocks * VERITY_BLOCK;
	if (fstat(fd, &below) != 0 || !S_ISBLK(below.st_mode))
		return fail(outcome, OUTCOME_SETUP_FAILED, "the image is no block device", 0);
	on_corruption = config->on_corruption;
	result = make_device(&below, &superblock, config, &step);
	if (result != 0)
		return fail(outcome, OUTCOME_SETUP_FAILED, step, -result);
	snprintf(path, sizeof(path), "/dev/dm-%u", device_minor);
	device = open(path, O_RDONLY | O_CLOEXEC);
	if (device < 0 || fstat(device, &status) != 0)
		return fail(outcome, OUTCOME_SETUP_FAILED, path, errno);
	if (status.st_rdev != makedev(device_major, device_minor))
		return fail(outcome, OUTCOME_SETUP_FAILED, "the device node is another's", 0);
	return device;
}

/* DM_VERITY_ERR_BLOCK_NR=TYPE,BLOCK (drivers/md/dm-verity-target.c verity_handle_err): type 0 is
 * data, 1 is the tree. */
static bool is_about_us(const char *event, size_t size, const char **error)
{
	const char *major_text = uevent_value(event, size, "MAJOR");
	const char *minor_text = uevent_value(event, size, "MINOR");

	*error = uevent_value(event, size, "DM_VERITY_ERR_BLOCK_NR");
	return *error != NULL && major_text != NULL && minor_text != NULL &&
	       strtoul(major_text, NULL, 10) == device_major &&
	       strtoul(minor_text, NULL, 10) == device_minor;
}

static bool corrupted(struct outcome *outcome, const char *what, const char *number)
{
	/* Once: what follows (the app's end, an unmount) is its consequence. */
	close(control_fd);
	control_fd = -1;
	outcome_set(outcome, OUTCOME_VERIFY_FAILED, 0, 0,
		    "app image: %s%.24s does not match the root hash", what, number);
	return true;
}

bool verity_watch(int uevent_fd, struct outcome *outcome)
{
	char event[UEVENT_SIZE];
	const char *error;
	size_t size;

	for (int left = EVENTS_AT_ONCE; left > 0 && (size = uevent_read(uevent_fd, event)) > 0;
	     left--) {
		if (control_fd < 0 || on_corruption != CORRUPTION_FAIL ||
		    !is_about_us(event, size, &error))
			continue;
		const char *comma = strchr(error, ',');
		return corrupted(outcome, error[0] == '0' ? "data block " : "hash tree block ",
				 comma == NULL ? error : comma + 1);
	}
	return false;
}

bool verity_last_look(int uevent_fd, struct outcome *outcome)
{
	static struct request request;

	if (control_fd < 0 || on_corruption != CORRUPTION_FAIL)
		return false;
	if (verity_watch(uevent_fd, outcome))
		return true;
	memset(&request, 0, sizeof(request));
	if (control(DM_TABLE_STATUS, &request, 0) != 0)
		return false;
	/* The target's status is "V", or "C" once a block did not match. */
	return request.params[0] == 'C' && corrupted(outcome, "some block", "");
}
