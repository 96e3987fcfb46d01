/* SPDX-License-Identifier: Apache-2.0 */
/* attest_socket.c: PID 1's end of the socket on which the app measures and attests. */
#include "attest_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attest.h"
#include "helper.h"
#include "report.h"

#define BUFFER_SIZE 16384
#define ENTROPY_TIMEOUT_MS 60000 /* of a machine without a source of it, emulated and busy */
#define TURNS 4                  /* buffers in one go, before the others get theirs */

static int socket_fd = -1;
static struct attest attest;
static uint8_t buffer[BUFFER_SIZE]; /* requests behind one whose reply has not been taken */
static size_t begin, end;
static uint8_t reply[ATTEST_REPLY_BYTES];
static size_t reply_left;

bool attest_socket_is_wanted(const struct boot_config *config)
{
	/* A program in PID 1's place leaves nobody to answer. */
	return !config->is_standalone && (config->app_device != NULL || config->has_attest_key);
}

/* The kernel gathers entropy of its own accord (since Linux 5.6, within a second) only while
 * somebody waits in getrandom, and that has no deadline: so a helper does. */
static int wait_for_entropy(void)
{
	uint8_t byte;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(getrandom(&byte, sizeof(byte), 0) == sizeof(byte) ? 0 : EXIT_CODE_PITH);
	return pid < 0 ? -errno : helper_wait(pid, ENTROPY_TIMEOUT_MS, &status);
}

/* Up to 256 bytes come all at once, or none (getrandom(2)). */
static int take_random(uint8_t *bytes, size_t size)
{
	int result;

	if (getrandom(bytes, size, GRND_NONBLOCK) == (ssize_t)size)
		return 0;
	if (errno != EAGAIN)
		return -errno;
	result = wait_for_entropy();
	if (result == 0 && getrandom(bytes, size, GRND_NONBLOCK) != (ssize_t)size)
		result = -errno;
	return result;
}

static int take_key(struct boot_config *config)
{
	uint8_t key[ATTEST_KEY_BYTES];
	int result = 0;

	_Static_assert(sizeof(config->attest_key) == sizeof(key), "one size of key");
	memcpy(key, config->attest_key, sizeof(key));
	explicit_bzero(config->attest_key, sizeof(config->attest_key));
	if (!config->has_attest_key)
		result = take_random(key, sizeof(key));
	if (result == 0)
		attest_begin(&attest, key);
	explicit_bzero(key, sizeof(key));
	return result;
}

int attest_socket_open(struct boot_config *config, const uint8_t digest[DIGEST_BYTES],
		       uint8_t measure[DIGEST_BYTES])
{
	static const uint8_t not_verified[DIGEST_BYTES];
	int ends[2], result;

	if ((result = take_key(config)) != 0)
		return result;
	/* The app's end blocks, as its clients expect. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		result = -errno;
		attest_cleanse(&attest);
		return result;
	}
	attest_measure(&attest, digest != NULL ? digest : not_verified, DIGEST_BYTES);
	memcpy(measure, attest.measure, DIGEST_BYTES);
	socket_fd = ends[0];
	return ends[1];
}

void attest_socket_poll(struct pollfd *entry)
{
	*entry = (struct pollfd){.fd = socket_fd, .events = reply_left > 0 ? POLLOUT : POLLIN};
}

/* Returns whether the whole reply is gone. */
static bool send_reply(void)
{
	const uint8_t *rest = reply + sizeof(reply) - reply_left;
	ssize_t sent = send(socket_fd, rest, reply_left, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent > 0)
		reply_left -= (size_t)sent;
	else if (sent < 0 && errno != EAGAIN && errno != EINTR)
		attest_socket_close(); /* nobody is left to take it */
	return socket_fd >= 0 && reply_left == 0;
}

/* Everything in the buffer, up to a reply that is not taken at once. */
static void take_requests(void)
{
	bool has_reply = true;

	while (begin < end && has_reply) {
		begin += attest_take(&attest, buffer + begin, end - begin, &has_reply, reply);
		if (has_reply) {
			reply_left = sizeof(reply);
			if (!send_reply())
				return;
		}
	}
	if (attest.state == ATTEST_REFUSED) {
		report_warning("trusted boot socket: a request that is none: nothing more is "
			       "taken");
		attest_socket_close();
	}
}

void attest_socket_run(const struct pollfd *entry)
{
	if (entry->fd < 0 || entry->fd != socket_fd || entry->revents == 0)
		return;
	if (reply_left > 0 && !send_reply())
		return;
	for (int turn = 0; turn < TURNS && socket_fd >= 0 && reply_left == 0; turn++) {
		if (begin == end) {
			ssize_t got = recv(socket_fd, buffer, sizeof(buffer), MSG_DONTWAIT);

			if (got < 0 && (errno == EAGAIN || errno == EINTR))
				return;
			if (got <= 0) { /* the last that had the other end has closed it */
				attest_socket_close();
				return;
			}
			begin = 0;
			end = (size_t)got;
		}
		take_requests();
	}
}

void attest_socket_close(void)
{
	if (socket_fd < 0)
		return;
	close(socket_fd);
	socket_fd = -1;
	reply_left = begin = end = 0;
	attest_cleanse(&attest);
	explicit_bzero(buffer, sizeof(buffer));
}
