/* SPDX-License-Identifier: Apache-2.0 */
/* toml_scalar.h: TOML's numbers, dates and times: one token in, value out. Pure; part of toml.c. */
#ifndef PITH_RUNNER_TOML_SCALAR_H
#define PITH_RUNNER_TOML_SCALAR_H

#include <stddef.h>

#include "toml.h"

struct toml_scalar_fault {
	size_t offset;       /* of the byte in the token that is wrong; SIZE: it ends too early */
	const char *message; /* what is accepted there; static */
};

/* Read the whole token TEXT of SIZE bytes as an integer, float, date or time, and set VALUE's type
 * and content. Returns 0, -EINVAL with FAULT filled, or -ENOMEM. */
int toml_scalar_parse(const char *text, size_t size, struct toml_value *value,
		      struct toml_scalar_fault *fault);

#endif
