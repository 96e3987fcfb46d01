/* SPDX-License-Identifier: Apache-2.0 */
/* inherited.c: descriptors that pith was started with. */
#include "inherited.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "message.h"

int inherited_take(const char *variable, const char *consequence)
{
	const char *text = getenv(variable);
	int taken = -1;
	char *end;

	if (text == NULL)
		return -1;
	long fd = strtol(text, &end, 10);
	if (end != text && *end == '\0' && fd > STDERR_FILENO && fd < 1 << 20 &&
	    fcntl((int)fd, F_SETFD, FD_CLOEXEC) == 0)
		taken = (int)fd;
	else
		say_warning("%s=%s: no such descriptor; %s", variable, text, consequence);
	unsetenv(variable);
	return taken;
}
