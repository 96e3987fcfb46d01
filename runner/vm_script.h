/* SPDX-License-Identifier: Apache-2.0 */
/* vm_script.h: a shell script that starts a kept machine again (pith exec --keep). Pure. */
#ifndef PITH_RUNNER_VM_SCRIPT_H
#define PITH_RUNNER_VM_SCRIPT_H

#include <stdio.h>

/* Why ARGV, QEMU's command line, cannot be started without pith; NULL: it can. */
const char *vm_script_refusal(char *const *argv);
/* Write to OUT a script for POSIX shells that starts ARGV in the folder CWD, with files beside the
 * script in the place of the descriptors that QEMU inherits from pith (qemu.h), and the console on
 * standard input and output. QEMU then ends when the guest does. */
void vm_script_write(FILE *out, char *const *argv, const char *cwd);

#endif
