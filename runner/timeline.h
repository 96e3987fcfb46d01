/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.h: a result file (docs/result.md) as spans on one clock: what each process of each level
 * did, and which of it the run's end waited for. Pure but for memory. */
#ifndef PITH_RUNNER_TIMELINE_H
#define PITH_RUNNER_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

/* All times are microseconds since the run began, on the base system's clock. */
struct timeline_span {
	char *name;
	int64_t start_us, end_us;
};

/* One process. A VM's spans follow each other without gaps; a process without stages has none. */
struct timeline_lane {
	char *name;     /* as configured; may hold any character */
	char *outcome;  /* its name, and code or signal; "" where it is not known */
	size_t parent;  /* index of the VM that it ran in; TIMELINE_BASE: the base system */
	unsigned depth; /* 0: on the base system */
	bool is_vm;
	int64_t start_us, end_us, ready_us; /* ready_us -1: not known */
	struct timeline_span *spans;
	size_t span_count;
};

#define TIMELINE_BASE SIZE_MAX

/* A piece of the critical path. */
struct timeline_step {
	size_t lane;      /* TIMELINE_BASE: pith on the base system */
	const char *name; /* of the span, "waits" (for its turn), or "runs" */
	int64_t start_us, end_us;
};

struct timeline {
	char *outcome;
	int64_t end_us;
	struct timeline_lane *lanes; /* each before those that ran in it */
	size_t lane_count;
	struct timeline_step *steps; /* in the order of time; without gaps from 0 to end_us */
	size_t step_count;
};

/* Make TIMELINE from RESULT, the object of a result file. Numbers that cannot be (a guest may
 * report anything) are moved into the life of the VM that they came from. Returns 0, or -EINVAL
 * with the reason in *WHY, a constant text. Free with timeline_free in either case. */
int timeline_read(struct timeline *timeline, const struct json_value *result, const char **why);
void timeline_free(struct timeline *timeline);

/* Is the span of LANE that begins and ends then on the critical path, at least in part? */
bool timeline_is_critical(const struct timeline *timeline, size_t lane, int64_t start_us,
			  int64_t end_us);

#endif
