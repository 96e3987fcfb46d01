/* SPDX-License-Identifier: Apache-2.0 */
/* boot_socket.c: the trusted boot socket that pith hands on. */
#include "boot_socket.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "message.h"

#define VARIABLE "VERSE_TRUSTED_BOOT_FD"

static int boot_fd = -1;

void boot_socket_init(void)
{
	const char *text = getenv(VARIABLE);
	char *end;

	if (text == NULL)
		return;
	long fd = strtol(text, &end, 10);
	if (end != text && *end == '\0' && fd > STDERR_FILENO && fd < 1 << 20 &&
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) == 0)
		boot_fd = (int)fd;
	else
		say_warning(VARIABLE "=%s: no such descriptor; no process gets it", text);
	unsetenv(VARIABLE);
}

int boot_socket_for(const struct config_process *process)
{
	return process->attest ? boot_fd : -1;
}

void boot_socket_tell(struct strv *env, int number)
{
	strv_addf(env, VARIABLE "=%d", number);
}
