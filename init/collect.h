/* SPDX-License-Identifier: Apache-2.0 */
/* collect.h: after the app's end, files that it left are sent to the base system. */
#ifndef PITH_INIT_COLLECT_H
#define PITH_INIT_COLLECT_H

#include "cmdline.h"

#define COLLECT_TIMEOUT_MS 60000 /* then it is ended, and the base system gets a part */

/* Where outputs were asked for: start CONFIG's runner as "RUNNER send PATH...", with the port
 * REPORT_OUTPUT_PORT_NAME as its standard output, and wait for its end. What fails is a warning
 * report; the base system sees by itself that the files are not all there. Every other process has
 * ended by now. SIGCHLD is blocked. */
void collect_outputs(const struct boot_config *config);

#endif
