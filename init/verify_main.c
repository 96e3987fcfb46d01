/* SPDX-License-Identifier: Apache-2.0 */
/* verify_main.c: pith-verify, a program of its own: checks one Ed25519 signature, so that pith-init
 * need not carry the code, and nothing privileged runs it (docs/verify.md says why).
 *
 * Standard input has exactly VERIFY_INPUT_BYTES: the public key (32), the signed part of a manifest
 * (256), its signature (64); then it ends. Exit code 0: the signature is right. 1: it is wrong. 2:
 * the input is not of that size. 3: the check itself does not work. Anything but 0 is a refusal. It
 * prints nothing. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ed25519.h"
#include "manifest.h"

#define VERIFY_INPUT_BYTES (ED25519_KEY_BYTES + MANIFEST_SIGNED_BYTES + MANIFEST_SIGNATURE_BYTES)

/* Strict seccomp knows exit, but not exit_group, which _exit calls. */
_Noreturn static void leave(int code)
{
	for (;;)
		syscall(SYS_exit, code);
}

int main(void)
{
	uint8_t input[VERIFY_INPUT_BYTES + 1];
	size_t used = 0;
	ssize_t n;

	/* From here on only read, write and exit. A kernel built without seccomp lacks one of
	 * several fences, no more: goes on. */
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	while (used < sizeof(input) &&
	       (n = read(STDIN_FILENO, input + used, sizeof(input) - used)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			leave(2);
		used += (size_t)n;
	}
	if (used != VERIFY_INPUT_BYTES)
		leave(2);
	const uint8_t *message = input + ED25519_KEY_BYTES;
	int error =
	    ed25519_verify(input, message, MANIFEST_SIGNED_BYTES, message + MANIFEST_SIGNED_BYTES);
	leave(error == 0 ? 0 : error == -EBADMSG ? 1 : 3);
}
