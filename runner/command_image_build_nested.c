/* SPDX-License-Identifier: Apache-2.0 */
/* command_image_build_nested.c: pith image build BUILD.toml. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../init/outcome.h"
#include "build.h"
#include "command_image.h"
#include "interrupt.h"
#include "message.h"

static int make_folder(const char *path)
{
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return 0; /* that it is none is said when the first product is opened */
	say_error("-o %s: %s", path, strerror(errno));
	return -1;
}

int command_image_build_nested(const char *file, const struct strv *variables,
			       const struct image_options *options)
{
	struct build build;
	struct config_errors errors = {0};
	int error = build_file_load(file, variables, &build, &errors);

	for (size_t i = 0; i < errors.messages.count; i++)
		say_error("%s", errors.messages.items[i]);
	config_errors_free(&errors);
	if (error < 0)
		return COMMAND_IMAGE_USAGE_ERROR;
	const struct build_setting setting = {
	    .folder = options->output != NULL ? options->output : build.memory->directory,
	    .time_s = options->time_s,
	    .jobs = options->jobs,
	};
	if (make_folder(setting.folder) < 0) {
		build_file_free(&build);
		return EXIT_CODE_PITH;
	}
	interrupt_catch();
	error = build_run(&build, &setting);
	build_file_free(&build);
	interrupt_end();
	if (error == 0 && fflush(stdout) != 0) {
		say_error("standard output: %s", strerror(errno));
		error = -EIO;
	}
	return error == 0 ? 0 : error == -EINVAL ? COMMAND_IMAGE_USAGE_ERROR : EXIT_CODE_PITH;
}
