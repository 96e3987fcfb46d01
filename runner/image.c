/* SPDX-License-Identifier: Apache-2.0 */
/* image.c: builds app images.
 *
 * 1. The plan (image_plan.c) has every entry, sorted.
 * 2. It goes to mksquashfs as a tar archive on standard input (image_tar.c): no staging folder, so
 *    nothing to clean up, no root needed, and no order of inodes or folders that could shine
 *    through. mkfs.erofs takes only a folder (image_stage.c). A cpio archive needs no tool.
 * 3. The tool writes to /proc/self/fd/N, a file that has no name yet (output_file.c).
 * 4. The hash tree is put behind (image_verity.c), and a manifest where it is wanted
 *    (image_sign.c); the file is hashed, and then named. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "image_stage.h"
#include "image_tar.h"
#include "initramfs.h"
#include "input_file.h"
#include "interrupt.h"
#include "message.h"
#include "output_file.h"
#include "progress.h"
#include "sha256.h"
#include "strv.h"
#include "tool.h"

int image_sha256(const char *path, char hex[65])
{
	uint8_t digest[SHA256_BYTES];
	int descriptor = input_file_open(path, O_RDONLY);

	if (descriptor < 0)
		return descriptor;
	int error = sha256_descriptor(descriptor, digest, NULL);
	close(descriptor);
	if (error == 0)
		digest_hex(digest, hex);
	return error;
}

static void squashfs_argv(struct strv *argv, const struct image_plan *plan,
			  const struct image_options *options, int output)
{
	static const char *const fixed[] = {
	    "-tar",
	    "-noappend",
	    "-quiet",
	    "-no-progress",
	    "-no-xattrs",
	    "-no-exports", /* a table of inodes, for NFS only */
	    "-exit-on-error",
	    "-reproducible",
	    "-all-root",
	    "-root-uid",
	    "0",
	    "-root-gid",
	    "0",
	};

	strv_add(argv, "mksquashfs");
	strv_add(argv, "-");
	strv_addf(argv, "/proc/self/fd/%d", output);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		strv_add(argv, fixed[i]);
	strv_add(argv, "-root-mode");
	strv_addf(argv, "%o", plan->entries[0].mode);
	for (int i = 0; i < 3; i++) {
		static const char *const times[] = {"-mkfs-time", "-all-time", "-root-time"};
		strv_add(argv, times[i]);
		strv_addf(argv, "%u", options->time_s);
	}
	if (options->jobs > 0) {
		strv_add(argv, "-processors");
		strv_addf(argv, "%u", options->jobs);
	}
}

static int make_squashfs(const struct image_plan *plan, const struct image_options *options,
			 int output)
{
	struct strv argv = {0};
	int archive[2];

	if (pipe2(archive, O_CLOEXEC) < 0) {
		int error = errno;
		say_error("pipe: %s", strerror(error));
		return -error;
	}
	squashfs_argv(&argv, plan, options, output);
	pid_t tool = tool_start(argv.items, archive[0], -1, output, "squashfs-tools");
	strv_free(&argv);
	close(archive[0]);
	int error = tool < 0 ? tool : image_tar_write(plan, archive[1]);
	close(archive[1]);
	if (tool < 0)
		return error;
	int ended = tool_wait(tool, "mksquashfs");
	/* A reader that went away has its reason in how mksquashfs ended. */
	return error == 0 || error == -EPIPE ? (ended < 0 ? ended : error) : error;
}

static int make_erofs(const struct image_plan *plan, const struct image_options *options,
		      int output)
{
	struct strv argv = {0};
	struct image_stage stage;
	int error = image_stage_make(plan, options->output, &stage);

	if (error < 0)
		return error;
	strv_add(&argv, "mkfs.erofs");
	strv_add(&argv, "--quiet");
	strv_add(&argv, "--all-root");
	strv_add(&argv, "-x-1"); /* no extended attributes */
	strv_add(&argv, "-zlz4hc");
	strv_addf(&argv, "-T%u", options->time_s);
	strv_add(&argv, "-U00000000-0000-0000-0000-000000000000"); /* else it is random */
	strv_addf(&argv, "/proc/self/fd/%d", output);
	strv_add(&argv, stage.folder);
	pid_t tool = tool_start(argv.items, -1, -1, output, "erofs-utils");
	error = tool < 0 ? (int)tool : tool_wait(tool, "mkfs.erofs");
	strv_free(&argv);
	image_stage_remove(plan, &stage);
	return error;
}

static int make_cpio(const struct image_plan *plan, const struct image_options *options, int output)
{
	struct initramfs archive;

	(void)options; /* times are 0, one processor is enough */
	initramfs_begin(&archive, output);
	for (size_t i = 0; i < plan->count && archive.error == 0 && !interrupt_came(); i++) {
		const struct image_entry *entry = &plan->entries[i];
		if (*entry->path == '\0')
			continue;
		if (entry->type == IMAGE_DIRECTORY)
			initramfs_directory(&archive, entry->path, entry->mode);
		else if (entry->type == IMAGE_SYMLINK)
			initramfs_symlink(&archive, entry->path, entry->target);
		else if (entry->content != NULL)
			initramfs_bytes(&archive, entry->path, entry->mode, entry->content,
					(size_t)entry->size_bytes);
		else
			initramfs_file(&archive, entry->path, entry->mode, entry->source);
	}
	int error = initramfs_end(&archive);
	if (error < 0)
		say_error("%s: %s", archive.failed, strerror(-error));
	return error;
}

/* What comes after the file system: hash tree, manifest and digest. */
static int finish(const struct image_options *options, int output, struct image_result *result)
{
	uint8_t digest[SHA256_BYTES];
	int error = 0;

	if (options->verity)
		error = image_verity_seal(output, options->salt, options->salt_bytes, options->jobs,
					  &result->verity);
	if (error == 0 && options->signing != NULL) {
		error = image_sign(options->output, options->signing, output, &result->verity);
		if (error < 0)
			return error; /* it has said why */
	}
	if (error == 0)
		error = sha256_descriptor(output, digest, NULL);
	if (error == 0)
		digest_hex(digest, result->sha256);
	else if (error != -EINTR)
		say_error("%s: %s", options->output, strerror(-error));
	return error;
}

int image_build(const struct image_plan *plan, const struct image_options *options,
		struct image_result *result)
{
	static int (*const make[])(const struct image_plan *, const struct image_options *, int) = {
	    [IMAGE_SQUASHFS] = make_squashfs,
	    [IMAGE_EROFS] = make_erofs,
	    [IMAGE_CPIO] = make_cpio,
	};
	struct output_file output;
	int error = output_file_open(&output, options->output);

	if (error < 0)
		return error;
	progress_begin("packing", image_plan_bytes(plan));
	error = make[options->format](plan, options, output.descriptor);
	progress_end();
	if (error == 0)
		error = finish(options, output.descriptor, result);
	if (error == 0 && interrupt_came())
		error = -EINTR;
	if (error == 0)
		return output_file_commit(&output);
	output_file_abandon(&output);
	return error;
}
