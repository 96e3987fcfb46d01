/* SPDX-License-Identifier: Apache-2.0 */
/* exec_transport.h: pith exec --transport: which machines have which bus for virtio devices. */
#ifndef PITH_RUNNER_EXEC_TRANSPORT_H
#define PITH_RUNNER_EXEC_TRANSPORT_H

#include "../init/outcome.h"
#include "config.h"

/* Give VM, whose architecture and machine (NULL: default) are known, TRANSPORT, and the machine
 * that it takes where none is given. Returns 0, or -1 with FAILURE filled when the two cannot go
 * together. Machines that pith does not know are the user's business. */
int exec_transport_choose(struct config_vm *vm, enum config_transport transport,
			  struct outcome *failure);

#endif
