/* SPDX-License-Identifier: Apache-2.0 */
/* network.h: the loopback interface and the host name. */
#ifndef PITH_INIT_NETWORK_H
#define PITH_INIT_NETWORK_H

/* Bring "lo" up. A kernel without IPv4 is fine; any other failure is a warning. */
void network_loopback_up(void);

/* Set the host name unless NAME is NULL. A failure is a warning. */
void network_set_hostname(const char *name);

#endif
