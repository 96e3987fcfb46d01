/* SPDX-License-Identifier: Apache-2.0 */
/* guest.c: whether this is the guest's side. */
#include "guest.h"

#include <stdlib.h>
#include <unistd.h>

bool guest_is_its_runner(void)
{
	return getenv("PITH_GUEST") != NULL && getppid() == 1;
}
