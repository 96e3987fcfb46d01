/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's version: what it says of itself, and which one is new enough. */
#include "../../runner/qemu_version.h"
#include "../tap.h"

static void accepts(const char *text, unsigned major, unsigned minor, unsigned micro)
{
	unsigned version[3];

	ok(qemu_version_parse(text, version) == 0 && version[0] == major && version[1] == minor &&
	       version[2] == micro,
	   "'%s' is %u.%u.%u", text, major, minor, micro);
}

int main(void)
{
	static const char *const refused[] = {"",
					      "8.2.1",
					      "QEMU emulator version ",
					      "QEMU emulator version 8",
					      "QEMU emulator version 8.",
					      "QEMU emulator version x.2",
					      "QEMU emulator version 8.2x",
					      "qemu emulator version 8.2.1",
					      "bash, version 5.2"};
	unsigned version[3];

	accepts("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright\n", 7, 2,
		22);
	accepts("QEMU emulator version 8.2.1\n", 8, 2, 1);
	accepts("QEMU emulator version 10.0", 10, 0, 0);
	accepts("QEMU emulator version 9.1.50 (v9.1.0-1-g12)", 9, 1, 50);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(qemu_version_parse(refused[i], version) < 0, "'%s' is refused", refused[i]);
	ok(qemu_version_is_at_least((unsigned[]){8, 2, 0}, 8, 2), "8.2 is at least 8.2");
	ok(qemu_version_is_at_least((unsigned[]){10, 0, 0}, 8, 2), "10.0 is at least 8.2");
	ok(!qemu_version_is_at_least((unsigned[]){8, 1, 99}, 8, 2), "8.1.99 is older");
	ok(!qemu_version_is_at_least((unsigned[]){7, 9, 0}, 8, 2), "7.9 is older");
	return done();
}
