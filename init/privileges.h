/* SPDX-License-Identifier: Apache-2.0 */
/* privileges.h: what a program is to do without: capabilities (capabilities(7)), new privileges
 * (prctl(2), PR_SET_NO_NEW_PRIVS), a root directory that can be written. */
#ifndef PITH_INIT_PRIVILEGES_H
#define PITH_INIT_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct privileges {
	bool no_new_privs;
	bool read_only_root;
	bool limits_capabilities; /* to those of the next field */
	uint64_t capabilities;    /* a bit for each, by its number in linux/capability.h */
};

/* The bit of the capability whose name, small and without "cap_", has SIZE bytes at NAME; 0 when
 * there is none. Pure. */
uint64_t privileges_capability(const char *name, size_t size);

/* "none", or names as above with commas between them. Returns 0, or -EINVAL. Pure. */
int privileges_parse(const char *text, uint64_t *capabilities);

/* For a child between fork and exec, in two steps: what needs privileges, before its user is
 * changed; and what takes them away, after. With neither field set they do nothing. The root
 * directory becomes read-only for this process and those it starts, in a mount namespace of their
 * own; what is mounted below it stays as it is. Return 0 or -errno. */
int privileges_begin(const struct privileges *privileges);
int privileges_end(const struct privileges *privileges);

#endif
