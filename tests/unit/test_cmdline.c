/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel command line and the bulk configuration: what is accepted, what is refused, and that
 * what cmdline_append writes comes back byte for byte, with the kernel seeing the same words. */
#include "../../init/cmdline.h"

#include <errno.h>
#include <stdlib.h>

#include "../tap.h"

#define HASH_A "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define HASH_B "10112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define DEVICE "pith.app_device=/dev/vda "

static struct boot_config config;
static struct cmdline_error error;
static char text[CMDLINE_MAX + 1];

/* Parse the command line LINE and the SIZE bytes at BULK; 0 or the first error. */
static int parse_both(const char *line, const char *bulk, size_t size)
{
	static char bulk_copy[256];
	int result;

	cmdline_free(&config);
	cmdline_defaults(&config);
	memset(&error, 0, sizeof(error));
	snprintf(text, sizeof(text), "%s", line);
	memcpy(bulk_copy, bulk, size);
	result = cmdline_parse(text, &config, &error);
	if (result == 0)
		result = cmdline_parse_bulk(bulk_copy, size, &config, &error);
	if (result == 0)
		result = cmdline_check(&config, &error);
	return result;
}

static int parse(const char *line)
{
	return parse_both(line, "", 0);
}

static void refused(const char *line, const char *message)
{
	is_int(parse(line), -EINVAL, message);
	is_str(error.message, message, "... and says why");
}

static void refused_bulk(const char *line, const char *bulk, size_t size, const char *message)
{
	is_int(parse_both(line, bulk, size), -EINVAL, "bulk configuration refused");
	is_str(error.message, message, "... and says why");
}

static void test_defaults(void)
{
	is_int(parse(""), 0, "an empty command line");
	ok(config.app_device == NULL, "no device by default");
	is_str(config.app_mount, "/app", "mount point by default");
	is_str(config.runner, "/usr/bin/pith", "runner by default");
	is_int(config.verify, VERIFY_IF_GIVEN, "policy by default");
	is_int(config.on_corruption, CORRUPTION_FAIL, "corruption ends the run by default");
	is_int(config.power, POWER_AUTO, "power by default");
	is_int(config.device_timeout_ms, 10000, "device timeout by default");
	is_int(config.dhcp_timeout_ms, 20000, "DHCP timeout by default");
	is_int(config.stop_timeout_ms, 5000, "stop timeout by default");
	is_int((long long)config.args_count, 0, "no program by default");
	ok(!config.has_app_hash && !config.has_verity_root && !config.app_is_root,
	   "nothing else by default");
}

static void test_accepted(void)
{
	is_int(parse("console=ttyS0 quiet nokaslr a.b=c pithy.x=1 " DEVICE "pith.app_mount=/srv "
		     "pith.app_hash=" HASH_A " pith.app_root=yes pith.verify=require "
		     "pith.runner=/bin/r pith.hostname=h-1.x pith.nonce=A-b_9 pith.cwd=/a%20b "
		     "pith.power=reboot pith.log=debug pith.device_timeout_ms=0 "
		     "pith.stop_timeout_ms=86400000 pith.verity_root=" HASH_B
		     " pith.verity_offset=4096 pith.verity_on_corruption=eio\n"),
	       0, "every key at once");
	is_str(config.app_device, "/dev/vda", "app_device");
	is_str(config.app_mount, "/srv", "app_mount");
	ok(config.has_app_hash && config.app_hash[1] == 0x11 && config.app_hash[31] == 0xff,
	   "app_hash");
	ok(config.has_verity_root && config.verity_root[0] == 0x10, "verity_root");
	is_int((long long)config.verity_offset, 4096, "verity_offset");
	is_int(config.on_corruption, CORRUPTION_EIO, "verity_on_corruption");
	ok(config.app_is_root, "app_root");
	is_int(config.verify, VERIFY_REQUIRE, "verify");
	is_str(config.runner, "/bin/r", "runner");
	is_str(config.hostname, "h-1.x", "hostname");
	is_str(config.nonce, "A-b_9", "nonce");
	is_str(config.cwd, "/a b", "cwd, with an escape");
	is_int(config.power, POWER_REBOOT, "power");
	is_int(config.log_level, LOG_DEBUG, "log");
	is_int(config.device_timeout_ms, 0, "device_timeout_ms");
	is_int(config.stop_timeout_ms, 86400000, "stop_timeout_ms");

	is_int(
	    parse("quiet pith.cwd=\"/a b\" pi\"th.ru\"nner=\"/x\" -- /bin/echo \"a  b\" c=%20 -- "
		  "pith.nonsense"),
	    0, "quotes, and a program after --");
	is_str(config.cwd, "/a b", "a quoted value");
	is_str(config.runner, "/x", "quotes anywhere are dropped");
	is_int((long long)config.args_count, 5, "words after -- are the program");
	is_str(config.args[1], "a  b", "a quoted argument");
	is_str(config.args[2], "c=%20", "no escapes in arguments");
	is_str(config.args[3], "--", "a second -- is an argument");
	ok(config.args[5] == NULL, "the vector ends with NULL");
	is_int(parse("pith.verify=off --"), 0, "-- and nothing behind it");
	is_int((long long)config.args_count, 0, "... is no program");
}

static void test_opensut(void)
{
	is_int(parse("opensut.app_device=/dev/vdb opensut.app_device=/dev/vdc "
		     "OPENSUT_EXPECTED_APP_IMAGE_HASH=" HASH_A),
	       0, "OpenSUT's keys");
	is_str(config.app_device, "/dev/vdc", "the last device counts");
	is_str(config.app_mount, "/opt/opensut/app", "OpenSUT's mount point");
	ok(config.has_app_hash && config.app_hash[2] == 0x22, "OpenSUT's hash");
	is_int(parse("opensut.app_device=/dev/vdb pith.app_mount=/m"), 0, "with our mount point");
	is_str(config.app_mount, "/m", "... which wins");
	is_int(parse("pith.app_mount=/m opensut.app_device=/dev/vdb"), 0, "in the other order");
	is_str(config.app_mount, "/m", "... too");
	is_int(parse(DEVICE "pith.app_hash=" HASH_A " OPENSUT_EXPECTED_APP_IMAGE_HASH=" HASH_A), 0,
	       "the same hash under both names");
	is_int(parse(DEVICE "pith.app_hash=" HASH_A " OPENSUT_EXPECTED_APP_IMAGE_HASH=" HASH_B),
	       -EINVAL, "hashes that differ");
	is_int(parse(DEVICE "OPENSUT_EXPECTED_APP_IMAGE_HASH=" HASH_A " pith.app_hash=" HASH_B),
	       -EINVAL, "... in the other order");
	is_int(parse(DEVICE "opensut.app_device=/dev/vda"), -EINVAL, "a device under both names");
	is_int(parse("opensut.app_device=/dev/vda " DEVICE), -EINVAL, "... in the other order");
	is_int(parse("opensut.app_device=vda"), -EINVAL, "a relative device");
	is_int(parse("opensut.app_device"), -EINVAL, "no device");
	is_int(parse(DEVICE "OPENSUT_EXPECTED_APP_IMAGE_HASH="), -EINVAL, "an empty hash");
	is_int(parse(DEVICE "OPENSUT_EXPECTED_APP_IMAGE_HASH"), -EINVAL, "no hash");
	is_int(parse("OPENSUT_EXPECTED_APP_IMAGE_HASH=" HASH_A), -EINVAL, "a hash of no device");
}

static void test_refused(void)
{
	static const char *const hashes[] = {
	    "",
	    "0",
	    HASH_A "0",
	    "+1112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF",
	    "0x112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF",
	    "g0112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF",
	    NULL};
	static const char *const bad[] = {
	    "pith.verify",
	    "pith.verify=",
	    "pith.verify=Require",
	    "pith.verify=require,off",
	    "pith.app_device=vda",
	    "pith.app_device=/dev/../etc/x",
	    "pith.app_device=/..",
	    DEVICE "pith.app_mount=/",
	    DEVICE "pith.app_mount=//",
	    DEVICE "pith.app_mount=app",
	    DEVICE "pith.app_root=true",
	    "pith.hostname=a_b",
	    "pith.hostname=",
	    "pith.nonce=a%20b",
	    "pith.hostname=0123456789012345678901234567890123456789012345678901234567890123x",
	    "pith.stop_timeout_ms=-1",
	    "pith.stop_timeout_ms=+1",
	    "pith.stop_timeout_ms=1s",
	    "pith.stop_timeout_ms=86400001",
	    "pith.stop_timeout_ms=18446744073709551617",
	    "pith.stop_timeout_ms=",
	    "pith.cwd=a",
	    "pith.power=halt",
	    "pith.log=1",
	    "pith.cwd=/%",
	    "pith.cwd=/%2",
	    "pith.cwd=/%2g",
	    "pith.cwd=/%00",
	    "pith.",
	    "pith.=",
	    "pith.args=x",
	    "pith.arg=x",
	    "pith.env=A=b",
	    NULL};
	char line[512];

	refused("pith.vrify=off", "pith.vrify: unknown key");
	refused("pith.verify=of", "pith.verify: 'of': accepted are require, if-given, off");
	refused("pith.verify=off pith.verify=off", "pith.verify: given twice");
	refused("pith.log", "pith.log: no value: accepted are quiet, info, debug");
	refused("pith.a\n=1", "pith.a: unknown key");
	refused("pith.\xc3\xa4\"\n\"=1", "pith.???: unknown key");
	refused("pith.cwd=/%4x", "pith.cwd: '%4x': % must be followed by two hexadecimal digits, "
				 "not 00");
	refused("pith.cwd=/%41b%2", "pith.cwd: '%2': % must be followed by two hexadecimal digits, "
				    "not 00");
	for (size_t i = 0; bad[i] != NULL; i++)
		is_int(parse(bad[i]), -EINVAL, bad[i]);
	for (size_t i = 0; hashes[i] != NULL; i++) {
		snprintf(line, sizeof(line), DEVICE "pith.app_hash=%s", hashes[i]);
		is_int(parse(line), -EINVAL, line);
	}
	refused("pith.app_hash=" HASH_A, "pith.app_hash: needs app_device");
	refused("pith.app_mount=/m", "pith.app_mount: needs app_device");
	refused("pith.app_root=no", "pith.app_root: needs app_device");
	refused(DEVICE "pith.verity_root=" HASH_A, "pith.verity_root: needs verity_offset");
	refused(DEVICE "pith.verity_offset=4096", "pith.verity_offset: needs verity_root");
	refused("pith.verity_root=" HASH_A " pith.verity_offset=4096",
		"pith.verity_root: needs app_device");
	refused(DEVICE "pith.verity_on_corruption=eio",
		"pith.verity_on_corruption: needs verity_root");
	refused(DEVICE "pith.verity_root=" HASH_A " pith.verity_offset=512",
		"pith.verity_offset: '512': accepted are bytes, a multiple of 4096");
	is_int(parse(DEVICE "pith.verity_root=" HASH_A " pith.verity_offset=9223372036854775808"),
	       -EINVAL, "an offset beyond 63 bits");
}

static void test_privileges(void)
{
	static const char kept[] = "capabilities=chown,checkpoint_restore\0no_new_privs=yes";

	is_int(parse_both("pith.read_only_root=yes", kept, sizeof(kept)), 0, "privileges");
	is_int((long long)config.privileges.capabilities, 1LL << 40 | 1, "... two capabilities");
	ok(config.privileges.limits_capabilities && config.privileges.no_new_privs &&
	       config.privileges.read_only_root,
	   "... and the rest");
	is_int(parse_both("pith.capabilities=none", "", 0), 0, "no capabilities");
	ok(config.privileges.limits_capabilities && config.privileges.capabilities == 0 &&
	       !config.privileges.no_new_privs && !config.privileges.read_only_root,
	   "... and nothing else");
	refused_bulk("", "capabilities=chown,", 20,
		     "pith.capabilities: 'chown,': accepted are none, or names such as "
		     "net_bind_service,chown");
	refused_bulk("", "capabilities=chown,chown", 25,
		     "pith.capabilities: 'chown,chown': accepted are none, or names such as "
		     "net_bind_service,chown");
	refused_bulk("", "capabilities=CAP_CHOWN", 23,
		     "pith.capabilities: 'CAP_CHOWN': accepted are none, or names such as "
		     "net_bind_service,chown");
	refused_bulk("", "no_new_privs=1", 15, "pith.no_new_privs: '1': accepted are yes, no");
	refused_bulk("", "read_only_root=", 16, "pith.read_only_root: '': accepted are yes, no");
}

static void test_networks(void)
{
	static const char *const bad_networks[] = {"ip=",
						   "ip=eth0",
						   "ip=,10.0.2.15/24",
						   "ip=e/0,10.0.2.15/24",
						   "ip=an-interface-of-16,10.0.2.15/24",
						   "ip=eth0,/24",
						   "ip=eth0,10.0.2.15/",
						   "ip=eth0,10.0.2.15/0",
						   "ip=eth0,10.0.2.15/33",
						   "ip=eth0,10.0.2.15/-1",
						   "ip=eth0,10.0.2/24",
						   "ip=eth0,10.0.2.256/24",
						   "ip=eth0,fe80::1/64",
						   "ip=eth0,dhcp,10.0.2.2",
						   "ip=eth0,dhcp,",
						   "ip=eth0,DHCP",
						   "ip=eth0,10.0.2.15/24,",
						   "ip=eth0,10.0.2.15/24,gate",
						   "ip=eth0,10.0.2.15/24,10.0.2.2,1",
						   NULL};

	is_int(parse_both("", "ip=eth0,10.0.2.15/24,10.0.2.2\0ip=eth1,192.168.1.9/30", 53), 0,
	       "addresses");
	is_int((long long)config.networks_count, 2, "two of them");
	is_str(config.networks[0].interface, "eth0", "... the interface");
	ok(memcmp(config.networks[0].address, (uint8_t[]){10, 0, 2, 15}, 4) == 0 &&
	       memcmp(config.networks[0].netmask, (uint8_t[]){255, 255, 255, 0}, 4) == 0 &&
	       memcmp(config.networks[0].gateway, (uint8_t[]){10, 0, 2, 2}, 4) == 0,
	   "... address, netmask and gateway");
	ok(memcmp(config.networks[1].netmask, (uint8_t[]){255, 255, 255, 252}, 4) == 0 &&
	       !config.networks[1].has_gateway,
	   "... a netmask that is no whole bytes, and no gateway");
	is_int(parse_both("", "ip=eth0,dhcp", 13), 0, "an address by DHCP is accepted");
	ok(config.networks_count == 1 && config.networks[0].by_dhcp &&
	       strcmp(config.networks[0].interface, "eth0") == 0,
	   "... for its interface");
	for (size_t i = 0; bad_networks[i] != NULL; i++)
		is_int(parse_both("", bad_networks[i], strlen(bad_networks[i]) + 1), -EINVAL,
		       bad_networks[i]);
	refused_bulk("", "ip=eth0,10.0.2.15", 18,
		     "ip: 'eth0,10.0.2.15': accepted are INTERFACE,dhcp and "
		     "INTERFACE,ADDRESS/PREFIX[,GATEWAY]");
	is_int(parse("pith.ip=eth0,10.0.2.15/24"), -EINVAL, "no address on the command line");
}

static void test_terminal_size(void)
{
	static const char *const bad[] = {"",        "24",     "24x",    "x80",        "0x80",
					  "24x0",    "24x80x", "-1x80",  "24 x80",     "65536x80",
					  "1x65536", "24X80",  "+24x80", "00000024x80"};
	struct boot_size size = {0};

	ok(cmdline_parse_size("24x80", &size) && size.rows == 24 && size.columns == 80, "24x80");
	ok(cmdline_parse_size("65535x1", &size) && size.rows == 65535, "65535x1");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!cmdline_parse_size(bad[i], &size), "not '%s'", bad[i]);
	is_int(size.rows, 65535, "what is refused changes nothing");
	is_int(parse("pith.terminal_size=24x80"), 0, "terminal_size");
	is_int(config.terminal_size.columns, 80, "... is read");
	refused("pith.terminal_size=24",
		"pith.terminal_size: '24': accepted are ROWSxCOLUMNS, each 1 to 65535");
}

static void test_bulk(void)
{
	static const char full[] = "arg=/bin/x\0arg=\0arg=a%20\n\"b\0env=A=b=c\0env=E=\0cwd=/%41\0"
				   "log=info\0nonce=n1\0output=/o 1\0output=/o2\0user=0:4294967294";

	is_int(parse_both("pith.verify=off", full, sizeof(full)), 0, "a bulk configuration");
	is_int((long long)config.args_count, 3, "three arguments");
	is_str(config.args[1], "", "... an empty one");
	is_str(config.args[2], "a%20\n\"b", "... byte for byte");
	is_int((long long)config.env_count, 2, "two variables");
	is_str(config.env[0], "A=b=c", "... with = in the value");
	is_str(config.env[1], "E=", "... an empty one");
	is_str(config.cwd, "/%41", "no escapes in it");
	is_int(config.log_level, LOG_INFO, "a key of the command line");
	is_int((long long)config.outputs_count, 2, "two outputs");
	is_str(config.outputs[0], "/o 1", "... the first");
	is_int(config.has_user && config.uid == 0 && config.gid == UINT32_MAX - 1, 1, "a user");
	is_int(parse_both("", "", 0), 0, "an empty bulk configuration");
	is_int(config.has_user, 0, "... has no user");
	is_int(parse_both("", "park=yes\0stdin=no", 18), 0, "park and stdin");
	is_int(config.parks && config.no_stdin, 1, "... are read");
	is_int(parse_both("", "stderr=stdout", 14), 0, "stderr");
	is_int(config.has_one_output, 1, "... is read");
	refused_bulk("", "stderr=null", 12, "stderr: 'null': accepted is stdout");
	is_int(parse_both("", "volatile=yes", 13), 0, "volatile");
	is_int(config.is_volatile, 1, "... is read");
	refused_bulk("", "volatile=no", 12, "volatile: 'no': accepted is yes");
	refused("pith.volatile=yes", "pith.volatile: unknown key");
	refused_bulk("", "park=no", 8, "park: 'no': accepted is yes");
	refused_bulk("", "stdin=yes", 10, "stdin: 'yes': accepted is no");
	is_int(parse_both("", "serial=yes", 11), 0, "serial");
	is_int(config.serial, 1, "... is read");
	refused_bulk("", "serial=no", 10, "serial: 'no': accepted is yes");
	refused("pith.park=yes", "pith.park: unknown key");
	refused_bulk("", "output=o", 9, "output: 'o': accepted are absolute paths");
	refused_bulk("", "user=1", 7, "pith.user: '1': accepted are UID:GID, in numbers");
	refused_bulk("", "user=root:0", 12,
		     "pith.user: 'root:0': accepted are UID:GID, in numbers");
	refused_bulk("", "user=:", 7, "pith.user: ':': accepted are UID:GID, in numbers");
	refused_bulk("", "user=1:4294967295", 18,
		     "pith.user: '1:4294967295': accepted are UID:GID, in numbers");
	is_int(parse_both("", "mount=virtiofs,a,ro,/\0mount=9p,b.c,rw,/mnt/a,b", 47), 0,
	       "file systems to mount");
	is_int((long long)config.mounts_count, 2, "both");
	is_str(config.mounts[0].type, "virtiofs", "the type");
	is_int(config.mounts[0].read_only, 1, "read-only");
	is_str(config.mounts[1].source, "b.c", "the tag");
	is_int(config.mounts[1].read_only, 0, "to be written to");
	is_str(config.mounts[1].path, "/mnt/a,b", "a path with a comma");
	static const char *const bad_mounts[] = {
	    "mount=",          "mount=9p",          "mount=9p,a",
	    "mount=9p,a,rw",   "mount=9p,a,rw,x",   "mount=9p,a,wr,/x",
	    "mount=9p,,rw,/x", "mount=nfs,a,rw,/x", "mount=,a,rw,/x"};
	for (size_t i = 0; i < sizeof(bad_mounts) / sizeof(bad_mounts[0]); i++) {
		is_int(parse_both("", bad_mounts[i], strlen(bad_mounts[i]) + 1), -EINVAL,
		       bad_mounts[i]);
		ok(strstr(error.message, "accepted are TYPE,SOURCE,ro|rw,PATH") != NULL,
		   "in words");
	}
	refused_bulk("", "log=info", 8, CMDLINE_BULK_PATH ": the last record has no NUL byte");
	refused_bulk("pith.log=info", "log=info", 9, "pith.log: given twice");
	refused_bulk("-- /bin/a", "arg=x", 6, "arg: the command line gives a program too");
	refused_bulk("", "env=A", 6, "env: 'A': accepted are NAME=VALUE");
	refused_bulk("", "env==b", 7, "env: '=b': accepted are NAME=VALUE");
	refused_bulk("", "env", 4, "pith.env: unknown key");
	refused_bulk("", "", 1, "pith.: unknown key");
	refused_bulk("", "pith.log=info", 14, "pith.pith.log: unknown key");
	refused_bulk("", "a_key_longer_than_every_known_one=1", 36,
		     "pith.a_key_longer_than_every_known_one=1: unknown key");
}

/* Many records, so that the vectors grow through several sizes. */
static void test_many_records(void)
{
	enum { COUNT = 5000 };
	char *bulk = malloc(COUNT * 16);
	size_t size = 0;
	bool same = true;

	for (int i = 0; bulk != NULL && i < COUNT; i++)
		size += (size_t)sprintf(bulk + size, "arg=%d", i) + 1;
	cmdline_free(&config);
	cmdline_defaults(&config);
	is_int(cmdline_parse_bulk(bulk, size, &config, &error), 0, "5000 arguments");
	is_int((long long)config.args_count, COUNT, "... are all there");
	for (int i = 0; i < COUNT && same; i++)
		same = atoi(config.args[i]) == i;
	ok(same && config.args[COUNT] == NULL, "... in order, with NULL behind");
	cmdline_free(&config);
	free(bulk);
}

/* The kernel's splitting (lib/cmdline.c next_arg, lib/ctype.c), from its description: white space
 * counts 0xa0 in; quotes toggle; the first = divides. Returns the word's length, 0 at the end, and
 * how many bytes of *AT it used up; *VALUE is where the value begins, with *VALUE_SIZE. */
static bool kernel_next(const char **at, const char **name, size_t *name_size, const char **value,
			size_t *value_size)
{
	const char *p = *at;
	bool quoted = false;
	const char *equals = NULL;

	while (*p == ' ' || (*p >= '\t' && *p <= '\r') || *p == '\xa0')
		p++;
	if (*p == '\0')
		return false;
	*name = p;
	for (; *p != '\0'; p++) {
		bool space = *p == ' ' || (*p >= '\t' && *p <= '\r') || *p == '\xa0';

		if (space && !quoted)
			break;
		if (*p == '=' && equals == NULL)
			equals = p;
		if (*p == '"')
			quoted = !quoted;
	}
	*name_size = (size_t)((equals != NULL ? equals : p) - *name);
	*value = equals != NULL ? equals + 1 : p;
	*value_size = (size_t)(p - *value);
	*at = p;
	return true;
}

static unsigned long long random_state = 0x9e3779b97f4a7c15ull;

static unsigned random_below(unsigned limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state >> 33) % limit;
}

static void random_path(char *path, size_t size)
{
	static const char *const pieces[] = {"\"",
					     " ",
					     "%",
					     "%41",
					     "\n",
					     "\t",
					     "=",
					     "--",
					     "\xc3\xa4",
					     "\xc3\xa0",
					     "\xe2\x82\xac",
					     "\xf0\x9f\x98\x80",
					     "\xa0",
					     "\xff",
					     "\x01",
					     "\x7f",
					     "a",
					     "pith.log=debug",
					     "\\",
					     "'",
					     "$x",
					     ",",
					     " -- "};
	size_t used = (size_t)snprintf(path, size, "/");

	for (unsigned count = random_below(12); count > 0 && used + 16 < size; count--)
		if (random_below(3) == 0)
			used += (size_t)snprintf(path + used, size - used, "%c",
						 (char)(1 + random_below(255)));
		else
			used += (size_t)snprintf(
			    path + used, size - used, "%s",
			    pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))]);
	if (strstr(path, "/..") != NULL)
		strcpy(path, "/x");
}

/* Writer to parser, and writer to the kernel's splitting: the same words, no more and no fewer. */
static bool round_trip(void)
{
	static const char *const names[] = {"pith.cwd", "pith.runner", "pith.app_device"};
	char values[3][256], line[CMDLINE_MAX + 1] = "", copy[CMDLINE_MAX + 1];
	const char *at = line, *name, *value;
	size_t name_size, value_size;

	if (random_below(2) == 0)
		strcpy(line, "console=ttyS0 quiet");
	const char *first = line + strlen(line);
	for (int i = 0; i < 3; i++) {
		random_path(values[i], sizeof(values[i]));
		if (cmdline_append(line, sizeof(line), names[i], values[i]) != 0)
			return false;
	}
	for (at = first; at < line + strlen(line); at++)
		if (*at < ' ' || *at > '~' || *at == '"')
			return false;
	at = first;
	for (int i = 0; i < 3; i++) {
		if (!kernel_next(&at, &name, &name_size, &value, &value_size) ||
		    name_size != strlen(names[i]) || memcmp(name, names[i], name_size) != 0)
			return false;
		/* The kernel's value, decoded alone, is the value too. */
		snprintf(copy, sizeof(copy), "pith.cwd=%.*s", (int)value_size, value);
		cmdline_free(&config);
		cmdline_defaults(&config);
		if (cmdline_parse(copy, &config, &error) != 0 || strcmp(config.cwd, values[i]) != 0)
			return false;
	}
	if (kernel_next(&at, &name, &name_size, &value, &value_size))
		return false;
	cmdline_free(&config);
	cmdline_defaults(&config);
	return cmdline_parse(line, &config, &error) == 0 && strcmp(config.cwd, values[0]) == 0 &&
	       strcmp(config.runner, values[1]) == 0 && strcmp(config.app_device, values[2]) == 0;
}

/* Any bytes at all after --: the parser sees the words that the kernel sees. */
static bool same_words(void)
{
	char raw[128] = "-- ", line[128];
	size_t size = 3, words = 0, name_size, value_size;
	const char *at, *name, *value;

	for (unsigned count = random_below(100); count > 0; count--) {
		static const char likely[] = "\" =\xa0\t a";

		raw[size++] =
		    random_below(2) == 0 ? likely[random_below(7)] : (char)(1 + random_below(255));
	}
	raw[size] = '\0';
	memcpy(line, raw, sizeof(line));
	cmdline_free(&config);
	cmdline_defaults(&config);
	if (cmdline_parse(line, &config, &error) != 0)
		return false;
	for (at = raw + 3; kernel_next(&at, &name, &name_size, &value, &value_size); words++) {
		char dequoted[128];
		size_t length = 0;

		if (words >= config.args_count)
			return false;
		for (; name < at; name++)
			if (*name != '"')
				dequoted[length++] = *name;
		dequoted[length] = '\0';
		if (strcmp(dequoted, config.args[words]) != 0)
			return false;
	}
	return words == config.args_count;
}

static void test_writer(void)
{
	char line[16] = "";
	int round_trips = 0, word_runs = 0;

	is_int(cmdline_append(line, sizeof(line), "pith.log", "info"), 0, "fits");
	is_str(line, "pith.log=info", "no space first");
	is_int(cmdline_append(line, sizeof(line), "a", "b"), -ENOSPC, "does not fit");
	is_str(line, "pith.log=info", "... and changes nothing");
	strcpy(line, "123456789012");
	is_int(cmdline_append(line, sizeof(line), "a", ""), 0, "fits to the last byte");
	is_str(line, "123456789012 a=", "an empty value");
	strcpy(line, "12345678901");
	is_int(cmdline_append(line, sizeof(line), "a", "\""), -ENOSPC, "an escape does not fit");
	is_str(line, "12345678901", "... and changes nothing");
	memset(line, 'x', sizeof(line));
	is_int(cmdline_append(line, sizeof(line), "a", "b"), -ENOSPC, "a text without end");

	while (round_trips < 20000 && round_trip())
		round_trips++;
	is_int(round_trips, 20000, "what is written is read back, by the kernel too");
	while (word_runs < 20000 && same_words())
		word_runs++;
	is_int(word_runs, 20000, "words are where the kernel has them");
	cmdline_free(&config);
}

int main(void)
{
	test_defaults();
	test_accepted();
	test_opensut();
	test_refused();
	test_networks();
	test_terminal_size();
	test_privileges();
	test_bulk();
	test_many_records();
	test_writer();
	cmdline_free(&config);
	return done();
}
