/* SPDX-License-Identifier: Apache-2.0 */
/* crosvm.h: from a VM's configuration to crosvm's command line (crosvm run --help). Pure. It is
 * held to stored command lines; crosvm itself is not run in the tests. */
#ifndef PITH_RUNNER_CROSVM_H
#define PITH_RUNNER_CROSVM_H

#include "config.h"
#include "qemu.h"
#include "strv.h"

/* Build the whole argv. Of SETTING, kernel, initrd, app, append_more and verbose count. The
 * configuration has been checked (config_crosvm.h). */
void crosvm_argv(const struct config_vm *vm, const struct qemu_setting *setting, struct strv *argv);

#endif
