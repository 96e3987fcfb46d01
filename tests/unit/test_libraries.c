/* SPDX-License-Identifier: Apache-2.0 */
/* What a program needs beside itself: the lines of scripts, the loader's cache, and this program's
 * own libraries under the sanitizers. Made-up programs are in tests/libraries. */
#include <errno.h>
#include <stdlib.h>

#include "../../runner/ldso.h"
#include "../../runner/libraries.h"
#include "../../runner/shebang.h"
#include "../tap.h"

static void is_shebang(const char *bytes, size_t size, int result, const char *interpreter,
		       const char *argument)
{
	struct shebang shebang;
	char *exact = malloc(size + (size == 0));

	memcpy(exact, bytes, size);
	is_int(shebang_parse(exact, size, &shebang), result, "a first line");
	is_str(shebang.interpreter, interpreter, interpreter);
	is_str(shebang.argument, argument, "its argument");
	free(exact);
}

static void test_shebang(void)
{
	char line[400];

	is_shebang("#!/bin/sh\nx", 11, 0, "/bin/sh", "");
	is_shebang("#!/bin/sh", 9, 0, "/bin/sh", "");
	is_shebang("#! \t/bin/sh \t-e  -u \t\nx", 23, 0, "/bin/sh", "-e  -u");
	is_shebang("#!/bin/sh\r\n", 11, 0, "/bin/sh\r", "");
	is_shebang("", 0, -ENOENT, "", "");
	is_shebang("#", 1, -ENOENT, "", "");
	is_shebang("# !/bin/sh\n", 11, -ENOENT, "", "");
	is_shebang("#!", 2, -ENOEXEC, "", "");
	is_shebang("#! \n/bin/sh", 11, -ENOEXEC, "", "");
	is_shebang("#!/bin\0/sh\n", 11, -ENOEXEC, "", "");

	/* 256 bytes are looked at: an interpreter that goes on is refused, an argument is cut. */
	memset(line, 'x', sizeof(line));
	memcpy(line, "#!/", 3);
	is_shebang(line, sizeof(line), -ENOEXEC, "", "");
	line[7] = ' ';
	struct shebang shebang;
	is_int(shebang_parse(line, sizeof(line), &shebang), 0, "a long argument");
	is_int((long long)strlen(shebang.argument), 256 - 8, "is cut");
	line[254] = '\n';
	line[7] = 'x';
	is_int(shebang_parse(line, sizeof(line), &shebang), 0, "a long interpreter that ends");
	is_int((long long)strlen(shebang.interpreter), 252, "is whole");
}

static void is_env(const char *argument, const char *wanted)
{
	char name[SHEBANG_SIZE] = "";
	int result = shebang_env_program(argument, name);

	ok(result == (wanted == NULL ? -ENOENT : 0) &&
	       (wanted == NULL || strcmp(name, wanted) == 0),
	   "env %s", argument);
}

/* The entry I of a cache: its name, and its path behind it. */
static const char *cache_key(const char *bytes, size_t i)
{
	uint32_t key;

	memcpy(&key, bytes + 48 + 24 * i + 4, sizeof(key));
	return bytes + key;
}

static void test_cache(void)
{
	char two[] = "/b/liba.so.2", ten[] = "/a/liba.so.10", other[] = "/c/libz.so";
	char *const paths[] = {two, ten, other};
	size_t size;
	char *bytes = ldso_cache(ARCH_AARCH64, paths, 3, &size);

	is_int((long long)size, 48 + 3 * 24 + 13 + 14 + 11, "a cache of three");
	ok(memcmp(bytes, "glibc-ld.so.cache1.1\3\0\0\0", 24) == 0, "its head and count");
	is_str(cache_key(bytes, 0), "libz.so", "names stand in falling order");
	is_str(cache_key(bytes, 1), "liba.so.10", "where 10 is more than 2");
	is_str(cache_key(bytes, 2), "liba.so.2", "down to the least");
	ok(memcmp(bytes + 48, "\3\x0a\0\0", 4) == 0, "flags of aarch64");
	free(bytes);
	bytes = ldso_cache(ARCH_X86_64, NULL, 0, &size);
	is_int((long long)size, 48, "a cache of none");
	free(bytes);
}

static void test_self(void)
{
	const struct libraries_setting setting = {0};
	struct libraries found;
	bool has_libc = false, has_loader = false;

	is_int(libraries_gather("/proc/self/exe", "/app/test", &setting, &found), 0,
	       "this program");
	for (size_t i = 0; i < found.count; i++) {
		has_libc |= strstr(found.files[i].target, "/libc.so.6") != NULL;
		has_loader |= strstr(found.files[i].target, "/ld-linux") != NULL;
	}
	ok(has_libc && has_loader, "needs the C library and the loader");
	is_int(found.arch, config_host_arch(), "and this machine");
	libraries_free(&found);
	is_int(libraries_gather("/dev/null", "/x", &setting, &found), -ENOENT,
	       "a device is refused");
	is_int((long long)found.messages.count, 1, "and why is said");
	libraries_free(&found);
}

int main(void)
{
	test_shebang();
	is_env("python3", "python3");
	is_env("python3 -u", "python3 -u"); /* one word without -S, as env gets it */
	is_env("-S python3 -u", "python3");
	is_env("-Spython3", "python3");
	is_env("-S A=1 B= python3", "python3");
	is_env("-i python3", NULL);
	is_env("-S -i python3", NULL);
	is_env("-S A=1", NULL);
	is_env("", NULL);
	test_cache();
	test_self();
	return done();
}
