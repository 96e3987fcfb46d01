/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a matrix file and as a JUnit part: no crash; every run has a name and words that are
 * options; what is merged can be merged again, with as many suites. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/junit_merge.h"
#include "../../runner/matrix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void merge(const char *text, size_t size)
{
	char *merged = NULL, *again = NULL;
	size_t merged_size = 0, again_size = 0;
	FILE *out = open_memstream(&merged, &merged_size);

	if (out == NULL)
		abort();
	fputs("<testsuites>\n", out);
	int count = junit_merge_suites(out, text, size);
	fputs("</testsuites>\n", out);
	if (fclose(out) != 0 || (out = open_memstream(&again, &again_size)) == NULL)
		abort();
	if (junit_merge_suites(out, merged, merged_size) != (count < 0 ? 0 : count))
		abort();
	fclose(out);
	free(merged);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct matrix matrix = {0};
	struct strv errors = {0};
	const char *text = (const char *)data;

	if (matrix_parse(&matrix, "m", text, size, &errors) == 0) {
		if (matrix.count == 0)
			abort();
		for (size_t i = 0; i < matrix.count; i++) {
			if (matrix.runs[i].name[0] == '\0')
				abort();
			for (size_t j = 0; j < matrix.runs[i].words.count; j++)
				if (strncmp(matrix.runs[i].words.items[j], "--", 2) != 0)
					abort();
		}
	} else if (errors.count == 0) {
		abort();
	}
	matrix_free(&matrix);
	strv_free(&errors);
	merge(text, size);
	return 0;
}
