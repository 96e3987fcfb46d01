/* SPDX-License-Identifier: Apache-2.0 */
/* autopilot.c: stands in for the autopilot: tells its state to whoever asks, by TCP (port 5760, one
 * line each for "telemetry"; "land" ends it) and by UDP (port 14550). */
#include <err.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define TCP_PORT 5760
#define UDP_PORT 14550
#define CLIENTS_MAX 16

static unsigned sequence;

/* Returns the length of what is to be answered. */
static int state(char *line, size_t size)
{
	sequence++;
	return snprintf(line, size, "telemetry %u: armed, altitude %u m\n", sequence,
			100 + sequence);
}

static void answer_datagram(int fd)
{
	struct sockaddr_in peer;
	socklen_t peer_size = sizeof(peer);
	char line[80], question[80];

	if (recvfrom(fd, question, sizeof(question), 0, (struct sockaddr *)&peer, &peer_size) < 0)
		return;
	int size = state(line, sizeof(line));
	if (sendto(fd, line, (size_t)size, 0, (struct sockaddr *)&peer, peer_size) == size)
		puts("told the ground station by UDP");
}

/* Returns false when the client is to be forgotten; *LANDED when it said so. */
static bool answer_client(int fd, bool *landed)
{
	char line[80], question[16];

	if (wire_read_line(fd, question, sizeof(question)) != 0)
		return false;
	if (strcmp(question, "land") == 0) {
		*landed = true;
		return wire_write(fd, "landed\n", 7) == 0;
	}
	int size = state(line, sizeof(line));
	return strcmp(question, "telemetry") == 0 && wire_write(fd, line, (size_t)size) == 0;
}

int main(void)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(UDP_PORT)};
	struct pollfd fds[2 + CLIENTS_MAX] = {
	    {.fd = wire_listen(TCP_PORT), .events = POLLIN},
	    {.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), .events = POLLIN},
	};
	bool landed = false;
	nfds_t count = 2;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (fds[1].fd < 0 || bind(fds[1].fd, (const struct sockaddr *)&any, sizeof(any)) != 0)
		err(1, "port %d", UDP_PORT);
	puts("armed");
	while (!landed) {
		if (poll(fds, count, -1) < 0)
			err(1, "poll");
		if (fds[1].revents != 0)
			answer_datagram(fds[1].fd);
		for (nfds_t i = 2; i < count; i++) {
			if (fds[i].revents == 0 || answer_client(fds[i].fd, &landed))
				continue;
			close(fds[i].fd);
			fds[i--] = fds[--count];
		}
		if (fds[0].revents != 0 && count < 2 + CLIENTS_MAX) {
			int client = accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC);
			if (client >= 0)
				fds[count++] = (struct pollfd){.fd = client, .events = POLLIN};
		}
	}
	printf("landed after %u reports\n", sequence);
	return 0;
}
