/* SPDX-License-Identifier: Apache-2.0 */
/* wire.c: TCP for the stand-in apps. */
#include "wire.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 200

static void set_timeout(int fd)
{
	const struct timeval timeout = {.tv_sec = WIRE_TIMEOUT_S};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) != 0)
		err(1, "socket");
}

int wire_listen(unsigned port)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, 8) != 0)
		err(1, "port %u", port);
	return fd;
}

int wire_connect(const char *name, unsigned port)
{
	const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	const char *host = getenv(name);

	if (host == NULL || inet_pton(AF_INET, host, &address.sin_addr) != 1)
		errx(2, "%s=%s: accepted: a dotted IPv4 address", name, host == NULL ? "" : host);
	for (int i = 0; i < WIRE_TIMEOUT_S * 1000 / RETRY_MS; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			err(1, "socket");
		set_timeout(fd);
		if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
			return fd;
		close(fd);
		nanosleep(&pause, NULL);
	}
	err(1, "%s (%s) port %u", name, host, port);
}

int wire_read(int fd, void *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, (char *)bytes + done, size - done);
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

int wire_write(int fd, const void *bytes, size_t size)
{
	return send(fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : -1;
}

int wire_read_line(int fd, char *line, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (wire_read(fd, line + i, 1) != 0)
			return -1;
		if (line[i] == '\n') {
			line[i] = '\0';
			return 0;
		}
	}
	return -1;
}

int wire_telemetry(int fd, char *line, size_t size)
{
	return wire_write(fd, "telemetry\n", 10) == 0 ? wire_read_line(fd, line, size) : -1;
}
