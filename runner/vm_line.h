/* SPDX-License-Identifier: Apache-2.0 */
/* vm_line.h: the command line of pith vm, that of the rust-vmm project's reference VMM and more:
 * "--block path=disk.img,read_only=yes". Pure. */
#ifndef PITH_RUNNER_VM_LINE_H
#define PITH_RUNNER_VM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#define VM_LINE_MEMORY_MIB 256 /* the reference VMM's defaults */
#define VM_LINE_VCPUS 1

struct vm_line {
	bool help, verbose, dry_run;
	char *kernel;           /* NULL: pith's own, and a shell */
	char *cmdline;          /* NULL: default */
	char *kernel_load_addr; /* a number; QEMU places a kernel where its format says */
	char *initrd;           /* NULL: none */
	char *log;              /* also gets what the console says; NULL: none */
	unsigned memory_mib;
	unsigned vcpus;
	struct config_disk *disks; /* path and read_only */
	size_t disk_count;
	struct config_net *nets; /* interface: a tap device */
	size_t net_count;
};

struct vm_line_error {
	char message[256]; /* one line: what was found, what is accepted */
};

/* Read the COUNT words behind "vm". In a value, double quotes protect commas, and a backslash
 * between them the next character. LINE is to be freed in any case. Returns 0, or -EINVAL with
 * ERROR filled. */
int vm_line_parse(char *const *words, size_t count, struct vm_line *line,
		  struct vm_line_error *error);
void vm_line_free(struct vm_line *line);

#endif
