/* SPDX-License-Identifier: Apache-2.0 */
/* helpers.h: the daemons that a VM's devices need, as data: their command lines and sockets. Who
 * starts them waits for each socket to appear, starts QEMU, and ends them after QEMU. Pure. */
#ifndef PITH_RUNNER_HELPERS_H
#define PITH_RUNNER_HELPERS_H

#include <stdbool.h>
#include <stddef.h>

#include "config.h"
#include "strv.h"

/* Where distributions keep virtiofsd; to be searched after PATH. */
#define HELPERS_MORE_PATH "/usr/libexec:/usr/lib/qemu"
#define HELPERS_SOCKET_SIZE 108 /* sun_path of struct sockaddr_un */

struct helper {
	char *name;       /* "virtiofsd home", for messages */
	struct strv argv; /* the program is looked for in PATH where it has no slash */
	char *socket;     /* there when the helper is ready */
	char *state_dir;  /* a folder that must be there before it starts; NULL: none */
};

struct helpers {
	struct helper *items;
	size_t count;
};

/* What the base system decides. */
struct helpers_setting {
	const char *run_dir; /* absolute; a folder of this VM alone, at most 80 bytes long */
	const char *cwd;     /* pith's working directory, absolute: virtiofsd changes its own */
	bool as_root;        /* pith runs as root */
	const char *self;    /* pith itself, for a helper of a helper; NULL: "pith" */
};

/* What VM needs. */
void helpers_list(const struct config_paths *paths, const struct config_vm *vm,
		  const struct helpers_setting *setting, struct helpers *helpers);
void helpers_free(struct helpers *helpers);

/* The socket of helper NUMBER of a KIND ("passt", "virtiofs", "gpio", "tpm") in RUN_DIR. */
void helpers_socket(const char *run_dir, const char *kind, size_t number,
		    char path[HELPERS_SOCKET_SIZE]);

#endif
