/* SPDX-License-Identifier: Apache-2.0 */
/* rootfs.h: what the initramfs of a VM holds.
 *
 *   /init              pith-init
 *   /usr/bin/pith      the runner in the guest
 *   /usr/lib/pith/pith-verify   only where images have to be signed
 *   /dev/console       for the kernel to give PID 1 its standard descriptors
 *   /pith/modules      a line a module: absolute path, in load order
 *   /pith/ko/NAME.ko   the modules, not compressed
 *   /pith/config       the bulk configuration (init/cmdline.h), mode 0600; a segment of its own
 *   /pith/app          the app image, where that is no disk (app_image.h), likewise
 *   /pith/key, name, min-version   what app images have to be (init/signed.h), likewise
 *   /pith/inputs       what the rest was built from: the key of the cache
 *   and, in the segment of the configuration, what the caller adds
 *   and the empty folders that mounts go to. */
#ifndef PITH_RUNNER_ROOTFS_H
#define PITH_RUNNER_ROOTFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config.h"
#include "strv.h"

/* What a VM's devices ask of the kernel. */
enum rootfs_need {
	ROOTFS_REPORT = 1 << 0, /* virtio-serial ports, virtio consoles */
	ROOTFS_DISK = 1 << 1,   /* virtio-blk */
	ROOTFS_SQUASHFS = 1 << 2,
	ROOTFS_EROFS = 1 << 3,
	ROOTFS_EXT4 = 1 << 4,
	ROOTFS_VERITY = 1 << 5,
	ROOTFS_OVERLAY = 1 << 6,
	ROOTFS_NET = 1 << 7,
	ROOTFS_9P = 1 << 8,
	ROOTFS_VIRTIOFS = 1 << 9,
	ROOTFS_VSOCK = 1 << 10,
	ROOTFS_SCSI = 1 << 11, /* virtio-scsi disks */
	ROOTFS_RNG = 1 << 12,
	ROOTFS_MMIO = 1 << 13,   /* virtio-mmio in place of PCI */
	ROOTFS_KVM = 1 << 14,    /* the guest runs VMs itself: KVM, tun, bridge, vhost */
	ROOTFS_SIGNED = 1 << 15, /* pith-verify, a program */
	ROOTFS_TPM = 1 << 16,
	ROOTFS_NO_VIRTIO = 1 << 17, /* alone: there is no such device */
};

/* A member that the caller adds. */
struct rootfs_file {
	char *path;   /* in the guest, without the leading slash */
	mode_t mode;  /* kind (S_IFDIR, S_IFREG, S_IFLNK) and permissions */
	char *source; /* S_IFREG: the file on the base system; S_IFLNK: the target; else NULL */
	char *bytes;  /* S_IFREG without a source: the content */
	size_t size;
};

#define ROOTFS_PROBLEM_MAX 512

struct rootfs_request {
	enum config_arch arch;
	const char
	    *modules;   /* the kernel's lib/modules/RELEASE folder; NULL: everything built in */
	unsigned needs; /* of enum rootfs_need */
	const char *const *more_modules; /* names as modules_resolve takes them; NULL: none */
	size_t more_modules_count;
	const void *config; /* content of /pith/config */
	size_t config_size;
	const struct rootfs_file *files; /* folders before what is in them; not cached */
	size_t file_count;
	bool over_root;       /* they go to /pith/root, over a root directory (init/trees.h) */
	const char *app;      /* the app image, a file that goes along; NULL: none does */
	const uint8_t *key;   /* 32 bytes, the key that app images must be signed by; NULL: none */
	const char *app_name; /* that they must have; NULL: any */
	bool app_root;        /* with a key: the image becomes the root directory */
	uint32_t min_version; /* that they must have; 0: any */
	char *problem; /* ROOTFS_PROBLEM_MAX bytes: gets what went wrong, which then is not said
			  here */
};

/* Which file system module the app image PATH asks for, from its magic number: ROOTFS_SQUASHFS,
 * ROOTFS_EROFS, ROOTFS_EXT4, or 0 when it is none of these or cannot be read. */
unsigned rootfs_image_need(const char *path);

/* The names of the modules for NEEDS, all optional (a kernel may have them built in), in the order
 * in which they are to be loaded. */
void rootfs_module_names(unsigned needs, struct strv *names);

/* Build the initramfs for REQUEST into a new memory file *FD, its offset at 0, which the caller
 * closes. All but the configuration is kept in CACHE/initramfs/ for the next run. Returns 0, or
 * -errno with the message in request->problem, or said where there is no such place. */
int rootfs_initramfs(const struct rootfs_request *request, int *fd);

/* Its two parts. A text that is another when anything of what every run has in common is another:
 * malloced, NULL with the message as above. And the run's own archive, configuration first, then
 * files, written to FD from its offset on: 0, or -errno with the message as above. */
char *rootfs_identity(const struct rootfs_request *request);
int rootfs_own(const struct rootfs_request *request, int fd);

#endif
