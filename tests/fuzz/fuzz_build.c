/* SPDX-License-Identifier: Apache-2.0 */
/* A build.toml: refused with a message, or an order in which everything can be made. And a
 * configuration, into which hashes are written: the result is a configuration again. */
#include <stdint.h>
#include <stdlib.h>

#include "../../runner/build_expect.h"
#include "../../runner/build_file.h"

static void check_order(const struct build *build)
{
	for (size_t i = 0; i < build->image_count; i++) {
		const struct build_items *inner = &build->images[build->order[i]].images;
		for (size_t j = 0; j < inner->count; j++) {
			size_t before = 0;
			while (before < i && build->order[before] != inner->items[j].image)
				before++;
			if (before == i)
				abort();
		}
	}
}

static void parse(const char *text, size_t size)
{
	static char word[] = "v=x";
	static char *words[] = {word, NULL};
	const struct strv variables = {words, size % 2, 2};
	bool known[2];
	struct build build;
	struct config_errors errors = {0};
	int result = build_file_parse("f.toml", text, size, &variables, known, &build, &errors);

	if ((result == 0) != (errors.messages.count == 0))
		abort();
	if (result == 0)
		check_order(&build);
	build_file_free(&build);
	config_errors_free(&errors);
}

static void write(const char *text, size_t size)
{
	static const char hash[] =
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct build_expectation expected[] = {
	    {.place = "a", .root_hash = hash},
	    {.place = "d/b", .sha256 = hash},
	    {.place = "c", .root_hash = hash, .name = "n", .version = 1},
	};
	struct config_errors errors = {0};
	char *result = NULL;
	size_t result_size = 0;
	int error = build_expect_write("f.toml", text, size, "c.toml", true, expected, 3, &result,
				       &result_size, &errors);

	if ((error == 0) != (errors.messages.count == 0) || (error == 0) != (result != NULL) ||
	    (error == 0 && result_size < size))
		abort();
	free(result);
	config_errors_free(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse((const char *)data, size);
	write((const char *)data, size);
	return 0;
}
