/* SPDX-License-Identifier: Apache-2.0 */
#include "../../init/text.h"

#include "../tap.h"

#include <arpa/inet.h>

static bool reads(const char *text, uint64_t wanted, size_t size)
{
	const char *end;

	return text_number(text, &end) == wanted && end == text + size &&
	       text_number(text, NULL) == wanted;
}

/* Whether both take it, and for the same, or both refuse it. */
static bool same_address(const char *text)
{
	uint8_t ours[4] = {0}, theirs[4] = {0};
	const bool taken = text_ipv4(text, ours);

	return taken == (inet_pton(AF_INET, text, theirs) == 1) &&
	       (!taken || memcmp(ours, theirs, sizeof(ours)) == 0);
}

static bool same_place(const char *text, const char *wanted)
{
	return text_find(text, wanted) == strstr(text, wanted);
}

int main(void)
{
	static const char *const addresses[] = {"0.0.0.0",
						"10.0.2.15",
						"255.255.255.255",
						"256.0.0.1",
						"1.2.3",
						"1.2.3.4.5",
						"1.2.3.",
						"1..2.3",
						"01.2.3.4",
						"1.2.3.00",
						"",
						".",
						"1.2.3.4 ",
						" 1.2.3.4",
						"-1.2.3.4",
						"1.2.3.a",
						"1.2.3.4294967297",
						"1.2.3.18446744073709551617"};

	ok(reads("0", 0, 1) && reads("12345 kB", 12345, 5) && reads("007\n", 7, 3), "a number");
	ok(reads("", 0, 0) && reads("-1", 0, 0) && reads(" 1", 0, 0) && reads("x", 0, 0), "none");
	ok(reads("18446744073709551615", UINT64_MAX, 20), "the largest");
	ok(reads("18446744073709551616", UINT64_MAX, 20) &&
	       reads("184467440737095516150", UINT64_MAX, 21) &&
	       reads("99999999999999999999999999999999", UINT64_MAX, 32),
	   "what does not fit");
	ok(same_place("a b - c - d", " - ") && same_place("abab", "b") && same_place("aaab", "aab"),
	   "the first place");
	ok(same_place("", "a") && same_place("ab", "abc") && same_place("abc", "d"), "no place");
	ok(same_place("abc", "abc") && same_place("abc", "c") && same_place("abc", ""),
	   "at the ends");
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		ok(same_address(addresses[i]), "'%s' as inet_pton has it", addresses[i]);
	return done();
}
