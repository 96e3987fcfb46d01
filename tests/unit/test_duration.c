/* SPDX-License-Identifier: Apache-2.0 */
/* Durations on the command line. */
#include "../../runner/duration.h"
#include "../tap.h"

static void accepts(const char *text, unsigned long long wanted_ms)
{
	uint64_t ms = 12345678;

	ok(duration_parse(text, &ms) == 0 && ms == wanted_ms, "'%s' is %llu ms", text, wanted_ms);
}

int main(void)
{
	static const char *const refused[] = {
	    "",
	    "s",
	    ".",
	    "1.",
	    ".5",
	    "-1",
	    "+1",
	    " 1",
	    "1 s",
	    "1ss",
	    "1x",
	    "1.2.3",
	    "1e3",
	    "0x1",
	    "1S",
	    "1d",
	    "99999999999999999999",
	    "31536001",
	    "8761h",
	};
	uint64_t ms;

	accepts("0", 0);
	accepts("10", 10000);
	accepts("0.5", 500);
	accepts("10s", 10000);
	accepts("500ms", 500);
	accepts("2m", 120000);
	accepts("1.5m", 90000);
	accepts("1h", 3600000);
	accepts("0.001s", 1);
	accepts("0.0000001", 0);
	accepts("31536000", DURATION_MAX_MS);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(duration_parse(refused[i], &ms) < 0, "'%s' is refused", refused[i]);
	return done();
}
