/* SPDX-License-Identifier: Apache-2.0 */
/* exec_options.c: the options of pith exec, from three sources into one struct. Pure. */
#include "exec_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "duration.h"
#include "exec_net.h"
#include "message.h"

enum kind {
	KIND_FLAG,     /* bool; no value */
	KIND_TEXT,     /* char *, a copy */
	KIND_LIST,     /* struct strv; may be repeated */
	KIND_NUMBER,   /* uint64_t, between the limits */
	KIND_SIZE,     /* uint64_t in MiB, between the limits; K, M, G and T are units */
	KIND_DURATION, /* uint64_t in milliseconds */
	KIND_CHOICE,   /* int: the index in the words */
};

static bool is_absolute(const char *text)
{
	return *text == '/';
}

static bool is_user(const char *text)
{
	unsigned uid, gid;

	return exec_options_user(text, &uid, &gid) == 0 ||
	       (strchr(text, ':') == NULL && strchr("-+", *text) == NULL);
}

/* In the order of --help. */
static const struct option {
	const char *name;
	const char *value; /* what --help calls its value; NULL for a flag */
	enum kind kind;
	size_t offset;
	bool of_matrix;       /* of a whole matrix, or of one call: not of each run */
	uint64_t least, most; /* NUMBER, SIZE */
	const char *words[TRANSPORT_AUTO + 1]; /* CHOICE */
	bool (*is_valid)(const char *text);    /* LIST, TEXT; NULL: what is not empty */
	const char *accepted;                  /* in messages, after "accepted is" */
	const char *help;
} options_table[] = {
#define FIELD(name) offsetof(struct exec_options, name)
    {.name = "--kernel",
     .value = "FILE|host",
     .kind = KIND_TEXT,
     .offset = FIELD(kernel),
     .accepted = "a file, or 'host' for the kernel that runs here",
     .help = "kernel to boot (default: pith's own); host: the one that runs here"},
    {.name = "--modules",
     .value = "DIR",
     .kind = KIND_TEXT,
     .offset = FIELD(modules),
     .accepted = "a lib/modules/RELEASE folder",
     .help = "its modules (default: those that belong to the kernel)"},
    {.name = "--module",
     .value = "NAME",
     .kind = KIND_LIST,
     .offset = FIELD(module_names),
     .accepted = "a module's name",
     .help = "load this module too, and what it needs *"},
    {.name = "--add",
     .value = "SRC[=DEST]",
     .kind = KIND_LIST,
     .offset = FIELD(adds),
     .accepted = "SRC, or SRC=DEST with DEST absolute",
     .help = "take a file or folder along, to the same path or to DEST *"},
    {.name = "--env",
     .value = "NAME[=VALUE]",
     .kind = KIND_LIST,
     .offset = FIELD(envs),
     .accepted = "NAME=VALUE, or NAME for pith's own value",
     .help = "set a variable; without a value: to pith's own *"},
    {.name = "--cwd",
     .value = "DIR",
     .kind = KIND_TEXT,
     .offset = FIELD(cwd),
     .is_valid = is_absolute,
     .accepted = "an absolute path in the guest",
     .help = "working directory in the guest (default: the path of the one here)"},
    {.name = "--user",
     .value = "NAME|UID[:GID]",
     .kind = KIND_TEXT,
     .offset = FIELD(user),
     .is_valid = is_user,
     .accepted = "a user's name, UID or UID:GID",
     .help = "who runs BINARY in the guest (default: root)"},
    {.name = "--output",
     .value = "GUEST[=HOST]",
     .kind = KIND_LIST,
     .offset = FIELD(outputs),
     .accepted = "GUEST, or GUEST=HOST",
     .help = "bring a file or folder of the guest here, to the same path or to HOST *"},
    {.name = "--memory",
     .value = "SIZE",
     .kind = KIND_SIZE,
     .offset = FIELD(memory_mib),
     .least = 32,
     .most = 1ull << 24,
     .accepted = "32M to 16T; a bare number is MiB",
     .help = "memory (default: 256M, more for large files)"},
    {.name = "--cpus",
     .value = "N",
     .kind = KIND_NUMBER,
     .offset = FIELD(cpus),
     .least = 1,
     .most = 255,
     .accepted = "1 to 255",
     .help = "processors (default: 1)"},
    {.name = "--machine",
     .value = "TYPE",
     .kind = KIND_TEXT,
     .offset = FIELD(machine),
     .accepted = "a machine type of QEMU",
     .help = "machine type, as QEMU's -machine takes it"},
    {.name = "--cpu",
     .value = "MODEL",
     .kind = KIND_TEXT,
     .offset = FIELD(cpu),
     .accepted = "a processor model of QEMU",
     .help = "processor model, as QEMU's -cpu takes it"},
    {.name = "--transport",
     .value = "auto|pci|mmio|shm|isa",
     .kind = KIND_CHOICE,
     .offset = FIELD(transport),
     .words = {[TRANSPORT_AUTO] = "auto",
	       [TRANSPORT_PCI] = "pci",
	       [TRANSPORT_MMIO] = "mmio",
	       [TRANSPORT_SHM] = "shm",
	       [TRANSPORT_ISA] = "isa"},
     .accepted = "auto, pci, mmio, shm or isa",
     .help = "what carries the streams: virtio (pci, mmio), shared memory, serial lines (isa)"},
    {.name = "--kvm",
     .value = "auto|on|off",
     .kind = KIND_CHOICE,
     .offset = FIELD(kvm),
     .words = {[KVM_AUTO] = "auto", [KVM_ON] = "on", [KVM_OFF] = "off"},
     .accepted = "auto, on or off",
     .help = "hardware acceleration (default: auto, where it really runs code)"},
    {.name = "--warm",
     .value = "auto|on|off",
     .kind = KIND_CHOICE,
     .offset = FIELD(warm),
     .words = {[EXEC_WARM_AUTO] = "auto", [EXEC_WARM_ON] = "on", [EXEC_WARM_OFF] = "off"},
     .accepted = "auto, on or off",
     .help = "resume a saved state of the booted guest (default: auto, where possible)"},
    {.name = "--append",
     .value = "WORDS",
     .kind = KIND_LIST,
     .offset = FIELD(appends),
     .accepted = "words for the kernel command line",
     .help = "add to the kernel command line *"},
    {.name = "--qemu-arg",
     .value = "WORD",
     .kind = KIND_LIST,
     .offset = FIELD(qemu_args),
     .accepted = "a word of QEMU's command line",
     .help = "add a word to QEMU's command line *"},
    {.name = "--disk",
     .value = "FILE[:ro]",
     .kind = KIND_LIST,
     .offset = FIELD(disks),
     .accepted = "FILE or FILE:ro",
     .help = "disk: /dev/vda, ...; format by suffix .qcow2, .vmdk, else raw *"},
    {.name = "--sysroot",
     .value = "DIR",
     .kind = KIND_TEXT,
     .offset = FIELD(sysroot),
     .accepted = "a folder that holds lib/ and usr/lib/",
     .help = "where BINARY's shared libraries are (default: /), for other processors"},
    {.name = "--rootfs",
     .value = "DIR|IMAGE",
     .kind = KIND_TEXT,
     .offset = FIELD(rootfs),
     .accepted = "a folder, or an erofs, squashfs or ext4 image",
     .help = "the guest's root directory, which it cannot change; BINARY is there"},
    {.name = "--share",
     .value = "DIR[=DEST][:ro]",
     .kind = KIND_LIST,
     .offset = FIELD(shares),
     .accepted = "DIR, DIR=DEST with DEST absolute, or DIR=TAG; :ro behind it",
     .help = "share a folder, mounted at the same path or at DEST; =TAG: not mounted *"},
    {.name = "--net",
     .value = "MODE",
     .kind = KIND_LIST,
     .offset = FIELD(nets),
     .is_valid = exec_net_is_valid,
     .accepted = EXEC_NET_ACCEPTED,
     .help = "network: user, passt, tap=NAME or bridge=NAME, then ,tcp=8080:80 ... *"},
    {.name = "--timeout",
     .value = "TIME",
     .kind = KIND_DURATION,
     .offset = FIELD(timeout_ms),
     .accepted = "10s, 500ms, 2m, 1h; 0 for none",
     .help = "for the whole run (default: none)"},
    {.name = "--boot-timeout",
     .value = "TIME",
     .kind = KIND_DURATION,
     .offset = FIELD(boot_timeout_ms),
     .accepted = "10s, 500ms, 2m, 1h; 0 for none",
     .help = "until BINARY starts (default: 60s, 240s under emulation)"},
    {.name = "--keep",
     .value = "DIR",
     .kind = KIND_TEXT,
     .offset = FIELD(keep),
     .accepted = "a new or empty folder",
     .help = "keep initramfs, QEMU's command line and a script with it, console, result there"},
    {.name = "--result",
     .value = "FILE",
     .kind = KIND_TEXT,
     .offset = FIELD(result),
     .of_matrix = true,
     .accepted = "a file",
     .help = "write how it ended as JSON"},
    {.name = "--tests",
     .value = "auto|tap|ktap",
     .kind = KIND_CHOICE,
     .offset = FIELD(tests),
     .words = {[EXEC_TESTS_AUTO] = "auto", [EXEC_TESTS_TAP] = "tap", [EXEC_TESTS_KTAP] = "ktap"},
     .accepted = "auto, tap or ktap",
     .help = "read results of tests: exit code 1 when one failed or is missing"},
    {.name = "--tests-source",
     .value = "stdout|console",
     .kind = KIND_CHOICE,
     .offset = FIELD(tests_source),
     .words = {[EXEC_SOURCE_STDOUT] = "stdout", [EXEC_SOURCE_CONSOLE] = "console"},
     .accepted = "stdout or console",
     .help = "where from: BINARY (default), or the kernel's log (KUnit)"},
    {.name = "--tests-output",
     .value = "raw|tap|summary",
     .kind = KIND_CHOICE,
     .offset = FIELD(tests_output),
     .words =
	 {[EXEC_OUTPUT_RAW] = "raw", [EXEC_OUTPUT_TAP] = "tap", [EXEC_OUTPUT_SUMMARY] = "summary"},
     .accepted = "raw, tap or summary",
     .help = "BINARY's output as it is (default), or what it says of the tests"},
    {.name = "--junit",
     .value = "FILE",
     .kind = KIND_TEXT,
     .offset = FIELD(junit),
     .of_matrix = true,
     .accepted = "a file",
     .help = "write as JUnit XML the results of --tests, else of the run itself"},
    {.name = "--name",
     .value = "NAME",
     .kind = KIND_TEXT,
     .offset = FIELD(name),
     .of_matrix = true,
     .accepted = "a name",
     .help = "what the run is called in messages and results (default: BINARY's name)"},
    {.name = "--matrix",
     .value = "FILE",
     .kind = KIND_TEXT,
     .offset = FIELD(matrix),
     .of_matrix = true,
     .accepted = "a TOML file",
     .help = "run BINARY as often as FILE says, with its kernels, architectures and options"},
    {.name = "--jobs",
     .value = "N",
     .kind = KIND_NUMBER,
     .offset = FIELD(jobs),
     .of_matrix = true,
     .least = 1,
     .most = 1024,
     .accepted = "1 to 1024",
     .help = "-j: so many runs of a matrix at a time (default: one a processor)"},
    {.name = "--matrix-run",
     .value = "N|NAME",
     .kind = KIND_TEXT,
     .offset = FIELD(matrix_run),
     .of_matrix = true,
     .accepted = "the number or name of a run, as --dry-run lists them",
     .help = "only this run of the matrix, as if it alone had been asked for"},
    {.name = "--matrix-dir",
     .value = "DIR",
     .kind = KIND_TEXT,
     .offset = FIELD(matrix_dir),
     .of_matrix = true,
     .accepted = "a folder, made where it is missing",
     .help = "keep output, result and JUnit part of each run of the matrix there"},
    {.name = "--standalone",
     .kind = KIND_FLAG,
     .offset = FIELD(standalone),
     .help = "BINARY takes PID 1's place, and reports by three lines: pith-init(8)"},
    {.name = "--dry-run",
     .kind = KIND_FLAG,
     .offset = FIELD(dry_run),
     .of_matrix = true,
     .help = "print what would be run and taken along, and run nothing"},
    {.name = "--verbose",
     .kind = KIND_FLAG,
     .offset = FIELD(verbose),
     .help = "-v: show the guest's console and every step"},
    {.name = "--help",
     .kind = KIND_FLAG,
     .offset = FIELD(help),
     .of_matrix = true,
     .help = "-h: this text"},
#undef FIELD
};

#define OPTION_COUNT (sizeof(options_table) / sizeof(options_table[0]))

void exec_options_defaults(struct exec_options *options)
{
	*options =
	    (struct exec_options){.boot_timeout_ms = UINT64_MAX, .transport = TRANSPORT_AUTO};
}

static void *field(struct exec_options *options, const struct option *option)
{
	return (char *)options + option->offset;
}

void exec_options_free(struct exec_options *options)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (options_table[i].kind == KIND_TEXT)
			free(*(char **)field(options, &options_table[i]));
		else if (options_table[i].kind == KIND_LIST)
			strv_free(field(options, &options_table[i]));
	}
	strv_free(&options->given);
	exec_options_defaults(options);
}

/* --- Values ------------------------------------------------------------------------------------
 */

/* Decimal digits up to *END. Returns 0 or -EINVAL (none, or more than fits). */
static int read_number(const char *text, const char **end, uint64_t *number)
{
	const char *at = text;

	for (*number = 0; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, (uint64_t)(*at - '0'), number))
			return -EINVAL;
	*end = at;
	return at == text ? -EINVAL : 0;
}

/* A UID or GID: all but the one that means "none" to the kernel. */
static int read_id(const char *text, const char **end, unsigned *id)
{
	uint64_t number;

	if (read_number(text, end, &number) != 0 || number >= UINT32_MAX)
		return -EINVAL;
	*id = (unsigned)number;
	return 0;
}

int exec_options_user(const char *text, unsigned *uid, unsigned *gid)
{
	if (read_id(text, &text, uid) != 0)
		return -EINVAL;
	*gid = *uid;
	if (*text == ':' && read_id(text + 1, &text, gid) != 0)
		return -EINVAL;
	return *text == '\0' ? 0 : -EINVAL;
}

static int set_number(const struct option *option, const char *text, uint64_t *number)
{
	static const struct {
		const char *suffix;
		uint64_t kibibytes;
	} units[] = {{"", 1 << 10}, {"K", 1}, {"M", 1 << 10}, {"G", 1 << 20}, {"T", 1 << 30}};
	const char *end;
	uint64_t value;

	if (read_number(text, &end, &value) != 0)
		return -EINVAL;
	if (option->kind == KIND_SIZE) {
		size_t unit = 0;
		while (unit < sizeof(units) / sizeof(units[0]) &&
		       strcmp(end, units[unit].suffix) != 0)
			unit++;
		if (unit == sizeof(units) / sizeof(units[0]) ||
		    __builtin_mul_overflow(value, units[unit].kibibytes, &value) ||
		    value % 1024 != 0)
			return -EINVAL;
		value /= 1024;
	} else if (*end != '\0') {
		return -EINVAL;
	}
	if (value < option->least || value > option->most)
		return -EINVAL;
	*number = value;
	return 0;
}

static int set_choice(const struct option *option, const char *text, int *choice)
{
	for (size_t i = 0; i < sizeof(option->words) / sizeof(option->words[0]); i++) {
		if (option->words[i] != NULL && strcmp(text, option->words[i]) == 0) {
			*choice = (int)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int set_value(struct exec_options *options, const struct option *option, const char *text)
{
	void *target = field(options, option);

	switch (option->kind) {
	case KIND_FLAG:
		*(bool *)target = true;
		return 0;
	case KIND_TEXT:
		if (*text == '\0' || (option->is_valid != NULL && !option->is_valid(text)))
			return -EINVAL;
		free(*(char **)target);
		*(char **)target = strdup(text);
		if (*(char **)target == NULL)
			die_out_of_memory();
		return 0;
	case KIND_LIST:
		if (*text == '\0' || *text == '=' ||
		    (option->is_valid != NULL && !option->is_valid(text)))
			return -EINVAL;
		strv_add(target, text);
		return 0;
	case KIND_NUMBER:
	case KIND_SIZE:
		return set_number(option, text, target);
	case KIND_DURATION:
		return duration_parse(text, target);
	case KIND_CHOICE:
		return set_choice(option, text, target);
	}
	return -EINVAL;
}

/* --- Words -------------------------------------------------------------------------------------
 */

static const struct option *find_option(const char *word, size_t size)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strlen(options_table[i].name) == size &&
		    memcmp(options_table[i].name, word, size) == 0)
			return &options_table[i];
	return NULL;
}

/* The option whose name differs least: by the length of the common beginning, two letters at the
 * least beyond "--". */
static const char *nearest(const char *word)
{
	const char *best = NULL;
	size_t best_size = 3;

	for (size_t i = 0; i < OPTION_COUNT; i++) {
		size_t size = 0;
		while (word[size] != '\0' && word[size] == options_table[i].name[size])
			size++;
		if (size > best_size) {
			best = options_table[i].name;
			best_size = size;
		}
	}
	return best;
}

static int refuse_unknown(const char *word, struct exec_error *error)
{
	const char *near = nearest(word);
	size_t space = strcspn(word, " \t");

	if (word[space] != '\0' && find_option(word, space) != NULL) {
		snprintf(error->message, sizeof(error->message),
			 "'%.100s': a value goes behind '=', or on a line (a word) of its own",
			 word);
		return -EINVAL;
	}
	snprintf(error->message, sizeof(error->message), "unknown option '%.100s'%s%s%s", word,
		 near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		 near != NULL ? "?" : "");
	return -EINVAL;
}

/* Apply the option that words[*INDEX] is; *INDEX moves on to its value. */
static int apply_option(struct exec_options *options, char **words, size_t count, size_t *index,
			bool is_command_line, struct exec_error *error)
{
	const size_t first = *index;
	const char *word = words[*index], *value = NULL;
	size_t size = strcspn(word, "=");
	const struct option *option;

	if (strcmp(word, "-v") == 0)
		option = find_option("--verbose", strlen("--verbose"));
	else if (strcmp(word, "-j") == 0)
		option = find_option("--jobs", strlen("--jobs"));
	else if (strcmp(word, "-h") == 0)
		option = find_option("--help", strlen("--help"));
	else
		option = find_option(word, size);
	if (option == NULL)
		return refuse_unknown(word, error);
	if (!is_command_line && strncmp(option->name, "--matrix", 8) == 0) {
		snprintf(error->message, sizeof(error->message),
			 "%s is accepted on the command line only", option->name);
		return -EINVAL;
	}
	if (word[size] == '=')
		value = word + size + 1;
	if (option->kind == KIND_FLAG && value != NULL) {
		snprintf(error->message, sizeof(error->message), "%s takes no value", option->name);
		return -EINVAL;
	}
	if (option->kind != KIND_FLAG && value == NULL && *index + 1 < count)
		value = words[++*index];
	if (option->kind != KIND_FLAG && value == NULL) {
		snprintf(error->message, sizeof(error->message),
			 "%s: its value is missing; accepted is %s", option->name,
			 option->accepted);
		return -EINVAL;
	}
	if (set_value(options, option, value) != 0) {
		snprintf(error->message, sizeof(error->message), "%s '%.200s': accepted is %s",
			 option->name, value, option->accepted);
		return -EINVAL;
	}
	for (size_t i = first; is_command_line && !option->of_matrix && i <= *index; i++)
		strv_add(&options->given, words[i]);
	return 0;
}

static int apply_words(struct exec_options *options, char **words, size_t count, const char *source,
		       struct exec_error *error)
{
	for (size_t i = 0; i < count; i++) {
		bool ends = strcmp(words[i], "--") == 0;
		if (words[i][0] == '-' && words[i][1] != '\0' && !ends) {
			int result = apply_option(options, words, count, &i, source == NULL, error);
			if (result != 0)
				return result;
			continue;
		}
		if (source != NULL) {
			snprintf(error->message, sizeof(error->message),
				 "'%.200s': only options are accepted here", words[i]);
			return -EINVAL;
		}
		i += ends;
		options->argv = words + i;
		options->argc = count - i;
		return 0;
	}
	return 0;
}

int exec_options_apply(struct exec_options *options, char **words, size_t count, const char *source,
		       struct exec_error *error)
{
	struct exec_error inner;
	int result = apply_words(options, words, count, source, &inner);

	if (result != 0)
		snprintf(error->message, sizeof(error->message), "%.100s%s%.400s",
			 source == NULL ? "" : source, source == NULL ? "" : ": ", inner.message);
	return result;
}

/* --- Sources -----------------------------------------------------------------------------------
 */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int exec_options_split(const char *text, struct strv *words, struct exec_error *error)
{
	char *word = malloc(strlen(text) + 1);

	if (word == NULL)
		die_out_of_memory();
	for (const char *at = text; *at != '\0';) {
		char *end = word, quote = '\0';
		if (is_space(*at)) {
			at++;
			continue;
		}
		for (; *at != '\0' && (quote != '\0' || !is_space(*at)); at++) {
			if (quote == '\0' && (*at == '\'' || *at == '"'))
				quote = *at;
			else if (quote != '\0' && *at == quote)
				quote = '\0';
			else if (*at == '\\' && at[1] != '\0' &&
				 (quote == '\0' ||
				  (quote == '"' && strchr("\\\"$`", at[1]) != NULL)))
				*end++ = *++at;
			else
				*end++ = *at;
		}
		*end = '\0';
		if (quote != '\0') {
			snprintf(error->message, sizeof(error->message),
				 EXEC_OPTIONS_ENVIRONMENT ": a %c without its end", quote);
			free(word);
			return -EINVAL;
		}
		strv_add(words, word);
	}
	free(word);
	return 0;
}

int exec_options_lines(const char *text, size_t size, struct strv *words, struct exec_error *error)
{
	const char *end = text + size;

	if (memchr(text, '\0', size) != NULL) {
		snprintf(error->message, sizeof(error->message),
			 "a NUL byte; accepted is an option a line");
		return -EINVAL;
	}
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline == NULL ? end : newline;
		const char *next = newline == NULL ? end : newline + 1;
		while (text < line_end && is_space(*text))
			text++;
		while (text < line_end && is_space(line_end[-1]))
			line_end--;
		if (text < line_end && *text != '#')
			strv_addf(words, "%.*s", (int)(line_end - text), text);
		text = next;
	}
	return 0;
}

enum exec_option_takes exec_options_takes(const char *name)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options_table[i];
		if (strcmp(option->name + 2, name) != 0)
			continue;
		if (option->of_matrix)
			return EXEC_OPTION_NO_RUN;
		return option->kind == KIND_FLAG   ? EXEC_OPTION_NOTHING
		       : option->kind == KIND_LIST ? EXEC_OPTION_VALUES
						   : EXEC_OPTION_VALUE;
	}
	return EXEC_OPTION_UNKNOWN;
}

const char *exec_options_nearest(const char *name)
{
	char word[64];

	if (snprintf(word, sizeof(word), "--%s", name) >= (int)sizeof(word))
		return NULL;
	const char *near = nearest(word);
	return near == NULL || exec_options_takes(near + 2) == EXEC_OPTION_NO_RUN ? NULL : near + 2;
}

void exec_options_help(FILE *out)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *option = &options_table[i];
		char left[64];
		snprintf(left, sizeof(left), "%s%s%s", option->name,
			 option->value != NULL ? " " : "",
			 option->value != NULL ? option->value : "");
		fprintf(out, "  %-22s %s\n", left, option->help);
	}
}
