/* SPDX-License-Identifier: Apache-2.0 */
/* cmdline.c: what the base system tells pith-init, parsed and written. Pure. */
#include "cmdline.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "pith."
#define ALIAS_DEVICE "opensut.app_device"
#define ALIAS_HASH "OPENSUT_EXPECTED_APP_IMAGE_HASH"

#define TIMEOUT_MAX_MS 86400000u /* a day */
#define VERITY_ALIGNMENT 4096u
#define HOSTNAME_BYTES_MAX 64 /* the kernel's __NEW_UTS_LEN */
#define NONCE_BYTES_MAX 64

/* Text within, and lists of words in one string, need no relocation of 24 bytes each. */
struct key {
	char name[21];  /* without "pith." */
	uint16_t field; /* its offset in struct boot_config, where parse asks for it */
	/* Puts VALUE into the field; false: not of the form that "accepted" describes. */
	bool (*parse)(const struct key *key, const char *value, struct boot_config *config);
	const char *choices; /* parse_choice: the names of an enum's values, in order, each ended by
				a NUL, and then an empty one */
	const char *accepted; /* for the error message */
};

/* Those rows of the table below that are asked for by name, and their bits in boot_config.seen. */
enum { APP_DEVICE, APP_MOUNT, APP_HASH, APP_ROOT, VERITY_ROOT, VERITY_OFFSET, ON_CORRUPTION };
enum {
	SEEN_APP_DEVICE = 1u << APP_DEVICE,
	SEEN_APP_MOUNT = 1u << APP_MOUNT,
	SEEN_APP_HASH = 1u << APP_HASH,
	SEEN_APP_ROOT = 1u << APP_ROOT,
	SEEN_VERITY_ROOT = 1u << VERITY_ROOT,
	SEEN_VERITY_OFFSET = 1u << VERITY_OFFSET,
	SEEN_ON_CORRUPTION = 1u << ON_CORRUPTION,
	SEEN_ALIAS_DEVICE = 1u << 29, /* no keys of the table: they may be repeated */
	SEEN_ALIAS_HASH = 1u << 30,
};

static void *field_of(const struct key *key, struct boot_config *config)
{
	return (char *)config + key->field;
}

/* An absolute path without a ".." component. */
static bool parse_path(const struct key *key, const char *value, struct boot_config *config)
{
	if (value[0] != '/')
		return false;
	for (const char *part = value; part != NULL; part = strchr(part + 1, '/'))
		if (strncmp(part, "/..", 3) == 0 && (part[3] == '/' || part[3] == '\0'))
			return false;
	*(const char **)field_of(key, config) = value;
	return true;
}

static bool parse_mount_point(const struct key *key, const char *value, struct boot_config *config)
{
	return value[strspn(value, "/")] != '\0' && parse_path(key, value, config);
}

static bool is_word(const char *value, size_t bytes_max, const char *punctuation)
{
	size_t size = 0;

	for (; value[size] != '\0'; size++) {
		char c = value[size];
		bool alphanumeric =
		    (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!alphanumeric && strchr(punctuation, c) == NULL)
			return false;
	}
	return size > 0 && size <= bytes_max;
}

static bool parse_hostname(const struct key *key, const char *value, struct boot_config *config)
{
	if (!is_word(value, HOSTNAME_BYTES_MAX, "-."))
		return false;
	*(const char **)field_of(key, config) = value;
	return true;
}

static bool parse_nonce(const struct key *key, const char *value, struct boot_config *config)
{
	if (!is_word(value, NONCE_BYTES_MAX, "-_"))
		return false;
	*(const char **)field_of(key, config) = value;
	return true;
}

/* The same hash may be given under both its names; two that differ may not. */
static bool parse_app_hash(const struct key *key, const char *value, struct boot_config *config)
{
	uint8_t hash[CMDLINE_HASH_BYTES];

	(void)key;
	if (cmdline_parse_hex(value, hash, sizeof(hash)) != 0)
		return false;
	if (config->has_app_hash && memcmp(config->app_hash, hash, sizeof(hash)) != 0)
		return false;
	memcpy(config->app_hash, hash, sizeof(hash));
	config->has_app_hash = true;
	return true;
}

static bool parse_verity_root(const struct key *key, const char *value, struct boot_config *config)
{
	(void)key;
	config->has_verity_root = true;
	return cmdline_parse_hex(value, config->verity_root, CMDLINE_HASH_BYTES) == 0;
}

/* Decimal digits only, at most MAX. */
static bool parse_number(const char *value, uint64_t max, uint64_t *number)
{
	uint64_t sum = 0;

	if (value[0] == '\0')
		return false;
	for (; *value != '\0'; value++) {
		if (*value < '0' || *value > '9')
			return false;
		unsigned digit = (unsigned)(*value - '0');
		if (sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

static bool parse_timeout(const struct key *key, const char *value, struct boot_config *config)
{
	uint64_t number;

	if (!parse_number(value, TIMEOUT_MAX_MS, &number))
		return false;
	*(uint32_t *)field_of(key, config) = (uint32_t)number;
	return true;
}

/* UID:GID, both in decimal and below 2^32 - 1, which the kernel takes for "no change". */
static bool parse_user(const struct key *key, const char *value, struct boot_config *config)
{
	const char *colon = strchr(value, ':');
	char uid_text[16];
	uint64_t uid, gid;

	(void)key;
	if (colon == NULL || (size_t)(colon - value) >= sizeof(uid_text))
		return false;
	memcpy(uid_text, value, (size_t)(colon - value));
	uid_text[colon - value] = '\0';
	if (!parse_number(uid_text, UINT32_MAX - 1, &uid) ||
	    !parse_number(colon + 1, UINT32_MAX - 1, &gid))
		return false;
	config->has_user = true;
	config->uid = (uint32_t)uid;
	config->gid = (uint32_t)gid;
	return true;
}

bool cmdline_parse_size(const char *text, struct boot_size *size)
{
	const char *cross = strchr(text, 'x');
	char rows_text[8];
	uint64_t rows, columns;

	if (cross == NULL || (size_t)(cross - text) >= sizeof(rows_text))
		return false;
	memcpy(rows_text, text, (size_t)(cross - text));
	rows_text[cross - text] = '\0';
	if (!parse_number(rows_text, UINT16_MAX, &rows) ||
	    !parse_number(cross + 1, UINT16_MAX, &columns) || rows == 0 || columns == 0)
		return false;
	*size = (struct boot_size){(uint16_t)rows, (uint16_t)columns};
	return true;
}

static bool parse_terminal_size(const struct key *key, const char *value,
				struct boot_config *config)
{
	(void)key;
	return cmdline_parse_size(value, &config->terminal_size);
}

static bool parse_capabilities(const struct key *key, const char *value, struct boot_config *config)
{
	(void)key;
	config->privileges.limits_capabilities = true;
	return privileges_parse(value, &config->privileges.capabilities) == 0;
}

static bool parse_offset(const struct key *key, const char *value, struct boot_config *config)
{
	uint64_t number;

	(void)key;
	if (!parse_number(value, INT64_MAX, &number) || number % VERITY_ALIGNMENT != 0)
		return false;
	config->verity_offset = number;
	return true;
}

static bool parse_choice(const struct key *key, const char *value, struct boot_config *config)
{
	const char *choice = key->choices;

	for (unsigned i = 0; *choice != '\0'; i++, choice += strlen(choice) + 1)
		if (strcmp(value, choice) == 0) {
			*(unsigned *)field_of(key, config) = i; /* enums here are unsigned int */
			return true;
		}
	return false;
}

static bool parse_yes_no(const struct key *key, const char *value, struct boot_config *config)
{
	bool *field = field_of(key, config);

	*field = strcmp(value, "yes") == 0;
	return *field || strcmp(value, "no") == 0;
}

#define VERIFY_CHOICES "if-given\0require\0off\0"
#define CORRUPTION_CHOICES "fail\0eio\0"
#define TPM_CHOICES "if-there\0require\0off\0"
#define POWER_CHOICES "auto\0off\0reboot\0"
#define LOG_CHOICES "quiet\0info\0debug\0"
_Static_assert(sizeof(enum verify_policy) == sizeof(unsigned), "parse_choice writes an unsigned");

#define FIELD(name) offsetof(struct boot_config, name)
#define A_PATH "an absolute path without .."
#define A_TIMEOUT "milliseconds, 0 to 86400000"
#define A_KEY "exactly 64 hexadecimal digits"
#define A_HASH A_KEY

static const struct key keys[] = {
    [APP_DEVICE] = {"app_device", FIELD(app_device), parse_path, NULL, A_PATH},
    [APP_MOUNT] = {"app_mount", FIELD(app_mount), parse_mount_point, NULL, A_PATH ", not /"},
    [APP_HASH] = {"app_hash", 0, parse_app_hash, NULL, A_HASH ", the same wherever given"},
    [APP_ROOT] = {"app_root", FIELD(app_is_root), parse_yes_no, NULL, "yes, no"},
    [VERITY_ROOT] = {"verity_root", 0, parse_verity_root, NULL, A_HASH},
    [VERITY_OFFSET] = {"verity_offset", 0, parse_offset, NULL, "bytes, a multiple of 4096"},
    [ON_CORRUPTION] = {"verity_on_corruption", FIELD(on_corruption), parse_choice,
		       CORRUPTION_CHOICES, "fail, eio"},
    {"verify", FIELD(verify), parse_choice, VERIFY_CHOICES, "require, if-given, off"},
    {"tpm", FIELD(tpm), parse_choice, TPM_CHOICES, "require, if-there, off"},
    {"runner", FIELD(runner), parse_path, NULL, A_PATH},
    {"hostname", FIELD(hostname), parse_hostname, NULL, "1 to 64 letters, digits, - and ."},
    {"nonce", FIELD(nonce), parse_nonce, NULL, "1 to 64 letters, digits, - and _"},
    {"terminal_size", 0, parse_terminal_size, NULL, "ROWSxCOLUMNS, each 1 to 65535"},
    {"notify", FIELD(notify), parse_yes_no, NULL, "yes, no"},
    {"cwd", FIELD(cwd), parse_path, NULL, A_PATH},
    {"user", 0, parse_user, NULL, "UID:GID, in numbers"},
    {"capabilities", 0, parse_capabilities, NULL, "none, or names such as net_bind_service,chown"},
    {"standalone", FIELD(is_standalone), parse_yes_no, NULL, "yes, no"},
    {"no_new_privs", FIELD(privileges.no_new_privs), parse_yes_no, NULL, "yes, no"},
    {"read_only_root", FIELD(privileges.read_only_root), parse_yes_no, NULL, "yes, no"},
    {"power", FIELD(power), parse_choice, POWER_CHOICES, "auto, off, reboot"},
    {"log", FIELD(log_level), parse_choice, LOG_CHOICES, "quiet, info, debug"},
    {"device_timeout_ms", FIELD(device_timeout_ms), parse_timeout, NULL, A_TIMEOUT},
    {"dhcp_timeout_ms", FIELD(dhcp_timeout_ms), parse_timeout, NULL, A_TIMEOUT},
    {"stop_timeout_ms", FIELD(stop_timeout_ms), parse_timeout, NULL, A_TIMEOUT},
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))
_Static_assert(KEY_COUNT < 29, "boot_config.seen has room for 29 keys and two aliases");

/* Fills ERROR unless it holds an earlier one; bytes that are not printable ASCII become '?'.
 * Returns -EINVAL. */
__attribute__((format(printf, 2, 3))) static int refuse(struct cmdline_error *error,
							const char *format, ...)
{
	va_list args;

	if (error->message[0] != '\0')
		return -EINVAL;
	va_start(args, format);
	if (vsnprintf(error->message, sizeof(error->message), format, args) < 0)
		error->message[0] = '\0';
	va_end(args);
	for (char *p = error->message; *p != '\0'; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return -EINVAL;
}

bool cmdline_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

/* The word at *TEXT, its quotes dropped in place, and *TEXT behind it; NULL at the end. */
static char *next_word(char **text)
{
	char *from = *text;
	bool quoted = false;

	while (cmdline_is_space(*from))
		from++;
	if (*from == '\0')
		return NULL;
	char *word = from, *to = from;
	for (; *from != '\0' && (quoted || !cmdline_is_space(*from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*text = *from == '\0' ? from : from + 1;
	*to = '\0';
	return word;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int cmdline_parse_hex(const char *text, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		int high = hex_digit(text[2 * i]);
		int low = high < 0 ? -1 : hex_digit(text[2 * i + 1]);

		if (low < 0)
			return -EINVAL;
		bytes[i] = (uint8_t)(high * 16 + low);
	}
	return text[2 * size] == '\0' ? 0 : -EINVAL;
}

/* %XX to bytes, in place. Returns where there is no such escape, or %00, else NULL. */
static const char *decode_percent(char *value)
{
	char *to = value;

	for (char *from = value; *from != '\0'; from++) {
		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		int high = hex_digit(from[1]);
		int low = high < 0 ? -1 : hex_digit(from[2]);
		if (low < 0 || (high == 0 && low == 0))
			return from;
		*to++ = (char)(high * 16 + low);
		from += 2;
	}
	*to = '\0';
	return NULL;
}

static int push(char ***vector, size_t *count, char *item)
{
	/* Room doubles when the count reaches a power of two; one more for the NULL at the end. */
	if ((*count & (*count - 1)) == 0) {
		size_t room = *count == 0 ? 1 : 2 * *count;
		char **grown = realloc(*vector, (room + 1) * sizeof(*grown));

		if (grown == NULL)
			return -ENOMEM;
		*vector = grown;
	}
	(*vector)[(*count)++] = item;
	(*vector)[*count] = NULL;
	return 0;
}

/* One KEY=VALUE without its "pith."; VALUE is decoded already, NULL when there was no "=". */
static int take(const char *name, const char *value, struct boot_config *config,
		struct cmdline_error *error)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		const struct key *key = &keys[i];
		uint32_t bit = 1u << i;

		if (strcmp(name, key->name) != 0)
			continue;
		if ((config->seen & bit) != 0 ||
		    (bit == SEEN_APP_DEVICE && (config->seen & SEEN_ALIAS_DEVICE) != 0))
			return refuse(error, PREFIX "%s: given twice", name);
		if (value == NULL)
			return refuse(error, PREFIX "%s: no value: accepted are %s", name,
				      key->accepted);
		if (!key->parse(key, value, config))
			return refuse(error, PREFIX "%s: '%.80s': accepted are %s", name, value,
				      key->accepted);
		config->seen |= bit;
		return 0;
	}
	return refuse(error, PREFIX "%.80s: unknown key", name);
}

/* OpenSUT's two keys may be repeated: the last device counts. */
static int take_alias(const char *name, uint32_t bit, const struct key *key, const char *value,
		      struct boot_config *config, struct cmdline_error *error)
{
	if (bit == SEEN_ALIAS_DEVICE && (config->seen & SEEN_APP_DEVICE) != 0)
		return refuse(error, "%s: " PREFIX "%s is given too", name, key->name);
	if (value == NULL || !key->parse(key, value, config))
		return refuse(error, "%s: '%.80s': accepted are %s", name,
			      value == NULL ? "" : value, key->accepted);
	if (bit == SEEN_ALIAS_DEVICE && (config->seen & SEEN_APP_MOUNT) == 0)
		config->app_mount = CMDLINE_ALIAS_MOUNT;
	config->seen |= bit;
	return 0;
}

void cmdline_defaults(struct boot_config *config)
{
	*config = (struct boot_config){
	    .app_mount = CMDLINE_APP_MOUNT,
	    .runner = CMDLINE_RUNNER,
	    .device_timeout_ms = 10000,
	    .dhcp_timeout_ms = 20000,
	    .stop_timeout_ms = 5000,
	};
}

/* One word of the kernel command line before --, divided at its first '='. */
static int take_word(char *word, struct boot_config *config, struct cmdline_error *error)
{
	char *value = strchr(word, '=');

	if (value != NULL)
		*value++ = '\0';
	if (strcmp(word, ALIAS_DEVICE) == 0)
		return take_alias(word, SEEN_ALIAS_DEVICE, &keys[APP_DEVICE], value, config, error);
	if (strcmp(word, ALIAS_HASH) == 0)
		return take_alias(word, SEEN_ALIAS_HASH, &keys[APP_HASH], value, config, error);
	if (strncmp(word, PREFIX, strlen(PREFIX)) != 0)
		return 0; /* the kernel's */
	const char *refused = value == NULL ? NULL : decode_percent(value);
	if (refused != NULL)
		return refuse(error,
			      "%.80s: '%.80s': %% must be followed by two hexadecimal digits, "
			      "not 00",
			      word, refused);
	return take(word + strlen(PREFIX), value, config, error);
}

int cmdline_parse(char *text, struct boot_config *config, struct cmdline_error *error)
{
	bool is_program = false;
	char *word;
	int result = 0;

	error->message[0] = '\0';
	while ((word = next_word(&text)) != NULL) {
		int one = 0;

		if (is_program)
			one = push(&config->args, &config->args_count, word);
		else if (strcmp(word, "--") == 0)
			is_program = true;
		else
			one = take_word(word, config, error);
		if (one == -ENOMEM)
			refuse(error, "kernel command line: out of memory");
		result = result == 0 ? one : result;
	}
	return result;
}

bool cmdline_parse_address(const char *text, struct boot_network *network)
{
	char address[INET_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t size = slash == NULL ? sizeof(address) : (size_t)(slash - text);
	uint64_t prefix;

	if (size >= sizeof(address) || !parse_number(slash + 1, 32, &prefix) || prefix == 0)
		return false;
	memcpy(address, text, size);
	address[size] = '\0';
	for (unsigned i = 0; i < 4; i++) {
		unsigned bits = prefix > 8 * i ? (unsigned)prefix - 8 * i : 0;
		network->netmask[i] = bits >= 8 ? 0xff : (uint8_t)(0xff00u >> bits);
	}
	return inet_pton(AF_INET, address, network->address) == 1;
}

/* INTERFACE,ADDRESS/PREFIX[,GATEWAY] or INTERFACE,dhcp; divided in place. */
static bool parse_network(char *value, struct boot_network *network)
{
	const char *interface = strsep(&value, ",");
	const char *address = strsep(&value, ",");

	*network = (struct boot_network){.has_gateway = value != NULL};
	if (address == NULL || !is_word(interface, sizeof(network->interface) - 1, "-_."))
		return false;
	memcpy(network->interface, interface, strlen(interface));
	network->by_dhcp = strcmp(address, "dhcp") == 0;
	if (network->by_dhcp)
		return value == NULL;
	return cmdline_parse_address(address, network) &&
	       (value == NULL || inet_pton(AF_INET, value, network->gateway) == 1);
}

static int take_network(char *value, struct boot_config *config, struct cmdline_error *error)
{
	char given[64];

	snprintf(given, sizeof(given), "%s", value);
	if (config->networks_count == CMDLINE_NETWORKS_MAX)
		return refuse(error, "ip: accepted are %d", CMDLINE_NETWORKS_MAX);
	if (!parse_network(value, &config->networks[config->networks_count]))
		return refuse(error,
			      "ip: '%s': accepted are INTERFACE,dhcp and "
			      "INTERFACE,ADDRESS/PREFIX[,GATEWAY]",
			      given);
	config->networks_count++;
	return 0;
}

/* TYPE,SOURCE,ro|rw,PATH; divided in place. */
static bool parse_mount(char *value, struct boot_mount *mount)
{
	static const char *const types[] = {"virtiofs", "9p", "erofs", "squashfs", "ext4"};
	const char *type = strsep(&value, ","), *source = strsep(&value, ",");
	const char *mode = strsep(&value, ",");

	if (value == NULL || value[0] != '/' || source[0] == '\0')
		return false;
	*mount = (struct boot_mount){
	    .source = source, .read_only = strcmp(mode, "ro") == 0, .path = value};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			mount->type = types[i];
	return mount->type != NULL && (mount->read_only || strcmp(mode, "rw") == 0);
}

static int take_mount(char *value, struct boot_config *config, struct cmdline_error *error)
{
	char given[64];

	snprintf(given, sizeof(given), "%s", value);
	if (config->mounts_count == CMDLINE_MOUNTS_MAX)
		return refuse(error, "mount: accepted are %d", CMDLINE_MOUNTS_MAX);
	if (!parse_mount(value, &config->mounts[config->mounts_count]))
		return refuse(error, "mount: '%s': accepted are TYPE,SOURCE,ro|rw,PATH", given);
	config->mounts_count++;
	return 0;
}

/* Nothing of the value is left behind, nor said. */
static int take_attest_key(char *value, struct boot_config *config, struct cmdline_error *error)
{
	const bool repeated = config->has_attest_key;
	const bool valid =
	    cmdline_parse_hex(value, config->attest_key, sizeof(config->attest_key)) == 0;

	explicit_bzero(value, strlen(value));
	config->has_attest_key = true;
	if (repeated)
		return refuse(error, "attest_key: given twice");
	return valid ? 0 : refuse(error, "attest_key: accepted are " A_KEY);
}

static int take_word_of_one(const char *name, const char *value, const char *accepted, bool *given,
			    struct cmdline_error *error)
{
	if (strcmp(value, accepted) != 0)
		return refuse(error, "%s: '%.80s': accepted is %s", name, value, accepted);
	*given = true;
	return 0;
}

/* One record of the bulk configuration. */
static int take_record(char *record, bool may_have_args, struct boot_config *config,
		       struct cmdline_error *error)
{
	char *value = strchr(record, '=');
	size_t name_size = value == NULL ? strlen(record) : (size_t)(value - record);
	char name[32];

	if (name_size >= sizeof(name))
		return refuse(error, PREFIX "%.80s: unknown key", record);
	memcpy(name, record, name_size);
	name[name_size] = '\0';
	if (value == NULL)
		return take(name, NULL, config, error);
	value++;
	if (strcmp(name, "arg") == 0) {
		if (!may_have_args)
			return refuse(error, "arg: the command line gives a program too");
		return push(&config->args, &config->args_count, value);
	}
	if (strcmp(name, "env") == 0) {
		if (value[0] == '=' || strchr(value, '=') == NULL)
			return refuse(error, "env: '%.80s': accepted are NAME=VALUE", value);
		return push(&config->env, &config->env_count, value);
	}
	if (strcmp(name, "output") == 0) {
		if (value[0] != '/')
			return refuse(error, "output: '%.80s': accepted are absolute paths", value);
		return push(&config->outputs, &config->outputs_count, value);
	}
	if (strcmp(name, "ip") == 0)
		return take_network(value, config, error);
	if (strcmp(name, "park") == 0)
		return take_word_of_one(name, value, "yes", &config->parks, error);
	if (strcmp(name, "volatile") == 0)
		return take_word_of_one(name, value, "yes", &config->is_volatile, error);
	if (strcmp(name, "stdin") == 0)
		return take_word_of_one(name, value, "no", &config->no_stdin, error);
	if (strcmp(name, "stderr") == 0)
		return take_word_of_one(name, value, "stdout", &config->has_one_output, error);
	if (strcmp(name, "serial") == 0)
		return take_word_of_one(name, value, "yes", &config->serial, error);
	if (strcmp(name, "rings") == 0)
		return take_word_of_one(name, value, "yes", &config->rings, error);
	if (strcmp(name, "mount") == 0)
		return take_mount(value, config, error);
	if (strcmp(name, "attest_key") == 0)
		return take_attest_key(value, config, error);
	return take(name, value, config, error);
}

int cmdline_parse_bulk(char *bytes, size_t size, struct boot_config *config,
		       struct cmdline_error *error)
{
	const char *const end = bytes + size;
	const bool may_have_args = config->args_count == 0;
	int result = 0;

	if (size > 0 && end[-1] != '\0')
		return refuse(error, CMDLINE_BULK_PATH ": the last record has no NUL byte");
	for (char *record = bytes, *next; record < end; record = next) {
		next = record + strlen(record) + 1; /* a record may be divided in place */
		int one = take_record(record, may_have_args, config, error);

		if (one == -ENOMEM)
			refuse(error, CMDLINE_BULK_PATH ": out of memory");
		result = result == 0 ? one : result;
	}
	return result;
}

int cmdline_check(const struct boot_config *config, struct cmdline_error *error)
{
	static const struct {
		uint32_t given, needs;
		const char *message;
	} rules[] = {
	    {SEEN_APP_HASH, SEEN_APP_DEVICE | SEEN_ALIAS_DEVICE, "app_hash: needs app_device"},
	    {SEEN_ALIAS_HASH, SEEN_APP_DEVICE | SEEN_ALIAS_DEVICE, "app hash: needs app_device"},
	    {SEEN_APP_MOUNT, SEEN_APP_DEVICE | SEEN_ALIAS_DEVICE, "app_mount: needs app_device"},
	    {SEEN_APP_ROOT, SEEN_APP_DEVICE | SEEN_ALIAS_DEVICE, "app_root: needs app_device"},
	    {SEEN_VERITY_ROOT, SEEN_APP_DEVICE | SEEN_ALIAS_DEVICE,
	     "verity_root: needs app_device"},
	    {SEEN_VERITY_ROOT, SEEN_VERITY_OFFSET, "verity_root: needs verity_offset"},
	    {SEEN_VERITY_OFFSET, SEEN_VERITY_ROOT, "verity_offset: needs verity_root"},
	    {SEEN_ON_CORRUPTION, SEEN_VERITY_ROOT, "verity_on_corruption: needs verity_root"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((config->seen & rules[i].given) != 0 && (config->seen & rules[i].needs) == 0)
			return refuse(error, PREFIX "%s", rules[i].message);
	return 0;
}

int cmdline_append(char *text, size_t text_size, const char *key, const char *value)
{
	static const char digits[] = "0123456789abcdef";
	const size_t start = strnlen(text, text_size);
	int printed;

	if (start == text_size)
		return -ENOSPC;
	printed = snprintf(text + start, text_size - start, "%s%s=", start == 0 ? "" : " ", key);
	size_t at = start + (size_t)(printed < 0 ? 0 : printed);
	if (printed < 0 || at >= text_size)
		goto no_space;
	for (; *value != '\0'; value++) {
		/* 0xa0 is white space to the kernel; boot loaders may mind any byte beyond ASCII.
		 */
		bool plain = *value > 0x20 && *value < 0x7f && *value != '"' && *value != '%';

		if (text_size - at <= (plain ? 1u : 3u))
			goto no_space;
		if (plain) {
			text[at++] = *value;
		} else {
			text[at++] = '%';
			text[at++] = digits[(unsigned char)*value >> 4];
			text[at++] = digits[(unsigned char)*value & 15];
		}
	}
	text[at] = '\0';
	return 0;
no_space:
	text[start] = '\0';
	return -ENOSPC;
}

void cmdline_free(struct boot_config *config)
{
	free(config->args);
	free(config->env);
	free(config->outputs);
	config->args = config->env = config->outputs = NULL;
	config->args_count = config->env_count = config->outputs_count = 0;
}
