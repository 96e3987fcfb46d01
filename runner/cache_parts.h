/* SPDX-License-Identifier: Apache-2.0 */
/* cache_parts.h: the folders of the cache (kernel_cache_dir) beside the saved states, which
 * warm_store.h knows: what they take, and how they are emptied. */
#ifndef PITH_RUNNER_CACHE_PARTS_H
#define PITH_RUNNER_CACHE_PARTS_H

#include <stdbool.h>
#include <stdio.h>

/* Whether NAME is the name of one, be it there or not; the saved states' is not among them. */
bool cache_parts_has(const char *name);
/* All names, with ", " between them. */
const char *cache_parts_names(void);

/* A line to OUT for each part that is there: name, MiB on disk, when it last changed, how many
 * entries it has and of what. */
void cache_parts_list(FILE *out);
/* The same for each entry of the part NAME. */
void cache_parts_list_entries(const char *name, FILE *out);

/* Remove what is in the part NAME, and say on OUT how much that was. Kernels that are found by
 * their architecture's name stay, as does the whole part while a process of pith's scripts holds
 * one of its locks. Links are not followed. Returns 0 or -errno, which has been said. */
int cache_parts_clear(const char *name, FILE *out);

#endif
