/* SPDX-License-Identifier: Apache-2.0 */
/* config.h: a runner configuration (pith.toml(5)): TOML in, checked struct out. Pure but for
 * reading the file. OpenSUT's schema and ours on top of it. */
#ifndef PITH_RUNNER_CONFIG_H
#define PITH_RUNNER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../init/privileges.h"
#include "strv.h"
#include "toml.h"

enum config_mode { CONFIG_MANAGE, CONFIG_EXEC };
enum config_arch { ARCH_X86_64, ARCH_AARCH64, ARCH_RISCV64, ARCH_COUNT };
enum config_kvm { KVM_AUTO, KVM_ON, KVM_OFF };
enum config_process_type { PROCESS_SHELL, PROCESS_VM };
enum config_disk_format { DISK_RAW, DISK_QCOW2, DISK_VMDK };
enum config_serial_mode { SERIAL_STDIO, SERIAL_PASSTHROUGH, SERIAL_UNIX, SERIAL_FILE };
enum config_vmm { VMM_QEMU, VMM_CROSVM };
enum config_sync { SYNC_RELAXED, SYNC_FULL, SYNC_NONE }; /* what a flush in the guest means */
/* What virtio devices hang on; ISA: there are none, but serial lines (init/serial.h); SHM: none
 * either, but shared memory and a serial line (init/ring.h). AUTO is pith exec's own: PCI or SHM.
 */
enum config_transport {
	TRANSPORT_PCI,
	TRANSPORT_MMIO,
	TRANSPORT_ISA,
	TRANSPORT_SHM,
	TRANSPORT_AUTO
};
enum config_net_mode { NET_USER, NET_BRIDGE, NET_UNIX, NET_TAP, NET_PASST };
enum config_share_kind { SHARE_9P, SHARE_VIRTIOFS };
enum config_protocol { PROTOCOL_TCP, PROTOCOL_UDP };
enum config_restart { RESTART_NO, RESTART_ON_FAILURE, RESTART_ALWAYS };
enum config_ready { READY_START, READY_NOTIFY, READY_SOCKET };
/* What a block of the app image that does not match its hash tree does (init/cmdline.h). */
enum config_corruption { APP_CORRUPTION_FAIL, APP_CORRUPTION_EIO };
enum config_report { REPORT_AUTO, REPORT_REQUIRE, REPORT_OFF };
enum config_reset { RESET_ENDS, RESET_RESTARTS };

struct config_disk {
	char *name; /* "vda" */
	enum config_disk_format format;
	char *path; /* absolute or relative to pith's own working directory: already resolved */
	bool read_only, snapshot;
	bool direct_io; /* past the page cache of the base system */
	enum config_sync sync;
	char *serial; /* what the guest reads as the disk's serial number; NULL: none */
	struct toml_position position;
};

struct config_forward {
	enum config_protocol protocol;
	char *outer_host; /* default "127.0.0.1" */
	uint16_t outer_port;
	char *inner_host; /* default "" */
	uint16_t inner_port;
};

struct config_net {
	char *name; /* "net.K"'s K */
	enum config_net_mode mode;
	struct config_forward *forwards; /* USER, PASST */
	size_t forward_count;
	char *interface;             /* BRIDGE: default "br0"; TAP */
	struct strv listen, connect; /* UNIX: sockets that QEMU makes; that are there already */
	char *mac;                   /* "52:54:00:..."; NULL: QEMU's own default */
	char *address;               /* what pith-init gives it, "10.0.2.15/24"; NULL: nothing */
	char *gateway;               /* likewise, of the default route; NULL: none */
};

/* A serial line, or a named port of a virtio console. */
struct config_serial {
	char *name;  /* "hvc0", "ttyAMA0", "ttyS0"; the port's name */
	bool is_hvc; /* else, among the serials, the machine's own line, the console */
	enum config_serial_mode mode;
	char *path; /* device, socket or file; NULL for stdio */
	char *log;  /* for stdio: a file that gets the output too; NULL: none */
};

/* A folder of the base system. */
struct config_share {
	enum config_share_kind kind;
	char *tag; /* for mount(8) in the guest */
	char *path;
	bool read_only;
	bool is_unmapped; /* 9p: links and modes are those of the base system's files */
};

struct config_gpio {
	char *name;       /* "gpiochip1", as the guest sees it */
	bool is_external; /* the daemon is there already, at path */
	char *path;       /* socket of the daemon, or "/dev/gpiochipN" */
	unsigned chip;    /* N, where pith starts the daemon */
};

/* A bridge that pith makes for the run. */
struct config_bridge {
	char *name;
	char *address;     /* of the base system on it, "10.0.2.1/24"; NULL: none */
	struct strv ports; /* interfaces that are plugged into it */
};

struct config_vm {
	enum config_vmm vmm;
	enum config_arch arch;
	char *qemu;    /* path or name of the QEMU program; NULL: qemu-system-ARCH from PATH */
	char *crosvm;  /* likewise; NULL: crosvm */
	char *machine; /* NULL: default */
	char *cpu;     /* NULL: default */
	enum config_transport transport;
	unsigned cpus; /* 0: default */
	char *kernel;  /* NULL: pith's default kernel, unless boots_firmware */
	char *initrd;  /* NULL: built by pith when kernel is NULL too or app is given; else none */
	bool build_initrd;   /* pith builds the initramfs */
	char *firmware;      /* NULL: the machine's own */
	bool boots_firmware; /* no kernel is handed over: the firmware finds one */
	char *append;        /* "" when absent */
	uint32_t ram_mb;
	enum config_kvm kvm;
	bool nested; /* the guest can run VMs itself */
	enum config_report report;
	enum config_reset on_reset;
	bool lean;           /* no default devices although pith does not fit it out (pith vm) */
	char *app;           /* app image: read-only disk, hash on the command line; NULL: none */
	char *app_sha256;    /* the hash that it must have, 64 hex digits; NULL: that of the file */
	char *app_root_hash; /* likewise of its verity tree; not both */
	enum config_corruption app_on_corruption;
	char *attest_key;          /* file with the key of attestations; NULL: random */
	char *app_key;             /* public key that must have signed it, a PEM file; NULL: none */
	char *app_name;            /* that its manifest must have; NULL: any */
	bool app_root;             /* it becomes the guest's root directory */
	uint32_t app_min_version;  /* of its manifest; 0: any */
	char *hostname;            /* for pith-init; NULL: none */
	struct config_disk *disks; /* in name order, contiguous from vda */
	size_t disk_count;
	struct config_net *nets; /* in file order */
	size_t net_count;
	struct config_serial *serials; /* in name order: hvc0, hvc1, ..., then ttyAMA0 or ttyS0 */
	size_t serial_count;
	struct config_serial *ports; /* console.NAME, in file order */
	size_t port_count;
	struct config_share *shares; /* in file order, 9p before virtiofs */
	size_t share_count;
	struct config_gpio *gpios; /* in name order, contiguous from gpiochip1 */
	size_t gpio_count;
	uint32_t vsock_cid; /* 0: no vsock */
	bool tpm;
	char *tpm_state; /* folder that keeps its state; NULL: made for the run */
	char *rng;       /* source of random bytes; NULL: no such device */
	bool gpu;
	char *display;      /* QEMU's name of a display; NULL: none */
	char *sound;        /* QEMU's name of an audio backend; NULL: no sound device */
	struct strv inputs; /* "keyboard", "mouse", "tablet" or /dev/input/... */
	struct strv smbios_oem_strings;
	struct strv extra_args; /* for the end of QEMU's command line */
};

struct config_rlimit {
	int resource;        /* RLIMIT_NOFILE, ... */
	uint64_t soft, hard; /* CONFIG_RLIMIT_UNLIMITED: none */
};
#define CONFIG_RLIMIT_UNLIMITED UINT64_MAX

struct config_process {
	enum config_process_type type;
	struct toml_position position;
	char *name;      /* name =, or "process1", ...; unique */
	struct strv env; /* NAME=VALUE; shell: on top of pith's own; vm: of the guest's app */

	/* Supervision. */
	uint32_t stop_timeout_ms; /* from the stop request to SIGKILL; 0: pith's default */
	enum config_restart restart;
	uint32_t restart_delay_ms; /* before each new start */
	unsigned restart_limit;    /* new starts at most; 0: no limit */
	size_t *after;             /* start when these processes (indices) are ready; no cycles */
	size_t after_count;
	enum config_ready ready;   /* when it counts as ready itself */
	char *ready_socket;        /* READY_SOCKET: this path appears */
	uint32_t ready_timeout_ms; /* then it has failed; 0: pith's default */
	char *log;                 /* its output goes to this file too; NULL: none */

	/* A shell process. */
	char *cwd;        /* default: the configuration's folder; NULL for a vm */
	char *command;    /* run as /bin/sh -c; NULL when argv is given */
	struct strv argv; /* program and arguments, run without a shell */
	char *user;       /* name or number; NULL: pith's own */
	char *group;      /* name or number; NULL: the user's */
	struct privileges privileges;
	struct config_rlimit *rlimits;
	size_t rlimit_count;
	bool attest; /* gets the trusted boot socket that pith was given; one process at most */

	struct config_vm vm;
};

/* [paths]: programs, by path or by name; NULL: the default name, found through PATH. */
struct config_paths {
	char *qemu[ARCH_COUNT];
	unsigned qemu_aarch64_version[3]; /* overrides asking QEMU; all 0: not given */
	char *crosvm, *virtiofsd, *swtpm, *passt, *vhost_device_gpio;
};

struct config {
	char *path;      /* as given by the user, for messages */
	char *directory; /* the file's folder; begins with "/", "./" or "../", or is "." */
	enum config_mode mode;
	struct config_paths paths;
	struct config_process *processes;
	size_t process_count;
	struct config_bridge *bridges; /* in file order */
	size_t bridge_count;
	struct config_block *blocks; /* all memory that the fields above point to */
};

/* Messages, one per error, already in the form "FILE:LINE:COLUMN: what was found; what is
 * accepted". */
struct config_errors {
	struct strv messages;
};

/* Parse and check TEXT as the content of the file PATH. HOST_ARCH is the base system's
 * architecture. All errors of the file are collected. Returns 0, or -EINVAL with at least one
 * message. */
int config_parse(const char *path, const char *text, size_t size, enum config_arch host_arch,
		 struct config **config, struct config_errors *errors);

/* Read PATH and config_parse it; a file that cannot be read is one message. */
int config_load(const char *path, struct config **config, struct config_errors *errors);

void config_free(struct config *config);
void config_errors_free(struct config_errors *errors);

/* "x86_64", "aarch64", "riscv64". */
const char *config_arch_name(enum config_arch arch);
/* The architecture this program was built for. */
enum config_arch config_host_arch(void);

#endif
