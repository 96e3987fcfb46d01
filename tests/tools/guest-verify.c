/* SPDX-License-Identifier: Apache-2.0 */
/* guest-verify: what tests of verification need inside a guest.
 *
 *   guest-verify flip FILE OFFSET MASK   change one byte
 *   guest-verify remove NAME             remove the device-mapper device NAME, if it is there
 *   guest-verify digests SEED COUNT      COUNT messages: our SHA-256, in pieces and from a file,
 * against the kernel's (AF_ALG, Documentation/crypto/userspace-if.rst)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/if_alg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../init/digest.h"
#include "../../runner/sha256.h"

#define MESSAGE_MAX 70000

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "guest-verify: %s: %s\n", what, strerror(errno));
	exit(99);
}

static int flip(const char *path, off_t offset, unsigned char mask)
{
	unsigned char byte;
	int fd = open(path, O_RDWR);

	if (fd < 0 || pread(fd, &byte, 1, offset) != 1)
		die(path);
	byte ^= mask;
	if (pwrite(fd, &byte, 1, offset) != 1 || close(fd) != 0)
		die(path);
	return 0;
}

static int remove_device(const char *name)
{
	struct dm_ioctl request = {.version = {DM_VERSION_MAJOR}, .data_size = sizeof(request)};
	int fd = open("/dev/mapper/control", O_RDWR);

	if (fd < 0)
		die("/dev/mapper/control");
	snprintf(request.name, sizeof(request.name), "%s", name);
	if (ioctl(fd, (int)DM_DEV_REMOVE, &request) != 0 && errno != ENXIO)
		die("remove");
	return 0;
}

/* --- digests --------------------------------------------------------------------------------- */

/* Numerical Recipes' generator: the same messages for the same seed. */
static uint32_t random_state;

static uint32_t random_number(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return random_state >> 8;
}

static int kernel_socket(void)
{
	const struct sockaddr_alg address = {
	    .salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha256"};
	int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		die("AF_ALG");
	return fd;
}

static void kernel_digest(int fd, const uint8_t *message, size_t size, uint8_t digest[SHA256_BYTES])
{
	int operation = accept(fd, NULL, NULL);

	if (operation < 0)
		die("accept");
	/* The kernel takes 16 pages at a time. */
	for (size_t at = 0; at < size;) {
		ssize_t n = send(operation, message + at, size - at, MSG_MORE);
		if (n <= 0)
			die("send");
		at += (size_t)n;
	}
	if (send(operation, NULL, 0, 0) != 0 ||
	    read(operation, digest, SHA256_BYTES) != SHA256_BYTES)
		die("digest");
	close(operation);
}

/* As the hash tree's code does it: a copy of the state goes on. */
static void digest_in_pieces(const uint8_t *message, size_t size, uint8_t digest[SHA256_BYTES])
{
	struct digest hash, copy;
	size_t piece;

	digest_begin(&hash);
	for (size_t at = 0; at < size; at += piece) {
		piece = 1 + random_number() % (size - at);
		copy = hash;
		digest_add(&copy, message + at, piece);
		hash = copy;
	}
	digest_end(&hash, digest);
}

static void digest_of_file(const uint8_t *message, size_t size, uint8_t digest[SHA256_BYTES])
{
	int fd = memfd_create("message", MFD_CLOEXEC);

	if (fd < 0 || write(fd, message, size) != (ssize_t)size ||
	    digest_fd(fd, size, -1, digest) != 0)
		die("digest of a file");
	close(fd);
}

/* All lengths around the ends of SHA-256's blocks, then random ones. */
static size_t length_of(unsigned i)
{
	return i < 200 ? i : i < 210 ? 4096 - 5 + (i - 200) : random_number() % MESSAGE_MAX;
}

static int digests(uint32_t seed, unsigned count)
{
	static uint8_t message[MESSAGE_MAX];
	uint8_t kernels[SHA256_BYTES], pieces[SHA256_BYTES], file[SHA256_BYTES];
	unsigned wrong = 0;
	int fd = kernel_socket();

	random_state = seed;
	for (unsigned i = 0; i < count; i++) {
		size_t size = length_of(i);
		for (size_t at = 0; at < size; at++)
			message[at] = (uint8_t)random_number();
		kernel_digest(fd, message, size, kernels);
		digest_in_pieces(message, size, pieces);
		digest_of_file(message, size, file);
		if (memcmp(kernels, pieces, SHA256_BYTES) != 0 ||
		    memcmp(kernels, file, SHA256_BYTES) != 0) {
			printf("message %u of %zu bytes: digests differ\n", i, size);
			wrong++;
		}
	}
	printf("digests: %u messages, %u differ\n", count, wrong);
	return wrong != 0;
}

static unsigned long number(const char *text)
{
	return strtoul(text, NULL, 0);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (argc == 5 && strcmp(verb, "flip") == 0)
		return flip(argv[2], (off_t)number(argv[3]), (unsigned char)number(argv[4]));
	if (argc == 3 && strcmp(verb, "remove") == 0)
		return remove_device(argv[2]);
	if (argc == 4 && strcmp(verb, "digests") == 0)
		return digests((uint32_t)number(argv[2]), (unsigned)number(argv[3]));
	fputs("guest-verify: flip FILE OFFSET MASK, remove NAME, or digests SEED COUNT\n", stderr);
	return 2;
}
