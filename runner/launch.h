/* SPDX-License-Identifier: Apache-2.0 */
/* launch.h: starting one process of a configuration: its words, environment, user, limits, output.
 */
#ifndef PITH_RUNNER_LAUNCH_H
#define PITH_RUNNER_LAUNCH_H

#include "supervise.h"

struct launch_setting {
	struct loop *loop;
	const struct supervise_options *options;
	bool foreground; /* gets the terminal */
	const struct config_paths *paths;
	const char *label; /* before each line of its output; "": none */
};

/* Start PROCESS; its outcome is filled on failure. What it writes and its log file are set up as
 * the configuration says. process->notify.fd, when not -1, is where it says that it is ready.
 * Returns 0 or -errno. */
int launch_start(struct supervised *process, const struct launch_setting *setting);
/* It has ended: take what it has written, and close what is only its. MORE: it left something
 * running that may still write. */
void launch_ended(struct supervised *process, bool more);

/* The words of a process that is run without a VM: argv, or /bin/sh -c command. */
void launch_argv(const struct config_process *process, struct strv *argv);

#endif
