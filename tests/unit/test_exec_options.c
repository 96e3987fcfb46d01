/* SPDX-License-Identifier: Apache-2.0 */
/* test_exec_options.c: the options of pith exec: precedence, values, refusals, splitting. */
#include "../../runner/exec_options.h"

#include <stdlib.h>
#include <string.h>

#include "../../runner/exec_net.h"
#include "../tap.h"

static struct exec_options options;
static struct exec_error error;

/* Words as one text, separated by '|'. The text stays where options.argv points. */
static char text[1024], *words[64];

static size_t cut(const char *line)
{
	size_t count = 0;

	snprintf(text, sizeof(text), "%s", line);
	for (char *at = text; at != NULL && *line != '\0';) {
		words[count++] = at;
		at = strchr(at, '|');
		if (at != NULL)
			*at++ = '\0';
	}
	return count;
}

static int apply(const char *line, const char *source)
{
	return exec_options_apply(&options, words, cut(line), source, &error);
}

static void accepted(void)
{
	exec_options_defaults(&options);
	is_int(options.boot_timeout_ms == UINT64_MAX, 1, "no boot timeout by default");
	is_int(apply("--memory=1G|--cpus|4|-v|--kvm|off|--env|A=1|--env=B|--timeout|1.5s|/bin/x|-v|"
		     "--|--memory|",
		     NULL),
	       0, "a line of options");
	is_int((long long)options.memory_mib, 1024, "memory in GiB");
	is_int((long long)options.cpus, 4, "a value as a word of its own");
	is_int(options.kvm, KVM_OFF, "a choice");
	is_int((long long)options.timeout_ms, 1500, "a duration");
	is_int(options.verbose, 1, "-v");
	is_int((long long)options.envs.count, 2, "a list grows");
	is_str(options.envs.items[0], "A=1", "its first");
	is_str(options.envs.items[1], "B", "its second");
	is_int((long long)options.argc, 5, "all words from BINARY on");
	is_str(options.argv[0], "/bin/x", "BINARY");
	is_str(options.argv[1], "-v", "an option behind BINARY is BINARY's");
	is_str(options.argv[2], "--", "a second -- is BINARY's");
	is_str(options.argv[4], "", "an empty argument");
	exec_options_free(&options);

	is_int(apply("--|--memory", NULL), 0, "a BINARY that looks like an option");
	is_str(options.argv[0], "--memory", "after --");
	is_int(apply("-", NULL), 0, "a lone - is a BINARY");
	is_int(apply("--help", NULL), 0, "--help");
	is_int(options.help, 1, "is noted");
	is_int(apply("--cwd||/bin/x", NULL), -1 * 22, "an empty --cwd");
	exec_options_free(&options);
}

static void precedence(void)
{
	exec_options_defaults(&options);
	is_int(apply("--cpu|a|--memory=64|--env=A=1", ".pith-exec"), 0, "the file");
	is_int(apply("--cpu|b|--env=B=1", "PITH_EXEC_ARGS"), 0, "the environment");
	is_int(apply("--cpu|c|--env=C=1|/bin/x", NULL), 0, "the command line");
	is_str(options.cpu, "c", "the last one counts");
	is_int((long long)options.memory_mib, 64, "what is not given again stays");
	is_int((long long)options.envs.count, 3, "lists grow over all sources");
	exec_options_free(&options);
}

static void refused(void)
{
	static const struct {
		const char *line, *message;
	} cases[] = {
	    {"--memoy=1", "unknown option '--memoy=1'; did you mean --memory?"},
	    {"--zzz", "unknown option '--zzz'"},
	    {"-x", "unknown option '-x'"},
	    {"--verbose=yes", "--verbose takes no value"},
	    {"--cpus", "--cpus: its value is missing; accepted is 1 to 255"},
	    {"--cpus=0", "--cpus '0': accepted is 1 to 255"},
	    {"--cpus=256", "--cpus '256': accepted is 1 to 255"},
	    {"--cpus=+1", "--cpus '+1': accepted is 1 to 255"},
	    {"--cpus=1x", "--cpus '1x': accepted is 1 to 255"},
	    {"--cpus=99999999999999999999", "--cpus '99999999999999999999': accepted is 1 to 255"},
	    {"--memory=31", "--memory '31': accepted is 32M to 16T; a bare number is MiB"},
	    {"--memory=32769K", "--memory '32769K': accepted is 32M to 16T; a bare number is MiB"},
	    {"--memory=1GB", "--memory '1GB': accepted is 32M to 16T; a bare number is MiB"},
	    {"--memory=17T", "--memory '17T': accepted is 32M to 16T; a bare number is MiB"},
	    {"--kvm=yes", "--kvm 'yes': accepted is auto, on or off"},
	    {"--kvm=", "--kvm '': accepted is auto, on or off"},
	    {"--timeout=-1", "--timeout '-1': accepted is 10s, 500ms, 2m, 1h; 0 for none"},
	    {"--env==x", "--env '=x': accepted is NAME=VALUE, or NAME for pith's own value"},
	    {"--add=", "--add '': accepted is SRC, or SRC=DEST with DEST absolute"},
	    {"--net=none", "--net 'none': accepted is " EXEC_NET_ACCEPTED},
	    {"--kernel=",
	     "--kernel '': accepted is a file, or 'host' for the kernel that runs here"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		exec_options_defaults(&options);
		int result = apply(cases[i].line, NULL);
		ok(result < 0, "%s is refused", cases[i].line);
		is_str(error.message, cases[i].message, "in these words");
		exec_options_free(&options);
	}
	exec_options_defaults(&options);
	is_int(apply("--cpus=1|/bin/x", "a/.pith-exec") < 0, 1, "a BINARY in a file");
	is_str(error.message, "a/.pith-exec: '/bin/x': only options are accepted here",
	       "in these words");
	exec_options_free(&options);
}

static void split(void)
{
	static const struct {
		const char *text;
		size_t count;
		const char *words[4];
	} cases[] = {
	    {"", 0, {NULL}},
	    {" \t\n", 0, {NULL}},
	    {" a  b\n", 2, {"a", "b"}},
	    {"'a b' c\"d e\"f", 2, {"a b", "cd ef"}},
	    {"'' \"\"", 2, {"", ""}},
	    {"a\\ b '\\' \"\\\"\\n\"", 3, {"a b", "\\", "\"\\n"}},
	    {"\\", 1, {"\\"}},
	};
	struct strv found = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		is_int(exec_options_split(cases[i].text, &found, &error), 0, cases[i].text);
		is_int((long long)found.count, (long long)cases[i].count, "how many words");
		for (size_t j = 0; j < found.count && j < cases[i].count; j++)
			is_str(found.items[j], cases[i].words[j], "the word");
		strv_free(&found);
	}
	ok(exec_options_split("a 'b", &found, &error) < 0, "a quote without its end");
	is_str(error.message, "PITH_EXEC_ARGS: a ' without its end", "in these words");
	strv_free(&found);
}

static void lines(void)
{
	static const char file[] = "# a comment\n\n  --cpu\n\tmax,-avx2 \r\n--append=a b\n--last";
	struct strv found = {0};

	is_int(exec_options_lines(file, sizeof(file) - 1, &found, &error), 0, "a file");
	is_int((long long)found.count, 4, "its lines");
	is_str(found.items[1], "max,-avx2", "without white space around");
	is_str(found.items[2], "--append=a b", "with white space inside");
	is_str(found.items[3], "--last", "a last line without its end");
	strv_free(&found);
	ok(exec_options_lines("a\0b", 3, &found, &error) < 0, "a NUL byte is refused");
	is_int(exec_options_lines("", 0, &found, &error), 0, "an empty file");
	strv_free(&found);
}

int main(void)
{
	accepted();
	precedence();
	refused();
	split();
	lines();
	return done();
}
