/* SPDX-License-Identifier: Apache-2.0 */
/* command_timeline.c: pith timeline: where the time of a run went, from its result file. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../init/outcome.h"
#include "command.h"
#include "input_file.h"
#include "json.h"
#include "message.h"
#include "output_file.h"
#include "timeline.h"
#include "timeline_write.h"

#define USAGE_ERROR 2
#define RESULT_MAX (64 << 20) /* bytes; a thousand nested lines of 2 KB each are 2 MB */

static const char help[] =
    "Usage: pith timeline [-o FILE.svg] RESULT\n"
    "\n"
    "Shows where the time of a run went: what each process and each VM did when, on all levels, "
    "from\n"
    "the file that --result RESULT wrote. Prints a table and the critical path: what the run's "
    "end\n"
    "waited for.\n"
    "\n"
    "  -o, --output FILE.svg  draw it to scale instead (SVG)\n"
    "  -h, --help             this text\n"
    "\n"
    "Exit codes: 0 shown, 2 wrong usage or not a result file, 125 a file could not be read or "
    "written.\n";

/* The whole of PATH, malloced. Returns its size, or -errno after saying why. */
static ssize_t read_result(const char *path, char **text)
{
	int descriptor = input_file_open(path, O_RDONLY);
	struct stat status;
	size_t size = 0;
	ssize_t n = 0;

	*text = NULL;
	errno = -descriptor;
	if (descriptor < 0 || fstat(descriptor, &status) < 0)
		goto failed;
	errno = EFBIG;
	if (status.st_size > RESULT_MAX)
		goto failed;
	*text = malloc((size_t)status.st_size + 1);
	if (*text == NULL)
		die_out_of_memory();
	while (size < (size_t)status.st_size &&
	       (n = read(descriptor, *text + size, (size_t)status.st_size - size)) > 0)
		size += (size_t)n;
	if (n < 0)
		goto failed;
	close(descriptor);
	return (ssize_t)size;
failed:;
	int error = errno;
	say_error("timeline: %s: %s", path, input_file_error(error));
	if (descriptor >= 0)
		close(descriptor);
	free(*text);
	*text = NULL;
	return -error;
}

/* Returns an exit code. */
static int write_svg(const char *path, const struct timeline *timeline, const char *title)
{
	struct output_file file;

	if (output_file_open(&file, path) < 0)
		return EXIT_CODE_PITH;
	FILE *out = output_file_stream(&file);
	timeline_write_svg(out, timeline, title);
	return output_file_finish(&file, out) < 0 ? EXIT_CODE_PITH : 0;
}

static int show(const char *path, const struct timeline *timeline, const char *output)
{
	const char *slash = strrchr(path, '/');

	if (output != NULL)
		return write_svg(output, timeline, slash == NULL ? path : slash + 1);
	timeline_write_table(stdout, timeline);
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	say_error("standard output: %s", strerror(errno));
	return EXIT_CODE_PITH;
}

int command_timeline(int argc, char **argv)
{
	static const struct option long_options[] = {
	    {"output", required_argument, NULL, 'o'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	const char *output = NULL, *why = "it is not JSON";
	struct timeline timeline = {0};
	struct json_value *result = NULL;
	char *text;
	int option, code = USAGE_ERROR;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":ho:", long_options, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'o':
			output = optarg;
			break;
		case ':':
			say_error("timeline: --output lacks its file; see pith timeline --help");
			return USAGE_ERROR;
		default:
			say_error("timeline: unknown option %s; see pith timeline --help",
				  argv[optind - 1]);
			return USAGE_ERROR;
		}
	}
	if (argc - optind != 1) {
		say_error("timeline: give one result file; see pith timeline --help");
		return USAGE_ERROR;
	}
	ssize_t size = read_result(argv[optind], &text);
	if (size < 0)
		return EXIT_CODE_PITH;
	if (json_parse(text, (size_t)size, &result) == 0 &&
	    timeline_read(&timeline, result, &why) == 0)
		code = show(argv[optind], &timeline, output);
	else
		say_error("timeline: %s: %s", argv[optind], why);
	timeline_free(&timeline);
	json_free(result);
	free(text);
	return code;
}
