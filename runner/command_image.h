/* SPDX-License-Identifier: Apache-2.0 */
/* command_image.h: the verbs of pith image, each in a file of its own, and what they share. */
#ifndef PITH_RUNNER_COMMAND_IMAGE_H
#define PITH_RUNNER_COMMAND_IMAGE_H

#include <stdint.h>

#include "image.h"
#include "strv.h"

#define COMMAND_IMAGE_USAGE_ERROR 2

/* As the commands of command.h; argv[0] is the verb. */
int command_image_build(int argc, char **argv);
int command_image_sign(int argc, char **argv);
int command_image_verify(int argc, char **argv);
int command_image_show(int argc, char **argv);

/* pith image build FILE: make what FILE, a build.toml, describes, with VARIABLES ("NAME=VALUE").
 * Of OPTIONS, output is the folder of the products (NULL: FILE's), and time_s and jobs hold.
 * Returns pith's exit code. */
int command_image_build_nested(const char *file, const struct strv *variables,
			       const struct image_options *options);

/* Say what is wrong with an option that getopt_long refused: OPTION is what it returned, ':' or
 * '?'. Returns -EINVAL. */
int command_image_refuse_option(const char *verb, int option, char **argv);

/* TEXT as a decimal number of at most MAXIMUM, digits only. Returns 0 or -EINVAL. */
int command_image_number(const char *text, uint64_t maximum, uint64_t *number);

/* The value of --jobs. Returns 0, or -EINVAL after saying why. */
int command_image_jobs(const char *verb, const char *text, unsigned *jobs);

#endif
