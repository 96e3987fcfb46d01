/* SPDX-License-Identifier: Apache-2.0 */
/* toml_string.h: TOML's four kinds of strings: text in, bytes out. Pure; part of toml.c. */
#ifndef PITH_RUNNER_TOML_STRING_H
#define PITH_RUNNER_TOML_STRING_H

#include "toml_text.h"

struct toml_bytes {
	char *bytes; /* malloced; NUL-terminated behind size bytes once anything was appended */
	size_t size, room;
};

/* Append SIZE bytes. Returns 0 or -ENOMEM. */
int toml_string_append(struct toml_bytes *out, const char *bytes, size_t size);

/* Read a string, from the opening quote, which is next, to behind the closing one. Returns 0,
 * -EINVAL with TEXT's error filled, or -ENOMEM; OUT is the caller's to free in any case. */
int toml_string_parse(struct toml_text *text, struct toml_bytes *out);

#endif
