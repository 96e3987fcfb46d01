/* SPDX-License-Identifier: Apache-2.0 */
/* junit_merge.c: several JUnit files into one. The scanner knows as much of XML 1.0 as tells where
 * elements begin and end, and whether all of them do. */
#include "junit_merge.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input_file.h"
#include "junit.h"
#include "message.h"

#define DEPTH_MAX 64
#define PART_MAX (256 << 20)

struct scan {
	const char *at, *end;
	struct {
		const char *name;
		size_t size;
	} open[DEPTH_MAX]; /* elements around AT, outermost first */
	size_t depth;
	const char *suite; /* where the suite began in which AT is; NULL: in none */
	bool has_root;
	FILE *out; /* NULL: only look */
	int suites;
};

static bool begins(const struct scan *scan, const char *text)
{
	size_t size = strlen(text);

	return (size_t)(scan->end - scan->at) >= size && memcmp(scan->at, text, size) == 0;
}

/* Move behind the next TEXT. */
static bool skip_past(struct scan *scan, const char *text)
{
	const char *found = memmem(scan->at, (size_t)(scan->end - scan->at), text, strlen(text));

	if (found == NULL)
		return false;
	scan->at = found + strlen(text);
	return true;
}

/* What ends a name in a tag. */
static bool ends_name(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '>' || c == '/' || c == '<';
}

static size_t name_size(const struct scan *scan, const char *name)
{
	size_t size = 0;

	while (name + size < scan->end && !ends_name(name[size]))
		size++;
	return size;
}

static bool is_named(const char *name, size_t size, const char *wanted)
{
	return size == strlen(wanted) && memcmp(name, wanted, size) == 0;
}

static void end_element(struct scan *scan)
{
	bool below =
	    scan->depth == 1 && is_named(scan->open[0].name, scan->open[0].size, "testsuites");

	if (scan->suite == NULL || !(scan->depth == 0 || below))
		return;
	scan->suites++;
	if (scan->out != NULL)
		fprintf(scan->out, "  %.*s\n", (int)(scan->at - scan->suite), scan->suite);
	scan->suite = NULL;
}

/* AT is behind the '<' of a start tag. */
static bool take_start(struct scan *scan)
{
	const char *begin = scan->at - 1, *name = scan->at;
	size_t size = name_size(scan, name);
	char quote = '\0';
	bool is_suite = is_named(name, size, "testsuite");

	if (size == 0 || scan->depth == DEPTH_MAX)
		return false;
	if (scan->depth == 0) {
		if (scan->has_root || (!is_suite && !is_named(name, size, "testsuites")))
			return false;
		scan->has_root = true;
	}
	for (scan->at += size; scan->at < scan->end && (quote != '\0' || *scan->at != '>');
	     scan->at++) {
		if (quote == '\0' && (*scan->at == '"' || *scan->at == '\''))
			quote = *scan->at;
		else if (quote != '\0' && *scan->at == quote)
			quote = '\0';
		else if (*scan->at == '<')
			return false;
	}
	if (scan->at == scan->end)
		return false;
	bool is_empty = scan->at[-1] == '/';
	scan->at++;
	if (is_suite && scan->suite == NULL)
		scan->suite = begin;
	if (is_empty) {
		end_element(scan);
		return true;
	}
	scan->open[scan->depth].name = name;
	scan->open[scan->depth++].size = size;
	return true;
}

/* AT is behind "</". */
static bool take_end(struct scan *scan)
{
	size_t size = name_size(scan, scan->at);

	if (scan->depth == 0 || size != scan->open[scan->depth - 1].size ||
	    memcmp(scan->at, scan->open[scan->depth - 1].name, size) != 0)
		return false;
	scan->depth--;
	if (!skip_past(scan, ">"))
		return false;
	end_element(scan);
	return true;
}

static bool take_text(struct scan *scan)
{
	for (; scan->at < scan->end && *scan->at != '<'; scan->at++)
		if (scan->depth == 0 && strchr(" \t\r\n", *scan->at) == NULL)
			return false;
	return true;
}

static bool take_all(struct scan *scan)
{
	while (scan->at < scan->end) {
		bool good;
		if (*scan->at != '<')
			good = take_text(scan);
		else if (begins(scan, "<?"))
			good = skip_past(scan, "?>");
		else if (begins(scan, "<!--"))
			good = skip_past(scan, "-->");
		else if (begins(scan, "<![CDATA[") && scan->depth > 0)
			good = skip_past(scan, "]]>");
		else if (begins(scan, "</"))
			good = (scan->at += 2, take_end(scan));
		else
			good = (scan->at++, take_start(scan));
		if (!good)
			return false;
	}
	return scan->depth == 0 && scan->has_root;
}

int junit_merge_suites(FILE *out, const char *text, size_t size)
{
	struct scan look = {.at = text, .end = text + size};
	struct scan write = {.at = text, .end = text + size, .out = out};

	if (memchr(text, '\0', size) != NULL)
		return -EINVAL;
	if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		look.at = write.at = text + 3;
	if (!take_all(&look))
		return -EINVAL;
	(void)take_all(&write);
	return write.suites;
}

/* Returns the malloced content, or NULL with the reason in PROBLEM. */
static char *read_part(const char *path, size_t *size, const char **problem)
{
	int fd = input_file_open(path, O_RDONLY);
	struct stat status;
	char *text = NULL;

	*problem = NULL;
	if (fd < 0 || fstat(fd, &status) != 0) {
		*problem = input_file_error(fd < 0 ? fd : errno);
	} else if (status.st_size > PART_MAX) {
		*problem = "larger than 256 MiB";
	} else {
		text = malloc((size_t)status.st_size + 1);
		if (text == NULL)
			die_out_of_memory();
		*size = 0;
		while (*size < (size_t)status.st_size) {
			ssize_t got = read(fd, text + *size, (size_t)status.st_size - *size);
			if (got <= 0)
				break;
			*size += (size_t)got;
		}
	}
	if (fd >= 0)
		close(fd);
	return text;
}

int junit_merge_file(FILE *out, const char *path, const char *name, const char *why, double seconds)
{
	const char *problem;
	size_t size;
	char *text = read_part(path, &size, &problem), *message;

	if (text != NULL && junit_merge_suites(out, text, size) < 0)
		problem = "it is not a whole JUnit file";
	free(text);
	if (problem == NULL)
		return 0;
	if (asprintf(&message, "%s%sno results (%s)", why != NULL ? why : "",
		     why != NULL ? "; " : "", problem) < 0)
		die_out_of_memory();
	junit_suite(out, name, NULL, seconds, message);
	free(message);
	return -1;
}
