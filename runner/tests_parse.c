/* SPDX-License-Identifier: Apache-2.0 */
/* tests_parse.c: results of tests from what a program or kernel prints. Pure: lines in, tree out.
 *
 * Groups of subtests are told by their indentation. Each open group is a frame of a stack; the line
 * "ok" or "not ok" of lesser indentation that follows a group is its result and takes it in:
 *
 *     KTAP version 1
 *     1..1
 *         KTAP version 1
 *         # Subtest: example          the name comes in advance, for a crash may keep the result
 * away 1..2 ok 1 first not ok 2 second not ok 1 example
 *
 * The kselftest runner indents by "# " instead, so that its subtests are comments to plain TAP. */
#include "tests_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "message.h"
#include "text.h"

/* Limits on what a hostile program can make us keep. */
#define DEPTH_MAX 16
#define TESTS_MAX 1000000
#define NAME_MAX_BYTES 1000
#define NOTES_MAX_BYTES 16384
#define PLAN_MAX 1000000000UL

struct text {
	const char *bytes;
	size_t size;
};

/* A group of tests whose lines are still coming. */
struct frame {
	size_t indent;
	struct test group; /* name, subtests, problem */
	bool is_ktap;      /* notes come before their result, results have numbers */
	bool is_wrapped;   /* its lines begin with "# " */
	bool has_plan;
	unsigned long planned;
	unsigned long seen; /* results since the plan's document began */
	unsigned long highest_number;
	unsigned long twice;    /* a number that two results had; 0: none */
	unsigned char *numbers; /* those that were seen, a bit each */
	size_t numbers_size;
	char *notes; /* for the next result */
};

struct tests_parser {
	enum tests_format format;
	struct frame frames[DEPTH_MAX];
	size_t depth;    /* open frames, at least the root */
	char *next_name; /* "# Subtest: NAME" for the frame that opens next */
	bool in_yaml;
	size_t yaml_indent;
	bool was_announced; /* a version or plan has been seen */
	bool has_bailed_out;
	size_t count; /* results in all */
};

/* --- The tree --------------------------------------------------------------------------------- */

static void free_contents(struct test *test)
{
	for (size_t i = 0; i < test->count; i++)
		free_contents(&test->subtests[i]);
	free(test->subtests);
	free(test->name);
	free(test->reason);
	free(test->notes);
	free(test->problem);
}

void tests_free(struct test *root)
{
	if (root == NULL)
		return;
	free_contents(root);
	free(root);
}

/* TEST moves into GROUP, which has room for powers of two. */
static void add_test(struct test *group, const struct test *test)
{
	if ((group->count & (group->count - 1)) == 0) {
		size_t room = group->count == 0 ? 1 : group->count * 2;
		group->subtests = reallocarray(group->subtests, room, sizeof(*group->subtests));
		if (group->subtests == NULL)
			die_out_of_memory();
	}
	group->subtests[group->count++] = *test;
}

/* Append a line to *NOTES, as long as there is room. */
static void add_note(char **notes, struct text line)
{
	size_t old = *notes == NULL ? 0 : strlen(*notes);

	if (memchr(line.bytes, '\0', line.size) != NULL || old + line.size > NOTES_MAX_BYTES)
		return;
	char *longer = realloc(*notes, old + line.size + 2);
	if (longer == NULL)
		die_out_of_memory();
	memcpy(longer + old, line.bytes, line.size);
	memcpy(longer + old + line.size, "\n", 2);
	*notes = longer;
}

__attribute__((format(printf, 2, 3))) static void set_problem(struct test *group, const char *text,
							      ...)
{
	va_list args;

	if (group->problem != NULL)
		return; /* the first one is the cause */
	va_start(args, text);
	if (vasprintf(&group->problem, text, args) < 0)
		die_out_of_memory();
	va_end(args);
}

static bool has_failed(const struct test *test)
{
	return test->status == TESTS_FAILED || test->problem != NULL;
}

static void count_into(const struct test *test, struct tests_totals *totals)
{
	unsigned long *const counters[] = {
	    [TESTS_PASSED] = &totals->passed,
	    [TESTS_FAILED] = &totals->failed,
	    [TESTS_SKIPPED] = &totals->skipped,
	    [TESTS_EXPECTED_FAILURE] = &totals->expected_failures,
	};
	unsigned long failures = totals->failed + totals->problems;

	for (size_t i = 0; i < test->count; i++)
		count_into(&test->subtests[i], totals);
	if (test->problem != NULL)
		totals->problems++;
	else if (test->count == 0)
		++*counters[test->status];
	else if (test->status == TESTS_FAILED && failures == totals->failed + totals->problems)
		totals->problems++;
}

void tests_count(const struct test *root, struct tests_totals *totals)
{
	*totals = (struct tests_totals){0};
	count_into(root, totals);
}

bool tests_passed(const struct test *root)
{
	struct tests_totals totals;

	tests_count(root, &totals);
	return totals.failed == 0 && totals.problems == 0;
}

bool tests_fails_alone(const struct test *test)
{
	if (test->problem != NULL)
		return true;
	for (size_t i = 0; i < test->count; i++)
		if (!tests_passed(&test->subtests[i]))
			return false;
	return test->count > 0 && test->status == TESTS_FAILED;
}

/* --- Text ------------------------------------------------------------------------------------- */

static bool begins(struct text text, const char *with)
{
	size_t length = strlen(with);

	return text.size >= length && memcmp(text.bytes, with, length) == 0;
}

static bool begins_word(struct text text, const char *word)
{
	return text.size >= strlen(word) && strncasecmp(text.bytes, word, strlen(word)) == 0;
}

static struct text skip(struct text text, size_t size)
{
	return (struct text){text.bytes + size, text.size - size};
}

static size_t count_blanks(struct text text)
{
	size_t n = 0;

	while (n < text.size && text.bytes[n] == ' ')
		n++;
	return n;
}

static struct text trim(struct text text)
{
	text = skip(text, count_blanks(text));
	while (text.size > 0 && strchr(" \t\r\n", text.bytes[text.size - 1]) != NULL &&
	       text.bytes[text.size - 1] != '\0')
		text.size--;
	return text;
}

/* Take a decimal number off the beginning of TEXT. False: there is none, or it is absurd. */
static bool take_number(struct text *text, unsigned long *number)
{
	size_t n = 0;

	*number = 0;
	for (; n < text->size && text->bytes[n] >= '0' && text->bytes[n] <= '9'; n++) {
		*number = *number * 10 + (unsigned long)(text->bytes[n] - '0');
		if (*number > PLAN_MAX)
			return false;
	}
	*text = skip(*text, n);
	return n > 0;
}

/* A copy of limited length, NUL bytes replaced; with UNESCAPE, "\#" and "\\" lose their backslash
 * (TAP 14). */
static char *copy_text(struct text text, bool unescape)
{
	size_t length = 0;
	char *copy = malloc((text.size > NAME_MAX_BYTES ? NAME_MAX_BYTES : text.size) + 1);

	if (copy == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < text.size && length < NAME_MAX_BYTES; i++) {
		if (unescape && text.bytes[i] == '\\' && i + 1 < text.size &&
		    (text.bytes[i + 1] == '#' || text.bytes[i + 1] == '\\'))
			i++;
		copy[length++] = text.bytes[i] == '\0' ? '?' : text.bytes[i];
	}
	copy[length] = '\0';
	return copy;
}

/* Without the kernel log's "<6>[    1.234567][ T1] " (printk's formats). */
static struct text strip_log_prefix(struct text line, bool *stripped)
{
	struct text text = line;
	unsigned long number;

	*stripped = false;
	if (begins(text, "<")) {
		text = skip(text, 1);
		if (!take_number(&text, &number) || !begins(text, ">"))
			return line;
		text = skip(text, 1);
	}
	if (!begins(text, "["))
		return line;
	text = skip(text, 1);
	text = skip(text, count_blanks(text));
	if (!take_number(&text, &number) || !begins(text, "."))
		return line;
	text = skip(text, 1);
	if (!take_number(&text, &number) || !begins(text, "]"))
		return line;
	text = skip(text, 1);
	if (begins(text, "[")) { /* CONFIG_PRINTK_CALLER */
		const char *close = memchr(text.bytes, ']', text.size);
		if (close == NULL)
			return line;
		text = skip(text, (size_t)(close - text.bytes) + 1);
	}
	*stripped = true;
	return begins(text, " ") ? skip(text, 1) : text;
}

/* --- Frames ----------------------------------------------------------------------------------- */

static struct frame *top(struct tests_parser *parser)
{
	return &parser->frames[parser->depth - 1];
}

/* The plan's document ends: a new one begins, or the group does end. */
static void check_plan(struct frame *frame)
{
	if (frame->has_plan && frame->seen != frame->planned)
		set_problem(&frame->group, "%lu test%s planned, %lu seen", frame->planned,
			    frame->planned == 1 ? " was" : "s were", frame->seen);
	else if (frame->has_plan && frame->highest_number > frame->planned)
		set_problem(&frame->group, "test %lu is beyond the plan of %lu",
			    frame->highest_number, frame->planned);
	else if (frame->has_plan && frame->twice != 0)
		set_problem(&frame->group, "test %lu is there twice, so another is missing",
			    frame->twice);
	frame->has_plan = false;
	frame->seen = frame->planned = frame->highest_number = frame->twice = 0;
	free(frame->numbers);
	frame->numbers = NULL;
	frame->numbers_size = 0;
}

/* Close the top frame; what it has gathered is the caller's. */
static struct test pop(struct tests_parser *parser)
{
	struct frame *frame = top(parser);

	check_plan(frame);
	if (frame->notes != NULL && frame->group.notes == NULL) {
		frame->group.notes = frame->notes;
		frame->notes = NULL;
	}
	free(frame->notes);
	parser->depth--;
	return frame->group;
}

/* Close the top frame, though no result came for it. */
static void abandon(struct tests_parser *parser)
{
	struct test group = pop(parser);

	group.status = TESTS_FAILED;
	set_problem(&group, "it has no result");
	if (group.name == NULL)
		group.name = text_format("(no name)");
	add_test(&top(parser)->group, &group);
}

/* Close frames until the top one's indentation is at most INDENT. The last that was closed goes to
 * GROUP, if that is given and there is one; all others have no result. */
static bool close_deeper(struct tests_parser *parser, size_t indent, struct test *group)
{
	while (parser->depth > 1 && top(parser)->indent > indent) {
		bool is_last = parser->frames[parser->depth - 2].indent <= indent;
		if (group != NULL && is_last) {
			*group = pop(parser);
			return true;
		}
		abandon(parser);
	}
	return false;
}

/* Make the top frame one of exactly INDENT, opening it where it is not. False: too deep. */
static bool open_frame(struct tests_parser *parser, size_t indent)
{
	struct frame *outer = top(parser);

	if (outer->indent >= indent)
		return true;
	if (parser->depth == DEPTH_MAX) {
		set_problem(&parser->frames[0].group, "subtests are nested deeper than %d levels",
			    DEPTH_MAX);
		return false;
	}
	parser->frames[parser->depth++] = (struct frame){
	    .indent = indent,
	    .is_ktap = outer->is_ktap,
	    .group.name = parser->next_name,
	};
	parser->next_name = NULL;
	return true;
}

/* --- Lines ------------------------------------------------------------------------------------ */

static bool is_version(struct text text)
{
	return begins(text, "TAP version ") || begins(text, "KTAP version ");
}

static void take_version(struct tests_parser *parser, size_t indent, struct text text,
			 bool has_prefix)
{
	close_deeper(parser, indent, NULL);
	if (!open_frame(parser, indent))
		return;
	check_plan(top(parser)); /* the same run may print one document behind the other */
	top(parser)->is_ktap = parser->format != TESTS_TAP && (begins(text, "K") || has_prefix);
	parser->was_announced = true;
}

/* "1..N", or "1..0 # SKIP reason". Returns false when the line is something else. */
static bool take_plan(struct tests_parser *parser, size_t indent, struct text text)
{
	unsigned long planned;

	if (!begins(text, "1.."))
		return false;
	text = skip(text, 3);
	if (!take_number(&text, &planned))
		return false;
	text = trim(text);
	if (text.size > 0 && *text.bytes != '#')
		return false;
	close_deeper(parser, indent, NULL);
	if (!open_frame(parser, indent))
		return true;
	struct frame *frame = top(parser);
	if (frame->has_plan && frame->planned != planned)
		set_problem(&frame->group, "two plans: %lu tests and %lu", frame->planned, planned);
	frame->has_plan = true;
	frame->planned = planned;
	parser->was_announced = true;
	if (planned == 0) {
		frame->group.status = TESTS_SKIPPED;
		text = text.size > 0 ? trim(skip(text, 1)) : text;
		if (frame->group.reason == NULL && begins_word(text, "skip"))
			frame->group.reason = copy_text(trim(skip(text, 4)), false);
	}
	return true;
}

/* The offset of the directive's "#" in a description, or its size. */
static size_t find_directive(struct text text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (text.bytes[i] == '\\')
			i++;
		else if (text.bytes[i] == '#' && (i == 0 || text.bytes[i - 1] == ' '))
			return i;
	}
	return text.size;
}

/* Split TEXT, what stands behind "ok 1 -", into TEST's name and what its directive says. */
static void take_description(struct text text, bool passed, bool is_ktap, struct test *test)
{
	/* The second word is TAP's; a mark of unfinished work to whoever searches for those. */
	static const struct {
		const char *word;
		enum tests_status if_passed, if_failed;
	} directives[] = {
	    {"SKIP", TESTS_SKIPPED, TESTS_SKIPPED},
	    {"TO"
	     "DO",
	     TESTS_PASSED, TESTS_EXPECTED_FAILURE},
	    {"XFAIL", TESTS_PASSED, TESTS_EXPECTED_FAILURE},
	    {"TIMEOUT", TESTS_FAILED, TESTS_FAILED},
	    {"ERROR", TESTS_FAILED, TESTS_FAILED},
	    {"exit=", TESTS_FAILED, TESTS_FAILED},
	};
	size_t mark = find_directive(text);
	struct text directive = mark < text.size ? trim(skip(text, mark + 1)) : (struct text){0};

	test->status = passed ? TESTS_PASSED : TESTS_FAILED;
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
		if (directive.size == 0 || !begins_word(directive, directives[i].word))
			continue;
		test->status = passed ? directives[i].if_passed : directives[i].if_failed;
		if (test->status != TESTS_FAILED) {
			directive = skip(directive, strlen(directives[i].word));
			while (directive.size > 0 && memchr(" :\t", *directive.bytes, 3) != NULL)
				directive = skip(directive, 1);
		}
		if (directive.size > 0)
			test->reason = copy_text(directive, false);
		text.size = mark;
		break;
	}
	test->name = copy_text(trim(text), !is_ktap);
}

/* Results may come in any order (TAP 14), but each number once: else a planned test has none. */
static void note_number(struct frame *frame, unsigned long number)
{
	const unsigned char bit = (unsigned char)(1u << number % 8);
	const size_t at = number / 8;

	if (number > frame->highest_number)
		frame->highest_number = number;
	if (number > TESTS_MAX)
		return; /* beyond what is kept */
	if (at >= frame->numbers_size) {
		size_t size = 2 * at + 16;
		frame->numbers = realloc(frame->numbers, size);
		if (frame->numbers == NULL)
			die_out_of_memory();
		memset(frame->numbers + frame->numbers_size, 0, size - frame->numbers_size);
		frame->numbers_size = size;
	}
	if ((frame->numbers[at] & bit) != 0 && frame->twice == 0)
		frame->twice = number;
	frame->numbers[at] |= bit;
}

/* "ok 1 - name # SKIP reason". Returns false when the line is something else. */
static bool take_result(struct tests_parser *parser, size_t indent, struct text text)
{
	bool passed = !begins(text, "not ok");
	struct test test = {0}, group;
	unsigned long number;

	if (!begins(text, "ok") && passed)
		return false;
	text = skip(text, passed ? 2 : 6);
	if (text.size > 0 && *text.bytes != ' ')
		return false;
	text = trim(text);
	bool numbered = take_number(&text, &number);
	if (numbered && text.size > 0 && *text.bytes != ' ')
		return false;
	/* Without a number it may be any talk, unless TAP has been announced. */
	if (!numbered &&
	    (top(parser)->is_ktap || (!parser->was_announced && parser->format != TESTS_TAP)))
		return false;
	if (parser->count >= TESTS_MAX) {
		set_problem(&parser->frames[0].group, "more than %d results", TESTS_MAX);
		return true;
	}
	bool has_group = close_deeper(parser, indent, &group);
	if (!open_frame(parser, indent)) {
		if (has_group)
			free_contents(&group);
		return true;
	}
	struct frame *frame = top(parser);
	text = trim(text);
	if (begins(text, "- ") || (text.size == 1 && *text.bytes == '-'))
		text = skip(text, 1);
	take_description(text, passed, frame->is_ktap, &test);
	if (has_group) {
		test.subtests = group.subtests;
		test.count = group.count;
		test.problem = group.problem;
		test.notes = group.notes;
		if (*test.name == '\0' && group.name != NULL) {
			free(test.name);
			test.name = group.name;
			group.name = NULL;
		}
		free(group.name);
		free(group.reason);
	}
	if (has_failed(&test) && test.notes == NULL) {
		test.notes = frame->notes;
		frame->notes = NULL;
	}
	free(frame->notes);
	frame->notes = NULL;
	add_test(&frame->group, &test);
	frame->seen++;
	parser->count++;
	if (numbered)
		note_number(frame, number);
	return true;
}

/* A diagnostic of the group of INDENT, or of the last test in it. */
static void take_note(struct tests_parser *parser, size_t indent, struct text text)
{
	size_t depth = parser->depth;

	while (depth > 1 && parser->frames[depth - 1].indent > indent)
		depth--;
	struct frame *frame = &parser->frames[depth - 1];
	if (frame->is_ktap)
		add_note(&frame->notes, text);
	else if (frame->group.count > 0 &&
		 has_failed(&frame->group.subtests[frame->group.count - 1]))
		add_note(&frame->group.subtests[frame->group.count - 1].notes, text);
}

static void take_comment(struct tests_parser *parser, size_t indent, struct text text)
{
	static const char mark[] = "# Subtest: ";

	if (!begins(text, mark)) {
		text = skip(text, begins(text, "# ") ? 2 : 1);
		take_note(parser, indent, text);
		return;
	}
	struct frame *frame = top(parser);
	char *name = copy_text(trim(skip(text, strlen(mark))), true);
	bool names_open_frame = frame->indent == indent && parser->depth > 1 && frame->seen == 0 &&
				frame->group.name == NULL;
	if (indent > frame->indent) {
		/* The frame's own name, unless the line before has given that. */
		bool is_own = parser->next_name == NULL;
		if (!open_frame(parser, indent)) {
			free(name);
			return;
		}
		names_open_frame = is_own;
		frame = top(parser);
	}
	if (names_open_frame) {
		frame->group.name = name;
	} else {
		free(parser->next_name);
		parser->next_name = name;
	}
}

/* A YAML block belongs to the result before it. Returns true when the line was of one. */
static bool take_yaml(struct tests_parser *parser, size_t indent, struct text text)
{
	struct frame *frame = top(parser);

	if (!parser->in_yaml) {
		parser->in_yaml = begins(text, "---") && indent == frame->indent + 2 &&
				  frame->group.count > 0 && !frame->is_ktap;
		parser->yaml_indent = indent;
		return parser->in_yaml;
	}
	/* A program that dies in the middle leaves the block open. */
	if (indent < parser->yaml_indent && text.size > 0) {
		parser->in_yaml = false;
		return false;
	}
	if (indent == parser->yaml_indent && begins(text, "...") && text.size == 3)
		parser->in_yaml = false;
	else
		take_note(parser, frame->indent, text);
	return true;
}

/* Take off the "# " that the kselftest runner puts before the lines of a program of its, once that
 * program has announced itself as TAP. */
static void unwrap(struct tests_parser *parser, size_t *indent, struct text *text)
{
	while (begins(*text, "# ")) {
		struct text inner = skip(*text, 2);
		size_t inner_indent = *indent + 2 + count_blanks(inner);
		bool is_open = false;
		inner = skip(inner, count_blanks(inner));
		for (size_t i = 1; i < parser->depth; i++)
			is_open |= parser->frames[i].indent == inner_indent &&
				   parser->frames[i].is_wrapped;
		bool is_result = begins(inner, "ok ") || begins(inner, "not ok ") ||
				 begins(inner, "1..") || begins(inner, "Bail out!");
		if (!is_version(inner) && !(is_open && is_result))
			return;
		*indent = inner_indent;
		*text = inner;
		if (is_version(inner)) {
			close_deeper(parser, *indent, NULL);
			if (open_frame(parser, *indent))
				top(parser)->is_wrapped = true;
		}
	}
}

void tests_parse_line(struct tests_parser *parser, const char *line, size_t size)
{
	struct text text = {line, size};
	bool has_prefix = false;

	if (parser->has_bailed_out)
		return;
	while (text.size > 0 &&
	       (text.bytes[text.size - 1] == '\n' || text.bytes[text.size - 1] == '\r'))
		text.size--;
	if (parser->format != TESTS_TAP)
		text = strip_log_prefix(text, &has_prefix);
	size_t indent = count_blanks(text);
	text = skip(text, indent);
	if (take_yaml(parser, indent, text))
		return;
	unwrap(parser, &indent, &text);
	if (is_version(text)) {
		take_version(parser, indent, text, has_prefix);
	} else if (begins(text, "Bail out!")) {
		text = trim(skip(text, strlen("Bail out!")));
		char *reason = copy_text(text, false);
		set_problem(&parser->frames[0].group, "the tests bailed out%s%s",
			    *reason == '\0' ? "" : ": ", reason);
		free(reason);
		parser->has_bailed_out = true;
	} else if (!take_plan(parser, indent, text) && !take_result(parser, indent, text)) {
		if (begins(text, "#"))
			take_comment(parser, indent, text);
		else if (top(parser)->is_ktap && text.size > 0)
			add_note(&top(parser)->notes, text);
	}
}

struct tests_parser *tests_parse_begin(enum tests_format format)
{
	struct tests_parser *parser = calloc(1, sizeof(*parser));

	if (parser == NULL)
		die_out_of_memory();
	parser->format = format;
	parser->depth = 1;
	parser->frames[0].is_ktap = format == TESTS_KTAP;
	return parser;
}

struct test *tests_parse_end(struct tests_parser *parser)
{
	struct test *root = calloc(1, sizeof(*root));

	if (root == NULL)
		die_out_of_memory();
	close_deeper(parser, 0, NULL);
	struct frame *frame = &parser->frames[0];
	bool planned = frame->has_plan || frame->group.status == TESTS_SKIPPED;
	if (frame->group.count == 0 && !planned)
		set_problem(&frame->group, "no test result was seen");
	else if (frame->seen > 0 && !frame->has_plan)
		set_problem(&frame->group, "no plan was seen, so tests may be missing");
	*root = pop(parser);
	if (root->name == NULL)
		root->name = text_copy("");
	if (root->count > 0)
		root->status = TESTS_PASSED; /* its subtests count, not an empty plan before them */
	free(parser->next_name);
	free(parser);
	return root;
}
