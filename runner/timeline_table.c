/* SPDX-License-Identifier: Apache-2.0 */
/* timeline_table.c: a timeline as text. */
#include "timeline_write.h"

#define INDENT 2 /* columns a level */

/* What came from a guest may hold escape sequences. */
static void put_name(FILE *out, const char *name)
{
	for (; *name != '\0'; name++)
		putc((unsigned char)*name < ' ' || *name == '\x7f' ? '?' : *name, out);
}

static double ms(int64_t us)
{
	return (double)us / 1000;
}

static void put_lane(FILE *out, const struct timeline *timeline, size_t index)
{
	const struct timeline_lane *lane = &timeline->lanes[index];
	int indent = (int)lane->depth * 2 * INDENT;

	fprintf(out, "%c %10.1f %10.1f  %*s",
		timeline_is_critical(timeline, index, lane->start_us, lane->end_us) ? '*' : ' ',
		ms(lane->start_us), ms(lane->end_us - lane->start_us), indent, "");
	put_name(out, lane->name);
	if (lane->outcome[0] != '\0') {
		fputs(": ", out);
		put_name(out, lane->outcome);
	}
	putc('\n', out);
	for (size_t i = 0; i < lane->span_count; i++) {
		const struct timeline_span *span = &lane->spans[i];

		fprintf(out, "%c %10.1f %10.1f  %*s",
			timeline_is_critical(timeline, index, span->start_us, span->end_us) ? '*'
											    : ' ',
			ms(span->start_us), ms(span->end_us - span->start_us), indent + INDENT, "");
		put_name(out, span->name);
		putc('\n', out);
	}
	for (size_t i = index + 1; i < timeline->lane_count; i++)
		if (timeline->lanes[i].parent == index)
			put_lane(out, timeline, i);
}

/* "host / guest", from the outside in. */
static void put_place(FILE *out, const struct timeline *timeline, size_t index)
{
	if (index == TIMELINE_BASE)
		return;
	if (timeline->lanes[index].parent != TIMELINE_BASE) {
		put_place(out, timeline, timeline->lanes[index].parent);
		fputs(" / ", out);
	}
	put_name(out, timeline->lanes[index].name);
}

void timeline_write_table(FILE *out, const struct timeline *timeline)
{
	fputs("       at ms     for ms  process, stage (* on the critical path)\n", out);
	for (size_t i = 0; i < timeline->lane_count; i++)
		if (timeline->lanes[i].parent == TIMELINE_BASE)
			put_lane(out, timeline, i);
	fprintf(out, "\nThe critical path, %.1f ms:\n", ms(timeline->end_us));
	for (size_t i = 0; i < timeline->step_count; i++) {
		const struct timeline_step *step = &timeline->steps[i];

		fprintf(out, "  %10.1f ms %5.1f %%  ", ms(step->end_us - step->start_us),
			100.0 * (double)(step->end_us - step->start_us) / (double)timeline->end_us);
		put_place(out, timeline, step->lane);
		fputs(step->lane == TIMELINE_BASE ? "" : ": ", out);
		put_name(out, step->name);
		putc('\n', out);
	}
}
