/* SPDX-License-Identifier: Apache-2.0 */
/* inherited.h: descriptors that pith was started with, told by environment variables. */
#ifndef PITH_RUNNER_INHERITED_H
#define PITH_RUNNER_INHERITED_H

/* The descriptor that the environment variable VARIABLE names, now kept from children; the variable
 * is removed. -1 without the variable, or after a warning that ends with CONSEQUENCE when it names
 * none. */
int inherited_take(const char *variable, const char *consequence);

#endif
