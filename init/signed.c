/* SPDX-License-Identifier: Apache-2.0 */
/* signed.c: with a public key in the initramfs, only images signed by it are accepted.
 *
 *   1. The last block of the image is parsed as a manifest; nothing in it is believed yet.
 *   2. A child without privileges becomes pith-verify, gets key, signed bytes and signature on its
 *      standard input, and answers by its exit code.
 *   3. Version and name are compared, and what the command line gives.
 *   4. From here on the root hash and the size of the data are those of the manifest: dm-verity
 *      does the rest. The superblock's own digest need not be checked: its count has to agree with
 *      the signed size, and with another salt the tree does not lead to the root hash. */
#include "signed.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ed25519.h"
#include "file.h"
#include "helper.h"
#include "manifest.h"
#include "resident.h"
#include "signals.h"

#define KEY_PATH "/pith/key"
#define MIN_VERSION_PATH "/pith/min-version"
#define NAME_PATH "/pith/name"
#define APP_ROOT_PATH "/pith/app-root"
#define HELPER "/usr/lib/pith/pith-verify"
#define HELPER_UID 64990 /* of nobody else: beyond what Debian gives to accounts */
#define HELPER_TIMEOUT_S 10

__attribute__((format(printf, 3, 4))) static int
refuse(const struct boot_config *config, struct outcome *outcome, const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	outcome_set(outcome, OUTCOME_VERIFY_FAILED, 0, 0, "app image %s: %s",
		    config->app_device != NULL ? config->app_device : "", why);
	return -1;
}

bool signed_is_required(void)
{
	struct stat status;

	return lstat(KEY_PATH, &status) == 0 || errno != ENOENT;
}

/* Where the image goes decides what its files are: one that lay in /bin would be the shell. So this
 * is the initramfs's word, as the key is. */
static int check_place(struct boot_config *config, struct outcome *outcome)
{
	static const char *const said = "with a key, the place is the initramfs's to say: ";

	if (config->app_is_root)
		return refuse(config, outcome, "%spith.app_root is refused", said);
	if (strcmp(config->app_mount, CMDLINE_APP_MOUNT) != 0 &&
	    strcmp(config->app_mount, CMDLINE_ALIAS_MOUNT) != 0)
		return refuse(config, outcome, "%spith.app_mount=%.100s is refused", said,
			      config->app_mount);
	if (config->cwd != NULL)
		return refuse(config, outcome, "%spith.cwd is refused", said);
	config->app_is_root = access(APP_ROOT_PATH, F_OK) == 0;
	return 0;
}

int signed_check_line(struct boot_config *config, struct outcome *outcome)
{
	static char *no_words[] = {NULL};
	static const char *const said = "the key in " KEY_PATH " wants a signed image: ";

	if (!signed_is_required())
		return 0;
	/* What the kernel does not know it makes into PID 1's environment, LD_PRELOAD as well. */
	environ = no_words;
	if (config->app_device == NULL)
		return refuse(config, outcome, "%sno pith.app_device was given", said);
	if (config->verify == VERIFY_OFF)
		return refuse(config, outcome, "%spith.verify=off is refused", said);
	if (config->args_count > 0)
		return refuse(config, outcome, "%sa program on the command line is refused", said);
	if (config->runner != NULL && strcmp(config->runner, CMDLINE_RUNNER) != 0)
		return refuse(config, outcome, "%spith.runner is refused", said);
	return check_place(config, outcome);
}

/* The child's side: nothing but the pipe, no privileges, little of anything. */
_Noreturn static void become_helper(int input)
{
	static const struct {
		int resource;
		rlim_t most;
	} limits[] = {{RLIMIT_CPU, 5},  {RLIMIT_AS, 64 << 20}, {RLIMIT_FSIZE, 0},
		      {RLIMIT_CORE, 0}, {RLIMIT_NPROC, 1},     {RLIMIT_NOFILE, 1}};
	static char name[] = "pith-verify";
	char *const args[] = {name, NULL}, *const environment[] = {NULL};
	bool ready = dup2(input, STDIN_FILENO) == STDIN_FILENO;

	close(STDOUT_FILENO); /* all others close on exec */
	close(STDERR_FILENO);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct rlimit limit = {limits[i].most, limits[i].most};

		ready = ready && setrlimit((unsigned)limits[i].resource, &limit) == 0;
	}
	ready = ready && helper_become(HELPER_UID, HELPER_UID) == 0 &&
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	signals_restore();
	if (ready)
		execve(HELPER, args, environment);
	_exit(EXIT_CODE_PITH);
}

/* Returns 0 when the signature in BLOCK is KEY's; else -1 with OUTCOME filled. */
static int check_signature(const uint8_t key[ED25519_KEY_BYTES], const uint8_t *block,
			   const struct boot_config *config, struct outcome *outcome)
{
	uint8_t input[ED25519_KEY_BYTES + MANIFEST_SIGNED_BYTES + MANIFEST_SIGNATURE_BYTES];
	int ends[2], status;
	bool written;
	pid_t pid;

	memcpy(input, key, ED25519_KEY_BYTES);
	/* The signature follows the signed part in both. */
	memcpy(input + ED25519_KEY_BYTES, block, sizeof(input) - ED25519_KEY_BYTES);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return refuse(config, outcome, "signature: pipe: %s", strerror(errno));
	/* A pipe holds a page at least: this never waits, whatever the helper does. */
	written = write(ends[1], input, sizeof(input)) == (ssize_t)sizeof(input);
	close(ends[1]);
	pid = written ? fork() : -1;
	if (pid == 0)
		become_helper(ends[0]);
	const int error = errno;
	close(ends[0]);
	if (pid < 0)
		return refuse(config, outcome, "signature: fork: %s", strerror(error));
	const int result = helper_wait(pid, 1000 * HELPER_TIMEOUT_S, &status);
	if (result == 0 && status == 0)
		return 0;
	if (result == -ETIMEDOUT)
		return refuse(config, outcome, "signature: " HELPER ": no answer after %d s",
			      HELPER_TIMEOUT_S);
	if (result == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 1)
		return refuse(config, outcome,
			      "its signature is wrong, or not by the key in " KEY_PATH);
	return refuse(config, outcome, "signature: " HELPER " did not run (wait status %d)",
		      status);
}

/* The key, whole. */
static int read_key(uint8_t key[ED25519_KEY_BYTES])
{
	char bytes[ED25519_KEY_BYTES + 2];
	ssize_t size = file_read(KEY_PATH, bytes, sizeof(bytes));

	if (size != ED25519_KEY_BYTES)
		return size < 0 ? (int)size : -EINVAL;
	memcpy(key, bytes, ED25519_KEY_BYTES);
	return 0;
}

/* Version and name, of a manifest whose signature is right. */
static int check_policy(const struct manifest *manifest, const struct boot_config *config,
			struct outcome *outcome)
{
	char text[MANIFEST_NAME_SIZE + 1];
	ssize_t size = file_read_line(MIN_VERSION_PATH, text, sizeof(text));

	if (size != -ENOENT) {
		char *end = text;
		uint64_t least = 0;

		errno = 0;
		if (size > 0 && text[0] >= '0' && text[0] <= '9')
			least = strtoull(text, &end, 10);
		if (end == text || *end != '\0' || errno != 0)
			return refuse(config, outcome, MIN_VERSION_PATH " holds no number");
		if (manifest->version < least)
			return refuse(config, outcome,
				      "its version %" PRIu64 " is older than %" PRIu64
				      ", the least accepted",
				      manifest->version, least);
	}
	size = file_read_line(NAME_PATH, text, sizeof(text));
	if (size < 0 && size != -ENOENT)
		return refuse(config, outcome, NAME_PATH ": %s", strerror((int)-size));
	if (size >= 0 && strcmp(text, manifest->name) != 0)
		return refuse(config, outcome, "its name is %s, accepted is %s", manifest->name,
			      text);
	return 0;
}

int signed_check(int fd, uint64_t size_bytes, struct boot_config *config,
		 uint8_t manifest_digest[DIGEST_BYTES], struct outcome *outcome)
{
	static uint8_t block[MANIFEST_BYTES] BOOT_BUFFER;
	uint8_t key[ED25519_KEY_BYTES];
	struct manifest manifest;
	struct digest digest;
	int error = read_key(key);

	if (error != 0)
		return refuse(config, outcome, KEY_PATH ": %s", strerror(-error));
	if (size_bytes < sizeof(block) ||
	    pread(fd, block, sizeof(block), (off_t)(size_bytes - sizeof(block))) !=
		(ssize_t)sizeof(block) ||
	    !manifest_is_present(block))
		return refuse(config, outcome, "is not signed, and there is a key in " KEY_PATH);
	const char *reason = manifest_parse(block, size_bytes, &manifest);
	if (reason != NULL)
		return refuse(config, outcome, "%s", reason);
	if (check_signature(key, block, config, outcome) != 0 ||
	    check_policy(&manifest, config, outcome) != 0)
		return -1;
	if (config->has_verity_root &&
	    (memcmp(config->verity_root, manifest.root_hash, sizeof(manifest.root_hash)) != 0 ||
	     config->verity_offset != manifest.data_bytes))
		return refuse(config, outcome,
			      "pith.verity_root or pith.verity_offset is not what was signed");
	config->has_verity_root = true;
	memcpy(config->verity_root, manifest.root_hash, sizeof(config->verity_root));
	config->verity_offset = manifest.data_bytes;
	config->on_corruption = CORRUPTION_FAIL;
	digest_begin(&digest);
	digest_add(&digest, block, sizeof(block));
	digest_end(&digest, manifest_digest);
	return 0;
}
