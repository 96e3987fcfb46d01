/* SPDX-License-Identifier: Apache-2.0 */
/* kernel_config.c: what a kernel lacks of what a VM needs. */
#include "kernel_config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input_file.h"
#include "rootfs.h"

/* Options of the kernel's configuration, and which need of a VM asks for them. */
static const struct {
	unsigned need;
	const char *option;
} options[] = {
    {ROOTFS_REPORT, "CONFIG_VIRTIO_CONSOLE"}, {ROOTFS_DISK, "CONFIG_VIRTIO_BLK"},
    {ROOTFS_SQUASHFS, "CONFIG_SQUASHFS"},     {ROOTFS_EROFS, "CONFIG_EROFS_FS"},
    {ROOTFS_EXT4, "CONFIG_EXT4_FS"},          {ROOTFS_VERITY, "CONFIG_DM_VERITY"},
    {ROOTFS_NET, "CONFIG_VIRTIO_NET"},        {ROOTFS_9P, "CONFIG_NET_9P_VIRTIO"},
    {ROOTFS_VIRTIOFS, "CONFIG_VIRTIO_FS"},    {ROOTFS_VSOCK, "CONFIG_VIRTIO_VSOCKETS"},
    {ROOTFS_MMIO, "CONFIG_VIRTIO_MMIO"},      {ROOTFS_KVM, "CONFIG_KVM"},
};

/* "CONFIG_X=y" or "=m" in the file; the whole of it is at most some hundred KiB. */
static bool has_option(FILE *file, const char *option)
{
	char line[256];
	size_t size = strlen(option);

	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, option, size) == 0 && line[size] == '=' &&
		    (line[size + 1] == 'y' || line[size + 1] == 'm'))
			return true;
	return false;
}

static FILE *open_config(const char *image, char path[PATH_MAX])
{
	const char *slash = strrchr(image, '/');

	snprintf(path, PATH_MAX, "%.*s/config", slash == NULL ? 1 : (int)(slash - image),
		 slash == NULL ? "." : image);
	return input_file_stream(path);
}

int kernel_config_missing(const char *image, unsigned needs, bool needs_tpm, char *path,
			  struct strv *missing)
{
	FILE *file = open_config(image, path);
	if (file == NULL)
		return -errno;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if ((needs & options[i].need) != 0 && !has_option(file, options[i].option))
			strv_addf(missing, "%s is not set", options[i].option);
	if (needs_tpm && !has_option(file, "CONFIG_TCG_CRB") && !has_option(file, "CONFIG_TCG_TIS"))
		strv_addf(missing,
			  "neither CONFIG_TCG_CRB nor CONFIG_TCG_TIS is set, for tpm = true");
	fclose(file);
	return 0;
}

unsigned kernel_config_cpus(const char *image)
{
	static const char option[] = "CONFIG_NR_CPUS=", alone[] = "# CONFIG_SMP is not set\n";
	char path[PATH_MAX], line[256];
	unsigned long cpus = 0;
	FILE *file = open_config(image, path);

	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strcmp(line, alone) == 0) /* riscv has no CONFIG_NR_CPUS then */
			cpus = 1;
		else if (strncmp(line, option, strlen(option)) == 0)
			cpus = strtoul(line + strlen(option), NULL, 10);
	}
	fclose(file);
	return cpus > UINT_MAX ? 0 : (unsigned)cpus;
}

bool kernel_config_prefers_rings(const char *image)
{
	static const char *const lines[] = {"CONFIG_VIRTIO_PCI=m\n", "CONFIG_VIRTIO_CONSOLE=m\n",
					    "CONFIG_SERIAL_8250=y\n", "CONFIG_PCI=y\n"};
	static const char lines_option[] = "CONFIG_SERIAL_8250_RUNTIME_UARTS=";
	char path[PATH_MAX], line[256];
	size_t found = 0;
	long uarts = 0;
	FILE *file = open_config(image, path);

	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, lines_option, strlen(lines_option)) == 0)
			uarts = strtol(line + strlen(lines_option), NULL, 10);
		for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
			found += strcmp(line, lines[i]) == 0;
	}
	fclose(file);
	return found == sizeof(lines) / sizeof(lines[0]) && uarts >= 2;
}
