/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a result file: spans stay within the run, and the critical path has no gaps. */
#include <stdlib.h>

#include "../../runner/timeline.h"
#include "../../runner/timeline_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_value *result = NULL;
	struct timeline timeline;
	const char *why;
	int64_t at = 0;

	if (json_parse((const char *)data, size, &result) < 0)
		return 0;
	if (timeline_read(&timeline, result, &why) == 0) {
		for (size_t i = 0; i < timeline.lane_count; i++) {
			const struct timeline_lane *lane = &timeline.lanes[i];

			require(0 <= lane->start_us && lane->start_us <= lane->end_us &&
				lane->end_us <= timeline.end_us);
			for (size_t j = 0; j < lane->span_count; j++)
				require(lane->start_us <= lane->spans[j].start_us &&
					lane->spans[j].start_us <= lane->spans[j].end_us &&
					lane->spans[j].end_us <= lane->end_us);
		}
		for (size_t i = 0; i < timeline.step_count; i++) {
			require(timeline.steps[i].start_us == at && timeline.steps[i].end_us > at);
			at = timeline.steps[i].end_us;
		}
		require(at == timeline.end_us);
		FILE *out = fopen("/dev/null", "w");
		if (out != NULL) {
			timeline_write_table(out, &timeline);
			timeline_write_svg(out, &timeline, "a");
			fclose(out);
		}
	}
	timeline_free(&timeline);
	json_free(result);
	return 0;
}
