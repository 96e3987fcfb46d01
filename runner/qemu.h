/* SPDX-License-Identifier: Apache-2.0 */
/* qemu.h: from a VM's configuration to QEMU's command line. Pure: what the base system decides
 * (paths, accelerator, descriptors) comes in as struct qemu_setting, and the same input gives the
 * same words. */
#ifndef PITH_RUNNER_QEMU_H
#define PITH_RUNNER_QEMU_H

#include <stdbool.h>
#include <stddef.h>

#include "app_image.h"
#include "config.h"
#include "strv.h"

/* Descriptors that QEMU inherits, at fixed numbers so that `pith show` can print the very line that
 * is run. Connected sockets, but for the initramfs (a memfd). */
enum qemu_fd {
	QEMU_FD_QMP = 3,
	QEMU_FD_REPORT = 4,
	QEMU_FD_STDOUT = 5,
	QEMU_FD_STDERR = 6,
	QEMU_FD_CONSOLE = 7, /* the serial console, where the configuration does not place it, or
				what comes from it to pith's standard output (qemu_logs_console) */
	QEMU_FD_INITRD = 8,
	QEMU_FD_STDIN = 9,
	QEMU_FD_OUTPUT = 10, /* files that pith exec takes from the guest */
	/* For a saved state (warm.h): */
	QEMU_FD_MEMORY = 11, /* the file that is the guest's memory */
	QEMU_FD_WORK = 12,   /* the memory of the device that brings the work (a memfd), or rings */
	QEMU_FD_STATE = 13,  /* the file of the devices' state */
	QEMU_FD_END
};

#define QEMU_INITRD_PATH "/proc/self/fd/8"

/* What becomes of the machine's state. The machine itself is the same in the last two. */
enum qemu_state {
	QEMU_STATE_NONE,   /* it boots and ends */
	QEMU_STATE_SAVE,   /* it boots, and its memory is the file */
	QEMU_STATE_RESUME, /* it goes on from the file, which it does not change, and the state */
};

enum qemu_accel { ACCEL_TCG, ACCEL_KVM };

struct qemu_setting {
	enum qemu_accel accel;
	const char *qemu;            /* program to run */
	const char *kernel;          /* file */
	const char *initrd;          /* file; NULL: none; "/proc/self/fd/8" for one made by pith */
	const struct app_image *app; /* NULL: no app image */
	const char *append_more;     /* words for the kernel command line that pith adds, or NULL */
	const char *run_dir;         /* folder for the helpers' sockets (helpers.h) */
	const char *tsc_khz; /* rate of the base system's counter; NULL: not known (tsc.h) */
	bool verbose;        /* kernel messages on the console */
	bool use_report;     /* report, stdout, stderr ports */
	bool use_output;     /* the output port as well */
	bool use_stdin;      /* the stdin port as well */
	bool use_rings;      /* in the place of all these ports: shared memory and a line */
	bool app_on_console; /* no ports for the app: its streams are the console */
	enum qemu_state state;
	char *const *more_args; /* words to end with; NULL: none */
};

/* Build the whole argv, QEMU's name first. Values that reach a QEMU option string have their commas
 * doubled. The configuration has been checked, so this cannot fail. */
void qemu_argv(const struct config_vm *vm, const struct qemu_setting *setting, struct strv *argv);

/* The program: the configuration's, or QEMU's own name for the architecture. */
const char *qemu_program(const struct config_vm *vm);

/* The guest's kernel command line: pith's words, then the configuration's. Malloced. */
char *qemu_command_line(const struct config_vm *vm, const struct qemu_setting *setting);

/* True when the VM talks to pith-init (report = "require", or "auto" with an initramfs or app of
 * ours), so that an outcome is expected over the report port. */
bool qemu_uses_report(const struct config_vm *vm);

/* True when pith fits the VM out: pith-init runs in it, from an initramfs of ours or with an app.
 */
bool qemu_is_fitted_out(const struct config_vm *vm);

/* True for a machine with only the devices that the configuration names, as one that is fitted out
 * always is. Else the line is OpenSUT's, with QEMU's default devices. */
bool qemu_is_lean(const struct config_vm *vm);

#define QEMU_APP_DEVICE_SIZE 16
/* The app image's device in the guest: "/dev/vda", or behind the configuration's disks. */
void qemu_app_device(const struct config_vm *vm, char device[QEMU_APP_DEVICE_SIZE]);

/* True when a serial line, a console or QEMU's monitor is on pith's standard input and output. */
bool qemu_uses_stdio(const struct config_vm *vm);

/* The machine's own serial line, where the configuration says what it is; NULL: it does not. */
const struct config_serial *qemu_placed_console(const struct config_vm *vm);
/* True when the console is on standard input and output without having been placed there: QEMU
 * opens QEMU_FD_CONSOLE by its name then, which has to be a pipe's end, and copies it there. */
bool qemu_logs_console(const struct config_vm *vm);

/* The sockets that QEMU makes itself (unix networks, serial lines and consoles), and those that
 * must be there before it starts (of helpers, and of other processes). A stale one of the former
 * must be removed first. */
void qemu_own_sockets(const struct config_vm *vm, struct strv *paths);
void qemu_awaited_sockets(const struct config_vm *vm, const char *run_dir, struct strv *paths);

/* Name of the console device for the kernel's console= ("ttyS0", "ttyAMA0"). */
const char *qemu_console(enum config_arch arch);

#endif
