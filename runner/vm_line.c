/* SPDX-License-Identifier: Apache-2.0 */
/* vm_line.c: the command line of pith vm. */
#include "vm_line.h"

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#define DISKS_MAX 26 /* vda to vdz */
#define NETS_MAX 8

enum kind { KIND_TEXT, KIND_PATH, KIND_NUMBER, KIND_YES_NO, KIND_ADDRESS, KIND_INTERFACE };

struct key {
	const char *name;
	enum kind kind;
	bool is_required;
	size_t offset; /* in struct vm_line, or in the element that the option adds */
	unsigned least, most;
};

enum target { TARGET_LINE, TARGET_DISK, TARGET_NET };

#define LINE(FIELD) offsetof(struct vm_line, FIELD)
static const struct option {
	const char *name;
	enum target target;
	struct key keys[4]; /* or one without a name: the whole value is its */
} options[] = {
    {"--kernel",
     TARGET_LINE,
     {{"path", KIND_PATH, true, LINE(kernel), 0, 0},
      {"cmdline", KIND_TEXT, false, LINE(cmdline), 0, 0},
      {"kernel_load_addr", KIND_ADDRESS, false, LINE(kernel_load_addr), 0, 0}}},
    {"--initrd", TARGET_LINE, {{"path", KIND_PATH, true, LINE(initrd), 0, 0}}},
    {"--memory", TARGET_LINE, {{"size_mib", KIND_NUMBER, true, LINE(memory_mib), 1, 16u << 20}}},
    {"--vcpu", TARGET_LINE, {{"num", KIND_NUMBER, true, LINE(vcpus), 1, 512}}},
    /* crosvm's words for the two before. */
    {"--mem", TARGET_LINE, {{"", KIND_NUMBER, true, LINE(memory_mib), 1, 16u << 20}}},
    {"--cpus", TARGET_LINE, {{"", KIND_NUMBER, true, LINE(vcpus), 1, 512}}},
    {"--log", TARGET_LINE, {{"", KIND_PATH, true, LINE(log), 0, 0}}},
    {"--block",
     TARGET_DISK,
     {{"path", KIND_PATH, true, offsetof(struct config_disk, path), 0, 0},
      {"read_only", KIND_YES_NO, false, offsetof(struct config_disk, read_only), 0, 0}}},
    {"--net",
     TARGET_NET,
     {{"tap", KIND_INTERFACE, true, offsetof(struct config_net, interface), 0, 0}}},
};
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))
#define KEY_COUNT (sizeof(options[0].keys) / sizeof(options[0].keys[0]))

__attribute__((format(printf, 2, 3))) static int refuse(struct vm_line_error *error,
							const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	return -EINVAL;
}

static const struct option *find_option(const char *name, size_t size)
{
	if (size == 7 && strncmp(name, "--vcpus", 7) == 0)
		size = 6; /* the reference VMM's help says --vcpu, its text --vcpus */
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strlen(options[i].name) == size && strncmp(options[i].name, name, size) == 0)
			return &options[i];
	return NULL;
}

static bool takes_keys(const struct option *option)
{
	return option->keys[0].name[0] != '\0';
}

/* The bit of OPTION among those seen: what sets the same field has the same. */
static unsigned seen_bit(const struct option *option)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].target == option->target &&
		    options[i].keys[0].offset == option->keys[0].offset)
			return 1u << i;
	return 0;
}

/* The element of LINE that OPTION speaks of, a new one where it can be given several times. */
static void *add_target(struct vm_line *line, const struct option *option,
			struct vm_line_error *error)
{
	void *grown;

	if (option->target == TARGET_LINE)
		return line;
	if (option->target == TARGET_DISK) {
		if (line->disk_count == DISKS_MAX) {
			refuse(error, "more than %d --block", DISKS_MAX);
			return NULL;
		}
		grown = reallocarray(line->disks, line->disk_count + 1, sizeof(*line->disks));
		if (grown == NULL)
			die_out_of_memory();
		line->disks = grown;
		line->disks[line->disk_count] = (struct config_disk){0};
		return &line->disks[line->disk_count++];
	}
	if (line->net_count == NETS_MAX) {
		refuse(error, "more than %d --net", NETS_MAX);
		return NULL;
	}
	grown = reallocarray(line->nets, line->net_count + 1, sizeof(*line->nets));
	if (grown == NULL)
		die_out_of_memory();
	line->nets = grown;
	line->nets[line->net_count] = (struct config_net){.mode = NET_TAP};
	return &line->nets[line->net_count++];
}

/* Take the value that begins at *TEXT, to the next comma outside quotes, into VALUE of the size of
 * the whole text; *TEXT moves to that comma or the end. */
static int take_value(const char **text, char *value, struct vm_line_error *error)
{
	bool quoted = false;

	for (; **text != '\0' && (quoted || **text != ','); (*text)++) {
		if (**text == '"') {
			quoted = !quoted;
			continue;
		}
		if (quoted && **text == '\\' && (*text)[1] != '\0')
			(*text)++;
		*value++ = **text;
	}
	*value = '\0';
	return quoted ? refuse(error, "a \" without its end") : 0;
}

static int store_number(const struct option *option, const struct key *key, const char *value,
			unsigned *field, struct vm_line_error *error)
{
	unsigned long number = 0;
	bool fits =
	    value[0] != '\0' && strlen(value) <= 9 && value[strspn(value, "0123456789")] == '\0';

	if (fits)
		number = strtoul(value, NULL, 10);
	if (!fits || number < key->least || number > key->most)
		return refuse(error, "%s %s%s%.60s: accepted is a number from %u to %u",
			      option->name, key->name, takes_keys(option) ? "=" : "", value,
			      key->least, key->most);
	*field = (unsigned)number;
	return 0;
}

static int store_text(const struct option *option, const struct key *key, const char *value,
		      char **field, struct vm_line_error *error)
{
	bool hex = strncmp(value, "0x", 2) == 0;
	const char *digits = hex ? value + 2 : value;

	if (value[0] == '\0')
		return takes_keys(option)
			   ? refuse(error, "%s %s= is empty", option->name, key->name)
			   : refuse(error, "%s without a value", option->name);
	if (key->kind == KIND_ADDRESS &&
	    (digits[0] == '\0' ||
	     digits[strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789")] != '\0'))
		return refuse(error, "%s %s=%.60s: accepted is a number", option->name, key->name,
			      value);
	if (key->kind == KIND_INTERFACE &&
	    (strlen(value) >= IFNAMSIZ || strpbrk(value, ",/ \t\n") != NULL))
		return refuse(error, "%s %s=%.60s: accepted is a network interface's name",
			      option->name, key->name, value);
	/* Never read as an option or, by QEMU, as "protocol:file". */
	bool bare = key->kind == KIND_PATH && value[0] != '/' && strncmp(value, "./", 2) != 0 &&
		    strncmp(value, "../", 3) != 0;
	if (asprintf(field, "%s%s", bare ? "./" : "", value) < 0)
		die_out_of_memory();
	return 0;
}

static int store(const struct option *option, const struct key *key, const char *value,
		 void *target, struct vm_line_error *error)
{
	void *field = (char *)target + key->offset;

	switch (key->kind) {
	case KIND_NUMBER:
		return store_number(option, key, value, field, error);
	case KIND_YES_NO:
		*(bool *)field = strcmp(value, "yes") == 0;
		if (!*(bool *)field && strcmp(value, "no") != 0)
			return refuse(error, "%s %s=%.60s: accepted is yes or no", option->name,
				      key->name, value);
		return 0;
	default:
		return store_text(option, key, value, field, error);
	}
}

static const struct key *find_key(const struct option *option, const char *name, size_t size)
{
	for (size_t i = 0; i < KEY_COUNT && option->keys[i].name != NULL; i++)
		if (strlen(option->keys[i].name) == size &&
		    strncmp(option->keys[i].name, name, size) == 0)
			return &option->keys[i];
	return NULL;
}

/* "path=a,read_only=yes" */
static int read_keys(const struct option *option, const char *text, void *target,
		     struct vm_line_error *error)
{
	char *value = malloc(strlen(text) + 1);
	unsigned seen = 0;
	int result = 0;

	if (value == NULL)
		die_out_of_memory();
	for (bool more = true; more && result == 0;) {
		size_t size = strcspn(text, "=,");
		const struct key *key = find_key(option, text, size);
		if (key == NULL || text[size] != '=') {
			result =
			    refuse(error,
				   "%s: '%.*s': accepted are words KEY=VALUE, KEY "
				   "being %s%s%s%s%s",
				   option->name, size < 60 ? (int)size : 60, text,
				   option->keys[0].name, option->keys[1].name != NULL ? ", " : "",
				   option->keys[1].name != NULL ? option->keys[1].name : "",
				   option->keys[2].name != NULL ? ", " : "",
				   option->keys[2].name != NULL ? option->keys[2].name : "");
			break;
		}
		if ((seen & 1u << (key - option->keys)) != 0) {
			result = refuse(error, "%s: '%s' is there twice", option->name, key->name);
			break;
		}
		seen |= 1u << (key - option->keys);
		text += size + 1;
		result = take_value(&text, value, error);
		if (result == 0)
			result = store(option, key, value, target, error);
		more = *text == ',';
		text += more;
	}
	free(value);
	for (size_t i = 0; result == 0 && i < KEY_COUNT && option->keys[i].name != NULL; i++)
		if (option->keys[i].is_required && (seen & 1u << i) == 0)
			result = refuse(error, "%s: '%s=' is missing", option->name,
					option->keys[i].name);
	return result;
}

/* -h, -v and the like. */
static bool read_flag(const char *word, struct vm_line *line)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		line->help = true;
	else if (strcmp(word, "--verbose") == 0 || strcmp(word, "-v") == 0)
		line->verbose = true;
	else if (strcmp(word, "--dry-run") == 0)
		line->dry_run = true;
	else
		return false;
	return true;
}

int vm_line_parse(char *const *words, size_t count, struct vm_line *line,
		  struct vm_line_error *error)
{
	unsigned seen = 0;
	int result = 0;

	*line = (struct vm_line){.memory_mib = VM_LINE_MEMORY_MIB, .vcpus = VM_LINE_VCPUS};
	for (size_t i = 0; i < count && result == 0; i++) {
		size_t size = strcspn(words[i], "=");
		if (read_flag(words[i], line))
			continue;
		const struct option *option = find_option(words[i], size);
		if (option == NULL)
			return refuse(error,
				      "'%.60s': accepted are --kernel, --initrd, --memory, "
				      "--mem, --vcpu, --cpus, --log, --block, --net",
				      words[i]);
		if (words[i][size] == '\0' && i + 1 == count)
			return refuse(error, "%s without a value", option->name);
		unsigned bit = seen_bit(option);
		if (option->target == TARGET_LINE && (seen & bit) != 0)
			return refuse(error, "%s is there twice", option->name);
		seen |= bit;
		void *target = add_target(line, option, error);
		if (target == NULL)
			return -EINVAL;
		const char *text = words[i][size] == '=' ? words[i] + size + 1 : words[++i];
		result = takes_keys(option) ? read_keys(option, text, target, error)
					    : store(option, option->keys, text, target, error);
	}
	return result;
}

void vm_line_free(struct vm_line *line)
{
	free(line->kernel);
	free(line->cmdline);
	free(line->kernel_load_addr);
	free(line->initrd);
	free(line->log);
	for (size_t i = 0; i < line->disk_count; i++)
		free(line->disks[i].path);
	for (size_t i = 0; i < line->net_count; i++)
		free(line->nets[i].interface);
	free(line->disks);
	free(line->nets);
	*line = (struct vm_line){0};
}
