/* SPDX-License-Identifier: Apache-2.0 */
/* Modules in load order from modules.dep, on trees made by hand and on a real one if there is one.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../runner/kernel.h"
#include "../../runner/modules.h"
#include "../tap.h"

static char work[] = "/tmp/pith-test.XXXXXX";

static void write_index(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");

	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

/* The files for NAMES (words), joined by spaces, or the error and the name it is about. */
static const char *resolve(const char *dir, const char *names)
{
	static char text[4096];
	struct strv words = {0}, files = {0};
	const char *missing = "";
	char *copy = strdup(names), *rest = copy;
	int result;

	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		strv_add(&words, word);
	result =
	    modules_resolve(dir, (const char *const *)words.items, words.count, &files, &missing);
	text[0] = '\0';
	if (result != 0)
		snprintf(text, sizeof(text), "%s %s", strerrorname_np(-result), missing);
	for (size_t i = 0; result == 0 && i < files.count; i++)
		strncat(strncat(text, i == 0 ? "" : " ", sizeof(text) - strlen(text) - 1),
			files.items[i], sizeof(text) - strlen(text) - 1);
	strv_free(&words);
	strv_free(&files);
	free(copy);
	return text;
}

static void test_by_hand(void)
{
	write_index("modules.dep", "kernel/d/top.ko: kernel/d/mid-one.ko kernel/d/base.ko\n"
				   "kernel/d/mid-one.ko: kernel/d/base.ko\n"
				   "kernel/d/base.ko:\n"
				   "kernel/d/base2.ko:\n"
				   "kernel/x/packed.ko.xz: kernel/x/other_one.ko.zst\n"
				   "kernel/x/other_one.ko.zst:\n"
				   "kernel/x/gz.ko.gz:\n"
				   "kernel/c/ring-a.ko: kernel/c/ring-b.ko\n"
				   "kernel/c/ring-b.ko: kernel/c/ring-a.ko\n"
				   "kernel/c/self.ko: kernel/c/self.ko\n"
				   "kernel/c/broken.ko: kernel/c/gone.ko\n"
				   "a line without the separator\n"
				   "kernel/l/last.ko:");
	write_index("modules.builtin", "kernel/b/built-in.ko\nkernel/b/end.ko");
	is_str(resolve(".", "base"), "./kernel/d/base.ko", "a module alone, its whole name");
	is_str(resolve(".", "top"), "./kernel/d/base.ko ./kernel/d/mid-one.ko ./kernel/d/top.ko",
	       "what a module needs comes first");
	is_str(resolve(".", "base top mid_one top"),
	       "./kernel/d/base.ko ./kernel/d/mid-one.ko ./kernel/d/top.ko", "each file once");
	is_str(resolve(".", "last base2"), "./kernel/l/last.ko ./kernel/d/base2.ko",
	       "the order of the names is kept");
	is_str(resolve(".", "mid_one"), "./kernel/d/base.ko ./kernel/d/mid-one.ko", "_ finds -");
	is_str(resolve(".", "other-one"), "./kernel/x/other_one.ko.zst", "- finds _");
	is_str(resolve(".", "packed gz"),
	       "./kernel/x/other_one.ko.zst ./kernel/x/packed.ko.xz ./kernel/x/gz.ko.gz",
	       "compressed modules are found");
	is_str(resolve(".", "built_in end"), "", "what is built in adds nothing");
	is_str(resolve(".", "nowhere? base"), "./kernel/d/base.ko",
	       "an optional name is passed over");
	is_str(resolve(".", "mid-one?"), "./kernel/d/base.ko ./kernel/d/mid-one.ko",
	       "an optional name that exists is taken");
	is_str(resolve(".", "base nowhere"), "ENOENT nowhere", "a missing name is named");
	is_str(resolve(".", "bas"), "ENOENT bas", "the beginning of a name is not the name");
	is_str(resolve(".", "ase"), "ENOENT ase", "the end of a name is not the name");
	is_str(resolve(".", "broken"), "ENOENT broken", "a needed file without a line is refused");
	is_str(resolve(".", "broken?"), "ENOENT broken?", "even for an optional name");
	is_str(resolve(".", "ring_a"), "ELOOP ring_a", "a ring is refused");
	is_str(resolve(".", "self"), "ELOOP self", "a module that needs itself is refused");
	unlink("modules.builtin");
	is_str(resolve(".", "base"), "./kernel/d/base.ko", "modules.builtin may be missing");
	is_str(resolve(".", "built_in"), "ENOENT built_in", "then nothing is built in");
	is_str(resolve("nowhere", "base"), "ENOENT ", "without modules.dep it is an error");
	write_index("modules.dep", "");
	is_str(resolve(".", "base"), "ENOENT base", "an empty modules.dep has no module");
}

static void test_real_tree(void)
{
	static const char *const names[] = {"virtio_pci?", "virtio_blk?", "squashfs?",
					    "dm-verity?",  "overlay?",    "virtio_console?",
					    "virtio_net?"};
	struct strv files = {0};
	struct kernel kernel = {0};
	struct timespec begin, end;
	const char *missing;
	char fetched[4096], *cache;

	/* The fetched one: that of kconfig/, which comes first, has everything built in. */
	cache = kernel_cache_dir();
	snprintf(fetched, sizeof(fetched), "%s/kernels/%s", cache,
		 config_arch_name(config_host_arch()));
	free(cache);
	setenv("PITH_KERNEL_DIR", fetched, 1);
	if (kernel_find_default(config_host_arch(), &kernel) != 0 || kernel.modules == NULL) {
		kernel_free(&kernel);
		ok(true, "a real tree # SKIP no kernel with modules is fetched (make vm-assets)");
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	is_int(modules_resolve(kernel.modules, names, 7, &files, &missing), 0, "a real tree");
	clock_gettime(CLOCK_MONOTONIC, &end);
	for (size_t i = 0; i < files.count; i++)
		ok(access(files.items[i], R_OK) == 0, "%s exists", files.items[i]);
	double ms =
	    (double)(end.tv_sec - begin.tv_sec) * 1e3 + (double)(end.tv_nsec - begin.tv_nsec) / 1e6;
	ok(ms < 50, "resolved in %.1f ms, below 50 ms with sanitizers", ms);
	strv_free(&files);
	kernel_free(&kernel);
}

int main(void)
{
	char command[64];

	if (mkdtemp(work) == NULL || chdir(work) != 0)
		abort();
	test_by_hand();
	test_real_tree();
	snprintf(command, sizeof(command), "rm -rf %s", work);
	ok(system(command) == 0, "the temporary folder is removed");
	return done();
}
