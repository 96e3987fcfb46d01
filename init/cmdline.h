/* SPDX-License-Identifier: Apache-2.0 */
/* cmdline.h: what the base system tells pith-init, parsed from the kernel command line and from the
 * bulk configuration of the initramfs, and the writer for both. Pure: bytes in, struct out.
 *
 * Kernel command line: words separated by white space; a double quote anywhere in a word begins or
 * ends a stretch in which white space does not separate, and is itself dropped (the kernel's own
 * rule, lib/cmdline.c next_arg). In the values of pith.* keys %XX stands for the byte XX (two hex
 * digits); a % that is not followed by two hex digits, and %00, are errors. Words after a lone --
 * are the program and arguments to run instead of the image's runner.toml (no %-decoding there).
 *
 * Bulk configuration: the file /pith/config, records ended by a NUL byte, each KEY=VALUE with
 * the keys below without "pith." and with the value taken as it is, byte for byte. Five keys exist
 * only there, and may be repeated: arg=..., env=NAME=VALUE, output=PATH,
 * ip=INTERFACE,ADDRESS/PREFIX[,GATEWAY] or ip=INTERFACE,dhcp, and
 * mount=TYPE,SOURCE,ro|rw,PATH (trees.h). Others have one value: attest_key=HEX, which is
 * overwritten when it has been read; park=yes (park.h); serial=yes and rings=yes (serial.h,
 * ring.h); stdin=no, where the app gets no input although there is a port for it; and
 * stderr=stdout, where its errors go the way of its output. */
#ifndef PITH_INIT_CMDLINE_H
#define PITH_INIT_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "privileges.h"

#define CMDLINE_MAX 4096            /* bytes read of /proc/cmdline; more is an error */
#define CMDLINE_BULK_MAX (8u << 20) /* bytes of /pith/config; more is an error */
#define CMDLINE_BULK_PATH "/pith/config"
#define CMDLINE_HASH_BYTES 32
#define CMDLINE_RUNNER "/usr/bin/pith"
#define CMDLINE_APP_MOUNT "/app"               /* where the image is mounted */
#define CMDLINE_ALIAS_MOUNT "/opt/opensut/app" /* with opensut.app_device= */

#define CMDLINE_NETWORKS_MAX 8

struct boot_size {
	uint16_t rows, columns; /* of a terminal; 0: unknown */
};

/* An interface and its IPv4 address. */
struct boot_network {
	char interface[16]; /* the kernel's IFNAMSIZ */
	bool by_dhcp;       /* a server tells the rest */
	uint8_t address[4], netmask[4];
	bool has_gateway;
	uint8_t gateway[4]; /* of the default route */
};

#define CMDLINE_MOUNTS_MAX 16

/* A file system to be mounted. */
struct boot_mount {
	const char *type;   /* "virtiofs", "9p", "erofs", "squashfs" or "ext4" */
	const char *source; /* a tag, or a device */
	bool read_only;
	const char *path; /* "/": beneath the root directory, see trees.h */
};

enum verify_policy {
	VERIFY_IF_GIVEN, /* the default: what is given must match */
	VERIFY_REQUIRE,  /* refuse to mount an image for which no hash was given */
	VERIFY_OFF,      /* look at no hash, even where one was given; said in a line at boot */
};

enum verity_corruption {
	CORRUPTION_FAIL, /* the default: a block that does not match ends the run */
	CORRUPTION_EIO,  /* the app sees EIO, and that is all */
};

enum tpm_policy {
	TPM_IF_THERE, /* the default: extend its PCR where there is a TPM */
	TPM_REQUIRE,  /* refuse to run the app without */
	TPM_OFF,
};

enum power_action { POWER_AUTO, POWER_OFF, POWER_REBOOT };
enum log_level { LOG_QUIET, LOG_INFO, LOG_DEBUG };

struct boot_config {
	const char
	    *app_device; /* pith.app_device= or opensut.app_device=: "/dev/vda"; NULL: none */
	const char
	    *app_mount;   /* pith.app_mount=: default /app, or /opt/opensut/app for the alias */
	bool app_is_root; /* pith.app_root=yes: the image becomes the root directory */
	bool has_app_hash;
	uint8_t
	    app_hash[CMDLINE_HASH_BYTES]; /* pith.app_hash= or OPENSUT_EXPECTED_APP_IMAGE_HASH= */
	bool has_verity_root;
	uint8_t verity_root[CMDLINE_HASH_BYTES]; /* pith.verity_root=: of a dm-verity tree; where
						    it is given, it is used in app_hash's place */
	uint64_t verity_offset; /* pith.verity_offset=: bytes, where its superblock begins */
	enum verity_corruption on_corruption; /* pith.verity_on_corruption=fail|eio */
	enum verify_policy verify;            /* pith.verify=require|if-given|off */
	const char *runner;                   /* pith.runner=: the program that runs runner.toml;
						 default /usr/bin/pith */
	const char *hostname;                 /* pith.hostname= */
	struct boot_size terminal_size;       /* pith.terminal_size=ROWSxCOLUMNS: of the console */
	bool notify;                          /* pith.notify=yes: pass on sd_notify(3)'s READY=1 */
	const char *nonce;                    /* pith.nonce=: marks report lines on the console */
	const char *cwd;                      /* pith.cwd= */
	enum power_action power;              /* pith.power=auto|off|reboot */
	enum log_level log_level;             /* pith.log=quiet|info|debug */
	uint32_t device_timeout_ms;           /* pith.device_timeout_ms=, default 10000 */
	uint32_t dhcp_timeout_ms;             /* pith.dhcp_timeout_ms=, default 20000 */
	uint32_t stop_timeout_ms; /* pith.stop_timeout_ms=: TERM to KILL, default 5000 */
	char **args;              /* program and arguments; args_count may be 0 */
	size_t args_count;
	char **env; /* NAME=VALUE, beyond what the kernel gave PID 1 */
	size_t env_count;
	char **outputs; /* absolute paths to send to the base system at the end (collect.h) */
	size_t outputs_count;
	struct boot_network networks[CMDLINE_NETWORKS_MAX];
	size_t networks_count;
	struct boot_mount mounts[CMDLINE_MOUNTS_MAX];
	size_t mounts_count;
	bool parks;          /* wait for work before anything else */
	bool is_volatile;    /* nothing that the guest writes to outlives it: file systems that no
				app has mounted need not be left */
	bool no_stdin;       /* the app's input is /dev/null */
	bool has_one_output; /* the app's errors go where its output goes */
	bool serial;         /* no virtio: serial lines to the base system (serial.h) */
	bool rings;          /* the app's streams are in shared memory (ring.h), with serial */
	bool is_standalone;  /* pith.standalone=yes: the program takes PID 1's place */
	bool has_user;       /* pith.user=UID:GID: who runs the app; default root */
	uint32_t uid, gid;
	struct privileges privileges; /* pith.capabilities=, pith.no_new_privs=yes,
					 pith.read_only_root=yes: for the app */
	enum tpm_policy tpm;          /* pith.tpm=require|if-there|off */
	bool has_attest_key;
	uint8_t attest_key[CMDLINE_HASH_BYTES]; /* attest_key=: of the trusted boot protocol */
	uint32_t seen;                          /* the parsers' own: which keys were given */
};

struct cmdline_error {
	char message[256]; /* one line: the key, what was found, what is accepted */
};

/* Defaults of every field. */
void cmdline_defaults(struct boot_config *config);

/* Parse TEXT, the NUL-terminated content of /proc/cmdline, into CONFIG, which already holds
 * defaults. TEXT is changed in place and must live as long as CONFIG, which points into it. Keys
 * without "pith." that are not an alias belong to the kernel and are passed over. Unknown pith.*
 * keys, a pith.* key given twice and values out of form are errors; opensut.app_device= may be
 * repeated, its last value counts (as OpenSUT's own boot program has it).
 * Parsing goes on behind an error, so that nonce and log are known when it is reported.
 * Returns 0, or -EINVAL or -ENOMEM with ERROR filled by the first error. */
int cmdline_parse(char *text, struct boot_config *config, struct cmdline_error *error);

/* Parse the SIZE bytes of a bulk configuration likewise, after cmdline_parse, whose error ERROR may
 * still hold: the first one stays. A key given both here
 * and on the command line is an error. A last record without NUL is an error. */
int cmdline_parse_bulk(char *bytes, size_t size, struct boot_config *config,
		       struct cmdline_error *error);

/* After the parsers: refuse keys that need another one which was not given (fail closed). Returns
 * 0, or -EINVAL with ERROR filled. */
int cmdline_check(const struct boot_config *config, struct cmdline_error *error);

/* Append " KEY=VALUE" (no space first when TEXT is empty), KEY being a pith.* key, to the command
 * line TEXT of TEXT_SIZE bytes, VALUE encoded so that the kernel and cmdline_parse both read back
 * the same bytes. Returns 0, or -ENOSPC with TEXT unchanged. */
int cmdline_append(char *text, size_t text_size, const char *key, const char *value);

/* What the kernel's isspace() takes for white space: 0xa0 too, which UTF-8 text may hold. */
bool cmdline_is_space(char c);

/* Strict hexadecimal: exactly 2 * SIZE digits, either case, nothing else. Returns 0 or -EINVAL. */
int cmdline_parse_hex(const char *text, uint8_t *bytes, size_t size);

/* ROWSxCOLUMNS, both 1 to 65535. */
bool cmdline_parse_size(const char *text, struct boot_size *size);

/* ADDRESS/PREFIX, a dotted IPv4 address and 1 to 32, into NETWORK's address and netmask. */
bool cmdline_parse_address(const char *text, struct boot_network *network);

/* Free what the parsers allocated (the argument and environment vectors). */
void cmdline_free(struct boot_config *config);

#endif
