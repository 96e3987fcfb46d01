/* SPDX-License-Identifier: Apache-2.0 */
/* The initramfs of a VM: what is in it, its cache, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../runner/rootfs.h"
#include "../tap.h"

static char work[] = "/tmp/pith-test.XXXXXX";

static struct rootfs_request request = {
    .modules = "modules",
    .needs = ROOTFS_REPORT | ROOTFS_SQUASHFS,
    .config = "app_device=/dev/vda\0",
    .config_size = 20,
};

/* The kernel unpacks archive behind archive; cpio(1) stops at the first one's end. */
static const char unpack[] =
    "rm -rf out && mkdir out && cd out && cat > ../archive && "
    "cpio -i --quiet -f dev/console < ../archive && "
    "at=$(grep -abo 'pith/config' ../archive | tail -n 1 | cut -d: -f1) && "
    "tail -c +$((at - 109)) ../archive | cpio -i --quiet";

static void test_content(void)
{
	int fd = -1;

	is_int(rootfs_initramfs(&request, &fd), 0, "an initramfs is built");
	is_int(lseek(fd, 0, SEEK_CUR), 0, "its offset is at the beginning");
	is_str(shell(fd, unpack), "", "cpio unpacks both archives");
	is_str(shell(fd, "cd out && find . | sort | tr '\\n' ' '"),
	       ". ./dev ./etc ./init ./pith ./pith/config ./pith/inputs ./pith/ko "
	       "./pith/ko/squashfs.ko ./pith/ko/virtio-ring.ko ./pith/ko/virtio_console.ko "
	       "./pith/ko/virtio_pci.ko ./pith/modules ./proc ./root ./run ./sys ./tmp ./usr "
	       "./usr/bin ./usr/bin/pith ./usr/lib ./usr/lib/pith ",
	       "it holds the programs and the modules asked for");
	is_str(shell(fd, "cat out/pith/modules"),
	       "/pith/ko/virtio-ring.ko\n/pith/ko/virtio_pci.ko\n/pith/ko/virtio_console.ko\n"
	       "/pith/ko/squashfs.ko\n",
	       "modules are listed in load order, the report port's first");
	is_str(shell(fd, "cat out/pith/ko/squashfs.ko"), "packed squashfs",
	       "a compressed module is unpacked");
	is_str(shell(fd, "tr '\\0' '|' < out/pith/config; stat -c ' %a' out/pith/config out/init"),
	       "app_device=/dev/vda| 600\n 755\n", "the configuration is there, for root only");
	close(fd);
	struct rootfs_request other = request;
	other.app_root = true;
	is_int(rootfs_initramfs(&other, &fd), 0, "an image is to be the root");
	is_str(shell(fd, unpack), "", "cpio unpacks that too");
	is_str(shell(fd, "cd out && find . -name 'pith' -o -name init | sort | tr '\\n' ' '"),
	       "./init ./pith ./usr/lib/pith ", "then it holds no runner: the image has its own");
	close(fd);
	shell(-1, "rm -r cache");
}

static void test_cache(void)
{
	int fd = -1;
	char sum[128];

	is_int(rootfs_initramfs(&request, &fd), 0, "built again");
	snprintf(sum, sizeof(sum), "%s", shell(fd, "sha256sum"));
	close(fd);
	is_str(shell(-1, "ls cache/initramfs | wc -l"), "1\n", "one entry is kept");
	is_str(shell(-1, "stat -c '%a' cache/initramfs cache/initramfs/*"), "700\n600\n",
	       "for its owner only");
	shell(-1, "touch -d '1 day ago' cache/initramfs/*");
	is_int(rootfs_initramfs(&request, &fd), 0, "taken from the cache");
	is_str(shell(fd, "sha256sum"), sum, "with the same bytes");
	close(fd);
	is_str(shell(-1, "find cache/initramfs -type f -mmin -1 | wc -l"), "1\n",
	       "an entry in use stays young");

	shell(-1, "printf damaged | dd of=$(echo cache/initramfs/*) bs=1 seek=300 conv=notrunc");
	is_int(rootfs_initramfs(&request, &fd), 0, "an entry of other inputs is not taken");
	is_str(shell(fd, "sha256sum"), sum, "but built anew");
	close(fd);

	shell(-1, "touch -d '8 days ago' cache/initramfs/*; echo newer > modules/virtio_pci.ko");
	is_int(rootfs_initramfs(&request, &fd), 0, "a changed module");
	is_str(shell(fd, "grep -ac newer"), "1\n", "is in the new archive");
	close(fd);
	is_str(shell(-1, "ls cache/initramfs | wc -l"), "1\n",
	       "the entry not used for long is gone");

	setenv("PITH_CACHE", "/proc/nowhere", 1);
	is_int(rootfs_initramfs(&request, &fd), 0, "without a cache folder it is built each time");
	close(fd);
	setenv("PITH_CACHE", "cache", 1);
}

static void test_refusals(void)
{
	static const char *const missing[] = {"no-such-module"};
	struct rootfs_request other = request;
	char problem[ROOTFS_PROBLEM_MAX] = "";
	int fd = -1;

	other.more_modules = missing;
	other.more_modules_count = 1;
	other.problem = problem;
	is_int(rootfs_initramfs(&other, &fd), -ENOENT, "a missing module is refused");
	is_str(problem,
	       "module no-such-module in modules: it, or one that it needs, is not in modules.dep",
	       "with its name, to who asked");
	other = request;
	other.problem = problem;
	other.modules = "nowhere";
	is_int(rootfs_initramfs(&other, &fd), -ENOENT, "a folder without modules.dep is refused");
	is_str(problem, "nowhere/modules.dep: No such file or directory; depmod makes it",
	       "likewise");
	other.modules = NULL;
	is_int(rootfs_initramfs(&other, &fd), 0, "a kernel without modules is fine");
	close(fd);
	shell(-1, "echo damaged > modules/squashfs.ko.xz");
	is_int(rootfs_initramfs(&request, &fd), -EIO, "a damaged compressed module is refused");
	shell(-1, "rm modules/squashfs.ko.xz");
	is_int(rootfs_initramfs(&request, &fd), -ENOENT, "a module that is not there is refused");
	is_int(fd >= 0 ? 0 : -1, 0, "the descriptor is left alone");
	other.arch = config_host_arch() == ARCH_RISCV64 ? ARCH_X86_64 : ARCH_RISCV64;
	is_int(rootfs_initramfs(&other, &fd), -ENOENT,
	       "an architecture without programs is refused");
}

static void test_image_need(void)
{
	is_int(rootfs_image_need("archive"), 0, "a cpio archive is no image");
	is_int(rootfs_image_need("nowhere"), 0, "a missing file neither");
	shell(-1, "printf hsqs > image");
	is_int(rootfs_image_need("image"), ROOTFS_SQUASHFS,
	       "squashfs is known by its magic number");
	shell(-1,
	      "truncate -s 0 image; printf '\\342\\341\\365\\340' | dd of=image bs=1 seek=1024");
	is_int(rootfs_image_need("image"), ROOTFS_EROFS, "EROFS likewise");
	shell(-1, "truncate -s 0 image; printf '\\123\\357' | dd of=image bs=1 seek=1080");
	is_int(rootfs_image_need("image"), ROOTFS_EXT4, "ext4 likewise");
}

int main(void)
{
	char command[64];

	if (mkdtemp(work) == NULL || chdir(work) != 0)
		abort();
	request.arch = config_host_arch();
	setenv("PITH_LIB", ".", 1);
	shell(-1, "mkdir $(uname -m) && cd $(uname -m) && touch pith pith-init && chmod +x *");
	setenv("PITH_CACHE", "cache", 1);
	shell(
	    0,
	    "mkdir modules && cd modules && for m in virtio-ring virtio_pci virtio_console; do "
	    "echo $m > $m.ko; done; printf 'packed squashfs' | xz --check=crc32 > squashfs.ko.xz; "
	    "printf 'virtio_pci.ko: virtio-ring.ko\\nvirtio_console.ko: virtio-ring.ko\\n"
	    "virtio-ring.ko:\\nsquashfs.ko.xz:\\n' > modules.dep");
	test_content();
	test_cache();
	test_image_need();
	test_refusals();
	snprintf(command, sizeof(command), "rm -rf %s", work);
	ok(system(command) == 0, "the temporary folder is removed");
	return done();
}
