/* SPDX-License-Identifier: Apache-2.0 */
/* timeline_svg.c: a timeline as a picture: one row a process and one a stage, bars to scale. */
#include "timeline_write.h"

#include <string.h>

#include "xml.h"

/* Pixels. */
#define PLOT_WIDTH 1000
#define MARGIN 20
#define LABEL_SPACE 260 /* right of the plot: the last bars' labels */
#define WIDTH (MARGIN + PLOT_WIDTH + LABEL_SPACE)
#define CHARACTER 8 /* a wide one of a label */
#define ROW 18
#define BAR 13
#define HEAD 74 /* title, legend, axis */

static const struct kind {
	const char *name, *colour;
} kinds[] = {
    {"process", "#c9ced6"}, {"before the kernel", "#9aa5b1"},
    {"kernel", "#e0a458"},  {"pith-init", "#4c86a8"},
    {"app", "#6aa66e"},     {"stop", "#b5654f"},
};

enum { PROCESS, BEFORE, KERNEL, INIT, APP, STOP, KINDS };

static unsigned kind_of(const char *span)
{
	static const struct {
		const char *name;
		unsigned kind;
	} known[] = {{"pith", BEFORE}, {"QEMU", BEFORE}, {"kernel", KERNEL},
		     {"app", APP},     {"stop", STOP},   {"outputs", STOP}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, span) == 0)
			return known[i].kind;
	return INIT;
}

/* The least of 1, 2 or 5 times a power of ten microseconds that gives at most 12 lines. */
static int64_t grid_step(int64_t end_us)
{
	static const int factors[] = {2, 5, 10};
	int64_t power = 1, step = 1;

	for (size_t i = 0; end_us / step > 12; i++) {
		step = power * factors[i % 3];
		if (i % 3 == 2)
			power *= 10;
	}
	return step;
}

static double x_of(const struct timeline *timeline, int64_t us)
{
	double end = timeline->end_us > 0 ? (double)timeline->end_us : 1;

	return MARGIN + (double)us * PLOT_WIDTH / end;
}

static void put_axis(FILE *out, const struct timeline *timeline, int height)
{
	int64_t step = grid_step(timeline->end_us);

	for (int64_t at = 0; at <= timeline->end_us; at += step) {
		double x = x_of(timeline, at);

		fprintf(out,
			"<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" class=\"grid\"/>"
			"<text x=\"%.1f\" y=\"%d\" class=\"axis\">%g ms</text>\n",
			x, HEAD - 8, x, height - MARGIN, x, HEAD - 12, (double)at / 1000);
	}
}

static void put_legend(FILE *out)
{
	int x = MARGIN;

	for (size_t i = 0; i < KINDS; i++) {
		fprintf(out,
			"<rect x=\"%d\" y=\"32\" width=\"12\" height=\"12\" fill=\"%s\"/>"
			"<text x=\"%d\" y=\"42\">%s</text>\n",
			x, kinds[i].colour, x + 16, kinds[i].name);
		x += 32 + 7 * (int)strlen(kinds[i].name);
	}
	fprintf(
	    out,
	    "<rect x=\"%d\" y=\"32\" width=\"12\" height=\"12\" fill=\"none\" class=\"critical\"/>"
	    "<text x=\"%d\" y=\"42\">critical path</text>\n",
	    x, x + 16);
}

struct row {
	unsigned kind;
	unsigned depth;
	bool is_critical;
	const char *name, *outcome;
	int64_t start_us, end_us;
};

static size_t count_characters(const char *text)
{
	size_t count = 0;

	for (; text != NULL && *text != '\0'; text++)
		count += ((unsigned char)*text & 0xc0) != 0x80;
	return count;
}

/* Begin the text of a label at X; where it could reach over the picture's right edge, have it end
 * there, and where it is too long for that too, begin at the left one. */
static void put_label_place(FILE *out, const struct row *row, double x, int y)
{
	size_t characters =
	    count_characters(row->name) + count_characters(row->outcome) + strlen(": 1000000.0 ms");
	double length = CHARACTER * (double)characters;
	const char *anchor = "";

	if (x + length > WIDTH && length < WIDTH - MARGIN) {
		x = WIDTH - 4;
		anchor = " text-anchor=\"end\"";
	} else if (x + length > WIDTH) {
		x = MARGIN;
	}
	fprintf(out, "<text x=\"%.2f\" y=\"%d\"%s%s>", x, y + BAR - 2, anchor,
		row->kind == PROCESS ? " class=\"process\"" : "");
}

static void put_row(FILE *out, const struct timeline *timeline, const struct row *row, int *y)
{
	double x = x_of(timeline, row->start_us), end = x_of(timeline, row->end_us);

	fprintf(out, "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\"%s/>", x,
		*y, end - x < 0.5 ? 0.5 : end - x, BAR, kinds[row->kind].colour,
		row->is_critical ? " class=\"critical\"" : "");
	put_label_place(out, row, row->kind == PROCESS ? x + 4 + 12 * row->depth : end + 5, *y);
	xml_write_text(out, row->name);
	if (row->outcome != NULL && row->outcome[0] != '\0') {
		fputs(": ", out);
		xml_write_text(out, row->outcome);
	}
	fprintf(out, " <tspan class=\"time\">%.1f ms</tspan></text>\n",
		(double)(row->end_us - row->start_us) / 1000);
	*y += ROW;
}

static void put_lane(FILE *out, const struct timeline *timeline, size_t index, int *y)
{
	const struct timeline_lane *lane = &timeline->lanes[index];
	struct row row = {
	    .kind = PROCESS,
	    .depth = lane->depth,
	    .name = lane->name,
	    .outcome = lane->outcome,
	    .start_us = lane->start_us,
	    .end_us = lane->end_us,
	};

	row.is_critical = lane->span_count == 0 &&
			  timeline_is_critical(timeline, index, lane->start_us, lane->end_us);
	put_row(out, timeline, &row, y);
	for (size_t i = 0; i < lane->span_count; i++) {
		const struct timeline_span *span = &lane->spans[i];

		row = (struct row){.kind = kind_of(span->name),
				   .name = span->name,
				   .start_us = span->start_us,
				   .end_us = span->end_us};
		row.is_critical =
		    timeline_is_critical(timeline, index, span->start_us, span->end_us);
		put_row(out, timeline, &row, y);
	}
	for (size_t i = index + 1; i < timeline->lane_count; i++)
		if (timeline->lanes[i].parent == index)
			put_lane(out, timeline, i, y);
	*y += ROW / 3;
}

void timeline_write_svg(FILE *out, const struct timeline *timeline, const char *title)
{
	int height = HEAD + MARGIN, y = HEAD;

	for (size_t i = 0; i < timeline->lane_count; i++)
		height += ROW * (int)(1 + timeline->lanes[i].span_count) + ROW / 3;
	fprintf(
	    out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 "
	    "%d %d\">\n"
	    "<style>text{font:11px sans-serif;fill:#222}.title{font-weight:bold;font-size:14px}"
	    ".axis,.time{fill:#777}.axis{font-size:10px;text-anchor:middle}"
	    ".process{font-weight:bold}.grid{stroke:#e3e3e3}"
	    ".critical{stroke:#c1121f;stroke-width:1.5}</style>\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	    "<text x=\"%d\" y=\"22\" class=\"title\">",
	    WIDTH, height, WIDTH, height, MARGIN);
	xml_write_text(out, title);
	fputs(": ", out);
	xml_write_text(out, timeline->outcome);
	fprintf(out, " in %.1f ms</text>\n", (double)timeline->end_us / 1000);
	put_legend(out);
	put_axis(out, timeline, height);
	for (size_t i = 0; i < timeline->lane_count; i++)
		if (timeline->lanes[i].parent == TIMELINE_BASE)
			put_lane(out, timeline, i, &y);
	fputs("</svg>\n", out);
}
