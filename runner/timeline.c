/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.c: from a result file to spans on one clock. */
#include "timeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#define LATEST_US INT64_C(1000000000000000) /* 31 years: what is beyond was made up */
#define LANES_MAX 4096

/* A list of events that one level reported, or the processes of the base system. */
struct reader {
	struct timeline *timeline;
	bool is_full;
};

static void *grow(void *items, size_t count, size_t size)
{
	void *grown = realloc(items, (count + 1) * size);

	if (grown == NULL)
		die_out_of_memory();
	return grown;
}

static char *copy(const char *text)
{
	char *copied = strdup(text != NULL ? text : "");

	if (copied == NULL)
		die_out_of_memory();
	return copied;
}

static bool has_text(const struct json_value *object, const char *key, const char *text)
{
	const char *found = json_get_string(object, key);

	return found != NULL && strcmp(found, text) == 0;
}

/* "app-exit 3", "app-signal 9"; the name alone where the number is not known or says nothing. */
static char *outcome_of(const struct json_value *object)
{
	const char *name = json_get_string(object, "outcome");
	int64_t number = -1;
	char *text;

	if (has_text(object, "outcome", "app-exit"))
		number = json_get_integer(object, "code", -1);
	else if (has_text(object, "outcome", "app-signal"))
		number = json_get_integer(object, "signal", -1);
	if (number < 0)
		return copy(name);
	if (asprintf(&text, "%s %lld", name, (long long)number) < 0)
		die_out_of_memory();
	return text;
}

static int64_t within(int64_t low, int64_t value, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* A time of OBJECT; -1 when there is none that can be. */
static int64_t get_time(const struct json_value *object, const char *key)
{
	int64_t value = json_get_integer(object, key, -1);

	return value < 0 || value > LATEST_US ? -1 : value;
}

static const struct json_value *get_array(const struct json_value *object, const char *key)
{
	const struct json_value *value = json_get(object, key);

	return value != NULL && value->type == JSON_ARRAY ? value : NULL;
}

/* --- Lanes ---------------------------------------------------------------------------------------
 */

static struct timeline_lane *add_lane(struct reader *reader, const char *name, size_t parent)
{
	struct timeline *timeline = reader->timeline;

	if (timeline->lane_count == LANES_MAX) {
		reader->is_full = true;
		return NULL;
	}
	timeline->lanes = grow(timeline->lanes, timeline->lane_count, sizeof(*timeline->lanes));
	struct timeline_lane *lane = &timeline->lanes[timeline->lane_count++];
	*lane = (struct timeline_lane){.name = copy(name), .parent = parent, .ready_us = -1};
	if (parent != TIMELINE_BASE)
		lane->depth = timeline->lanes[parent].depth + 1;
	return lane;
}

static void add_span(struct timeline_lane *lane, const char *name, int64_t start_us)
{
	lane->spans = grow(lane->spans, lane->span_count, sizeof(*lane->spans));
	if (lane->span_count > 0)
		start_us =
		    within(lane->spans[lane->span_count - 1].start_us, start_us, lane->end_us);
	lane->spans[lane->span_count++] = (struct timeline_span){
	    .name = copy(name),
	    .start_us = within(lane->start_us, start_us, lane->end_us),
	};
}

/* Each span ends where the next begins. */
static void close_spans(struct timeline_lane *lane)
{
	for (size_t i = 0; i < lane->span_count; i++)
		lane->spans[i].end_us =
		    i + 1 < lane->span_count ? lane->spans[i + 1].start_us : lane->end_us;
}

/* --- Stages of a VM ------------------------------------------------------------------------------
 */

/* When the kernel of a VM began: what the level that runs it calls ARRIVAL, less what the guest's
 * clock said. A stage's line may arrive late (the first ones wait for the port's module), never
 * early: the least difference is the nearest. -1: no stage. */
static int64_t kernel_start(const struct json_value *stages, const char *arrival,
			    const char *process)
{
	int64_t least = -1;

	for (size_t i = 0; stages != NULL && i < stages->count; i++) {
		const struct json_value *stage = &stages->items[i];
		int64_t host = get_time(stage, arrival), guest = get_time(stage, "guest_us");

		if (process != NULL &&
		    (!has_text(stage, "event", "stage") || !has_text(stage, "process", process)))
			continue;
		if (host < 0 || guest < 0 || host < guest)
			continue;
		if (least < 0 || host - guest < least)
			least = host - guest;
	}
	return least;
}

/* Add the spans of LANE: KERNEL_US is when its kernel began, on the base system's clock. */
static void add_stages(struct timeline_lane *lane, const struct json_value *stages,
		       const char *process, int64_t kernel_us)
{
	add_span(lane, "kernel", kernel_us);
	for (size_t i = 0; i < stages->count; i++) {
		const struct json_value *stage = &stages->items[i];
		const char *name = json_get_string(stage, "stage");
		int64_t guest = get_time(stage, "guest_us");

		if (process != NULL &&
		    (!has_text(stage, "event", "stage") || !has_text(stage, "process", process)))
			continue;
		if (name != NULL && guest >= 0)
			add_span(lane, name, kernel_us + guest);
	}
}

/* --- Levels further in ---------------------------------------------------------------------------
 */

static void add_nested(struct reader *reader, size_t parent, const struct json_value *const *events,
		       size_t count, int64_t kernel_us);

/* What came from within PROCESS, further in: the lines of its "nested" events. */
static void add_deeper(struct reader *reader, size_t lane, const struct json_value *const *events,
		       size_t count, const char *process, int64_t kernel_us)
{
	const struct json_value **lines = calloc(count + 1, sizeof(const struct json_value *));
	size_t line_count = 0;

	if (lines == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < count; i++) {
		const struct json_value *line = json_get(events[i], "line");

		if (has_text(events[i], "event", "nested") && line != NULL &&
		    line->type == JSON_OBJECT && has_text(events[i], "process", process))
			lines[line_count++] = line;
	}
	add_nested(reader, lane, lines, line_count, kernel_us);
	free(lines);
}

/* The event of PROCESS named EVENT, the last one: a process may be restarted. */
static const struct json_value *find_event(const struct json_value *const *events, size_t count,
					   const char *event, const char *process)
{
	for (size_t i = count; i-- > 0;)
		if (has_text(events[i], "event", event) && has_text(events[i], "process", process))
			return events[i];
	return NULL;
}

static void add_nested_process(struct reader *reader, size_t parent, const char *name, bool is_vm,
			       const struct json_value *const *events, size_t count,
			       int64_t clock_us)
{
	struct timeline_lane *lane = add_lane(reader, name, parent);
	const struct json_value *start =
	    find_event(events, count, is_vm ? "vm-start" : "process-start", name);
	const struct json_value *end = find_event(events, count, "process-end", name);
	const struct json_value *ready = find_event(events, count, "process-ready", name);

	if (lane == NULL)
		return;
	const struct timeline_lane *outer = &reader->timeline->lanes[parent];
	int64_t start_us = get_time(start, "t_us"), end_us = get_time(end, "t_us");
	int64_t ready_us = get_time(ready, "t_us");
	lane->is_vm = is_vm;
	lane->start_us =
	    within(outer->start_us, start_us < 0 ? 0 : clock_us + start_us, outer->end_us);
	lane->end_us =
	    within(lane->start_us, end_us < 0 ? LATEST_US : clock_us + end_us, outer->end_us);
	if (ready_us >= 0)
		lane->ready_us = within(lane->start_us, clock_us + ready_us, lane->end_us);
	lane->outcome = outcome_of(end);
	if (!is_vm)
		return;

	/* As one array of stages with a common shape. */
	struct json_value stages = {.type = JSON_ARRAY};
	stages.items = calloc(count + 1, sizeof(*stages.items));
	if (stages.items == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < count; i++)
		stages.items[stages.count++] = *events[i];
	int64_t kernel_us = kernel_start(&stages, "t_us", name);
	add_span(lane, "QEMU", lane->start_us);
	if (kernel_us >= 0)
		add_stages(lane, &stages, name, clock_us + kernel_us);
	close_spans(lane);
	free(stages.items);
	if (kernel_us >= 0)
		add_deeper(reader, reader->timeline->lane_count - 1, events, count, name,
			   clock_us + kernel_us);
}

/* Has PROCESS been met in an event before the one at INDEX that starts it? */
static bool was_started_before(const struct json_value *const *events, size_t index,
			       const char *process)
{
	for (size_t i = 0; i < index; i++)
		if ((has_text(events[i], "event", "vm-start") ||
		     has_text(events[i], "event", "process-start")) &&
		    has_text(events[i], "process", process))
			return true;
	return false;
}

/* What the runner in the guest of lane PARENT reported; its clock began at KERNEL_US. */
static void add_nested(struct reader *reader, size_t parent, const struct json_value *const *events,
		       size_t count, int64_t kernel_us)
{
	for (size_t i = 0; i < count; i++) {
		const char *process = json_get_string(events[i], "process");
		bool is_vm = has_text(events[i], "event", "vm-start");

		if (process == NULL || (!is_vm && !has_text(events[i], "event", "process-start")) ||
		    was_started_before(events, i, process))
			continue;
		add_nested_process(reader, parent, process, is_vm, events, count, kernel_us);
	}
}

/* --- The base system -----------------------------------------------------------------------------
 */

static int add_process(struct reader *reader, const struct json_value *process, const char **why)
{
	const struct json_value *stages = get_array(process, "stages");
	const struct json_value *nested = get_array(process, "nested");
	const struct json_value *started = json_get(process, "started");
	const char *name = json_get_string(process, "name");
	int64_t start_us = get_time(process, "start_us");
	int64_t duration_us = get_time(process, "duration_us");
	int64_t qemu_us = get_time(process, "qemu_us"), ready_us = get_time(process, "ready_us");

	*why = "a process lacks its name, start_us or duration_us";
	if (name == NULL || started == NULL || started->type != JSON_BOOL || duration_us < 0)
		return -EINVAL;
	if (!started->boolean)
		return 0;
	if (start_us < 0)
		return -EINVAL;
	struct timeline_lane *lane = add_lane(reader, name, TIMELINE_BASE);
	if (lane == NULL)
		return 0;
	size_t index = reader->timeline->lane_count - 1;
	lane->is_vm = has_text(process, "type", "vm");
	lane->outcome = outcome_of(process);
	lane->start_us = within(0, start_us, reader->timeline->end_us);
	lane->end_us = within(lane->start_us, start_us + duration_us, reader->timeline->end_us);
	if (ready_us >= 0)
		lane->ready_us = within(lane->start_us, ready_us, lane->end_us);
	if (!lane->is_vm)
		return 0;

	int64_t kernel_us = kernel_start(stages, "host_us", NULL);
	add_span(lane, "pith", lane->start_us);
	if (qemu_us >= 0)
		add_span(lane, "QEMU", lane->start_us + qemu_us);
	if (kernel_us >= 0)
		add_stages(lane, stages, NULL, lane->start_us + kernel_us);
	close_spans(lane);
	if (nested == NULL || kernel_us < 0)
		return 0;
	const struct json_value **lines =
	    calloc(nested->count + 1, sizeof(const struct json_value *));
	if (lines == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < nested->count; i++)
		lines[i] = &nested->items[i];
	add_nested(reader, index, lines, nested->count, lane->start_us + kernel_us);
	free(lines);
	return 0;
}

/* --- The critical path ---------------------------------------------------------------------------
 */

/* Steps are found from the end to the beginning. One that goes on where the outer process comes to
 * its next span stays one. */
static void add_step(struct timeline *timeline, size_t lane, const char *name, int64_t start_us,
		     int64_t end_us)
{
	if (end_us <= start_us)
		return;
	struct timeline_step *last =
	    timeline->step_count > 0 ? &timeline->steps[timeline->step_count - 1] : NULL;
	if (last != NULL && last->lane == lane && last->start_us == end_us &&
	    strcmp(last->name, name) == 0) {
		last->start_us = start_us;
		return;
	}
	timeline->steps = grow(timeline->steps, timeline->step_count, sizeof(*timeline->steps));
	timeline->steps[timeline->step_count++] = (struct timeline_step){
	    .lane = lane, .name = name, .start_us = start_us, .end_us = end_us};
}

/* When did LANE last matter to somebody who waited until NOT_AFTER_US: its end, or its being ready?
 * With STILL_RUNS, running then counts too. -1: not by then. */
static int64_t last_event(const struct timeline_lane *lane, int64_t not_after_us, bool still_runs)
{
	if (lane->end_us <= not_after_us)
		return lane->end_us;
	if (still_runs)
		return not_after_us;
	return lane->ready_us <= not_after_us ? lane->ready_us : -1;
}

static int64_t later(int64_t one, int64_t other)
{
	return one > other ? one : other;
}

static void walk_lane(struct timeline *timeline, size_t index, int64_t from_us, int64_t until_us);

/* The path through the processes that ran in PARENT, from UNTIL_US back to FROM_US, where one may
 * run already; what none of them accounts for is PARENT's own, under NAME. */
static void walk_children(struct timeline *timeline, size_t parent, const char *name,
			  int64_t from_us, int64_t until_us)
{
	int64_t at_us = until_us;

	while (at_us > from_us) {
		int64_t latest_us = -1;
		size_t latest = TIMELINE_BASE;

		for (size_t i = 0; i < timeline->lane_count; i++) {
			const struct timeline_lane *lane = &timeline->lanes[i];
			int64_t event_us = last_event(lane, at_us, at_us == until_us);

			if (lane->parent == parent && lane->start_us < at_us &&
			    event_us > latest_us && event_us > later(lane->start_us, from_us)) {
				latest = i;
				latest_us = event_us;
			}
		}
		if (latest == TIMELINE_BASE)
			break;
		add_step(timeline, parent, at_us == until_us ? name : "waits", latest_us, at_us);
		at_us = later(timeline->lanes[latest].start_us, from_us);
		walk_lane(timeline, latest, at_us, latest_us);
	}
	add_step(timeline, parent, name, from_us, at_us);
}

/* The path through lane INDEX, from UNTIL_US back to FROM_US. */
static void walk_lane(struct timeline *timeline, size_t index, int64_t from_us, int64_t until_us)
{
	const struct timeline_lane *lane = &timeline->lanes[index];

	if (lane->span_count == 0)
		add_step(timeline, index, "runs", from_us, until_us);
	for (size_t i = lane->span_count; i-- > 0;) {
		const struct timeline_span *span = &lane->spans[i];
		int64_t start_us = later(span->start_us, from_us);
		int64_t end_us = span->end_us < until_us ? span->end_us : until_us;

		if (end_us > start_us)
			walk_children(timeline, index, span->name, start_us, end_us);
	}
}

static void reverse_steps(struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->step_count / 2; i++) {
		struct timeline_step *one = &timeline->steps[i];
		struct timeline_step *other = &timeline->steps[timeline->step_count - 1 - i];
		struct timeline_step kept = *one;

		*one = *other;
		*other = kept;
	}
}

bool timeline_is_critical(const struct timeline *timeline, size_t lane, int64_t start_us,
			  int64_t end_us)
{
	for (size_t i = 0; i < timeline->step_count; i++) {
		const struct timeline_step *step = &timeline->steps[i];

		if (step->lane == lane && step->start_us < end_us && step->end_us > start_us)
			return true;
	}
	return false;
}

/* -------------------------------------------------------------------------------------------------
 */

int timeline_read(struct timeline *timeline, const struct json_value *result, const char **why)
{
	const struct json_value *processes = get_array(result, "processes");
	struct reader reader = {.timeline = timeline};

	*timeline = (struct timeline){.outcome = outcome_of(result)};
	*why = "it is not a result file of pith (version 1)";
	if (processes == NULL || json_get_integer(result, "version", 0) != 1)
		return -EINVAL;
	timeline->end_us = get_time(result, "duration_us");
	*why = "it has no duration_us";
	if (timeline->end_us < 0)
		return -EINVAL;
	for (size_t i = 0; i < processes->count; i++) {
		int error = add_process(&reader, &processes->items[i], why);
		if (error < 0)
			return error;
	}
	*why = "it tells of more processes than can be drawn";
	if (reader.is_full)
		return -EINVAL;
	walk_children(timeline, TIMELINE_BASE, "pith", 0, timeline->end_us);
	reverse_steps(timeline);
	*why = "";
	return 0;
}

void timeline_free(struct timeline *timeline)
{
	for (size_t i = 0; i < timeline->lane_count; i++) {
		struct timeline_lane *lane = &timeline->lanes[i];

		for (size_t j = 0; j < lane->span_count; j++)
			free(lane->spans[j].name);
		free(lane->spans);
		free(lane->name);
		free(lane->outcome);
	}
	free(timeline->lanes);
	free(timeline->steps);
	free(timeline->outcome);
	*timeline = (struct timeline){0};
}
