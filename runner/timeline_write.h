/* SPDX-License-Identifier: Apache-2.0 */
/* timeline_write.h: a timeline as a table for a terminal, or as a picture (SVG 1.1). */
#ifndef PITH_RUNNER_TIMELINE_WRITE_H
#define PITH_RUNNER_TIMELINE_WRITE_H

#include <stdio.h>

#include "timeline.h"

/* One line a span, in milliseconds, then the critical path. */
void timeline_write_table(FILE *out, const struct timeline *timeline);

/* A picture to scale, TITLE above it. Names may hold any characters. */
void timeline_write_svg(FILE *out, const struct timeline *timeline, const char *title);

#endif
