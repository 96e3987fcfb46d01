/* SPDX-License-Identifier: Apache-2.0 */
/* collect.c: after the app's end, files that it left are sent to the base system. */
#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"
#include "port.h"
#include "report.h"
#include "signals.h"

/* The child: become the runner. */
_Noreturn static void send_outputs(const struct boot_config *config, char **args, int port)
{
	int null = open("/dev/null", O_RDONLY);

	/* Writes to the port are to wait for the base system. */
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(port, STDOUT_FILENO) < 0 ||
	    fcntl(STDOUT_FILENO, F_SETFL, 0) != 0)
		_exit(EXIT_CODE_PITH);
	signals_restore();
	execv(config->runner, args);
	_exit(EXIT_CODE_NOT_FOUND);
}

void collect_outputs(const struct boot_config *config)
{
	char **args = calloc(config->outputs_count + 3, sizeof(*args));
	static char verb[] = "send";
	int port = port_open(REPORT_OUTPUT_PORT_NAME, O_WRONLY);
	int result = 0, status = 0;
	pid_t pid = -1;

	if (args != NULL && port >= 0) {
		args[0] = (char *)(uintptr_t)config->runner; /* exec writes to none of them */
		args[1] = verb;
		memcpy(args + 2, config->outputs, config->outputs_count * sizeof(*args));
		pid = helper_fork();
	}
	if (pid == 0)
		send_outputs(config, args, port);
	if (port >= 0)
		close(port);
	if (pid > 0)
		result = helper_wait(pid, COLLECT_TIMEOUT_MS, &status);
	if (pid < 0 || result != 0 || status != 0)
		report_warning("outputs: %s", port == -ENOENT ? "there is no port for them"
					      : pid < 0       ? strerror(port < 0 ? -port : errno)
					      : result == -ETIMEDOUT
						  ? "sending them took too long"
						  : "they could not all be sent");
}
