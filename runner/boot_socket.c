/* SPDX-License-Identifier: Apache-2.0 */
/* boot_socket.c: the trusted boot socket that pith hands on. */
#include "boot_socket.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "inherited.h"
#include "message.h"

#define VARIABLE "VERSE_TRUSTED_BOOT_FD"

static int boot_fd = -1;

void boot_socket_init(void)
{
	boot_fd = inherited_take(VARIABLE, "no process gets it");
}

int boot_socket_for(const struct config_process *process)
{
	return process->attest ? boot_fd : -1;
}

void boot_socket_tell(struct strv *env, int number)
{
	strv_addf(env, VARIABLE "=%d", number);
}
