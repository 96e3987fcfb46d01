/* SPDX-License-Identifier: Apache-2.0 */
/* vm_keep.h: what a run was made of and what its console said, kept in a folder (pith exec --keep).
 *
 *   initramfs.cpio   all of it, as the guest unpacks it (cpio -t lists it)
 *   qemu-command     QEMU's command line, quoted as a shell would
 *   qemu.sh          starts the same machine again, without pith (vm_script.h), where that can be
 *   console.log      the guest's console
 *   result.json      how it ended (--result) */
#ifndef PITH_RUNNER_VM_KEEP_H
#define PITH_RUNNER_VM_KEEP_H

struct vm_keep {
	int folder, console; /* descriptors; 0: nothing is kept */
};

/* Make the folder PATH, unless it is there and empty, for its owner only, as the configuration of a
 * guest may hold secrets. Returns 0, or -errno: -ENOTEMPTY when it holds something. */
int vm_keep_begin(struct vm_keep *keep, const char *path);
/* Keep the initramfs INITRD (-1: none) and ARGV. A file that cannot be written is warned of. */
void vm_keep_start(const struct vm_keep *keep, int initrd, char *const *argv);
void vm_keep_console(const struct vm_keep *keep, const char *bytes, unsigned long size);
void vm_keep_end(struct vm_keep *keep);

#endif
