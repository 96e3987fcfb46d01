/* SPDX-License-Identifier: Apache-2.0 */
/* JUnit files into one: which suites are taken, and which files are none. */
#include <errno.h>
#include <stdlib.h>

#include "../../runner/junit_merge.h"
#include "../tap.h"

static char *written;

static int merge(const char *text, size_t size)
{
	size_t written_size;
	FILE *out;

	free(written);
	out = open_memstream(&written, &written_size);
	int count = junit_merge_suites(out, text, size);
	fclose(out);
	return count;
}

static void takes(const char *text, int count, const char *wanted)
{
	is_int(merge(text, strlen(text)), count, text);
	is_str(written, wanted, "... as it stands");
}

static void refuses(const char *text)
{
	is_int(merge(text, strlen(text)), -EINVAL, text);
	is_str(written, "", "... with nothing written");
}

int main(void)
{
	takes("<?xml version=\"1.0\"?> <testsuites> <testsuite name=\"a\"></testsuite>"
	      "<testsuite name='b'/> </testsuites> ",
	      2, "  <testsuite name=\"a\"></testsuite>\n  <testsuite name='b'/>\n");
	takes("\xef\xbb\xbf<testsuite><!-- </testsuite> --><testcase n='>'/></testsuite>", 1,
	      "  <testsuite><!-- </testsuite> --><testcase n='>'/></testsuite>\n");
	takes("<testsuites><testsuite><testsuite/></testsuite></testsuites>", 1,
	      "  <testsuite><testsuite/></testsuite>\n");
	takes("<testsuite><x><![CDATA[</x> < ]]></x></testsuite>", 1,
	      "  <testsuite><x><![CDATA[</x> < ]]></x></testsuite>\n");
	takes("<testsuites><properties><testcase/></properties></testsuites>", 0, "");
	takes("<testsuites/>", 0, "");
	refuses("");
	refuses("x");
	refuses("<html></html>");
	refuses("<testsuites>");
	refuses("<testsuites></testsuite>");
	refuses("<testsuites><testsuite></testsuites>");
	refuses("<testsuites/><testsuites/>");
	refuses("<testsuites/>x");
	refuses("<testsuite><testcase name=\"a></testsuite>");
	refuses("<testsuite><testcase");
	refuses("<testsuite><a<b/></testsuite>");
	refuses("<testsuite><!-- </testsuite>");
	refuses("<testsuite><![CDATA[ </testsuite>");
	refuses("<!DOCTYPE x><testsuite/>");
	refuses("<testsuite></");
	refuses("<");
	is_int(merge("<testsuite>\0</testsuite>", 24), -EINVAL, "refused: a NUL byte");
	char deep[1024] = "<testsuite>";
	for (int i = 0; i < 100; i++)
		strcat(deep, "<a>");
	refuses(deep);
	free(written);
	return done();
}
