/* SPDX-License-Identifier: Apache-2.0 */
/* collect.c: after the app's end, files that it left are sent to the base system. */
#include "collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "helper.h"
#include "port.h"
#include "report.h"
#include "signals.h"
#include "stream.h"

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

/* To the ring, where there are some: until the child has closed its end. */
static void carry(int64_t deadline_ms)
{
	while (stream_output_left()) {
		struct pollfd entries[STREAM_COUNT + 1];
		int left_ms = clock_left_ms(deadline_ms);

		(void)stream_poll(entries);
		(void)report_poll(&entries[STREAM_COUNT]);
		if (left_ms == 0 || poll(entries, STREAM_COUNT + 1, left_ms) < 0)
			break;
		(void)report_run(&entries[STREAM_COUNT]);
		(void)stream_run(entries);
	}
	stream_close();
}

void collect_outputs(const struct boot_config *config)
{
	const int64_t deadline_ms = clock_ms() + COLLECT_TIMEOUT_MS;
	char **args = calloc(config->outputs_count + 3, sizeof(*args));
	static char verb[] = "send";
	int port = -1, result = stream_open_more(&port), status = 0;
	pid_t pid = -1;

	if (result != 0)
		port = result == -ENOENT ? port_open(REPORT_OUTPUT_PORT_NAME, O_WRONLY) : result;
	if (args != NULL && port >= 0) {
		args[0] = (char *)(uintptr_t)config->runner; /* exec writes to none of them */
		args[1] = verb;
		memcpy(args + 2, config->outputs, config->outputs_count * sizeof(*args));
		pid = fork();
	}
	if (pid == 0)
		send_outputs(config, args, port);
	if (port >= 0)
		close(port);
	if (config->rings)
		carry(deadline_ms);
	result = pid > 0 ? helper_wait(pid, clock_left_ms(deadline_ms), &status) : 0;
	if (pid < 0 || result != 0 || status != 0)
		report_warning("outputs: %s", port == -ENOENT ? "there is no port for them"
					      : pid < 0       ? strerror(port < 0 ? -port : errno)
					      : result == -ETIMEDOUT
						  ? "sending them took too long"
						  : "they could not all be sent");
}
