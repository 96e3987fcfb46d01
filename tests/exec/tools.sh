#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec in the place where tools take a command: meson, also for another architecture; a GitHub
# Actions workflow, whose lines are run as they stand; the kernel's own selftests.
. tests/exec/lib.sh
TOP=$PWD
PATH=$(dirname "$PITH"):$PATH
CACHE=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}

# meson: tests by exit code (77: skipped) and by TAP.
mkdir "$WORK/meson"
cat >"$WORK/meson/meson.build" <<'END'
project('demo', 'c')
program = executable('program', 'program.c', link_args: '-static')
test('passes', program, args: ['0'])
test('skipped', program, args: ['77'])
test('fails', program, args: ['3'], should_fail: true)
test('tap', program, args: ['tap'], protocol: 'tap')
END
cat >"$WORK/meson/program.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (getppid() != 1)
		return 99;
	if (argc == 1)
		return 0;
	if (strcmp(argv[1], "tap") != 0)
		return atoi(argv[1]);
	puts("1..2\nok 1 - a\nok 2 - b");
	return 0;
}
END
# Under emulation meson's own limit of 30 s a test is short on a busy machine.
cd "$WORK/meson" || exit 1
meson setup native >"$WORK/out" 2>&1
ok $? "meson sets up" || sed 's/^/# /' "$WORK/out"
meson test -C native --wrapper 'pith exec --memory 128M' --timeout-multiplier 10 --num-processes 1 >"$WORK/out" 2>&1
is "$?" 0 "meson test --wrapper 'pith exec'" || sed 's/^/# /' "$WORK/out"
like "$(cat "$WORK/out")" 'Ok: +2' "... two that pass"
like "$(cat "$WORK/out")" 'Expected Fail: +1' "... one that fails, as it should"
like "$(cat "$WORK/out")" 'Skipped: +1' "... one that is skipped"
unset PITH_KERNEL_DIR
if [ -x "$TOP/build/aarch64/pith-init" ] && command -v aarch64-linux-gnu-gcc >/dev/null; then
	cat >aarch64.ini <<-'END'
		[binaries]
		c = 'aarch64-linux-gnu-gcc'
		exe_wrapper = ['pith', 'exec', '--memory', '128M']

		[properties]
		needs_exe_wrapper = true

		[host_machine]
		system = 'linux'
		cpu_family = 'aarch64'
		cpu = 'aarch64'
		endian = 'little'
	END
	PITH_EXEC_ARGS="--sysroot /usr/aarch64-linux-gnu" meson setup --cross-file aarch64.ini cross >"$WORK/out" 2>&1
	ok $? "meson sets up for aarch64: its own check runs by the exe_wrapper" || sed 's/^/# /' "$WORK/out"
	meson test -C cross --timeout-multiplier 10 --num-processes 1 tap >"$WORK/out" 2>&1
	is "$?" 0 "... and a test" || sed 's/^/# /' "$WORK/out"
else
	skip "meson for aarch64" "not built: make ARCH=aarch64"
fi
cd "$TOP" || exit 1

# GitHub Actions: a step's shell is bash -e; what a step adds to GITHUB_PATH is there from the next on.
mkdir "$WORK/project"
cd "$WORK/project" || exit 1
ln -s "$TOP" pith
cat >tests.c <<'END'
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	printf("1..2\nok 1 - a\n%s 2 - below PID 1\n", getppid() == 1 ? "ok" : "not ok");
	return 0;
}
END
printf '[options]\nmemory = "128M"\ntests = "auto"\n[axis.cpus]\none = {}\ntwo = { cpus = 2 }\n' >matrix.toml
export GITHUB_PATH=$WORK/github-path
: >"$GITHUB_PATH"
steps=0
while IFS= read -r line; do
	steps=$((steps + 1))
	PATH=$(tr '\n' ':' <"$GITHUB_PATH")$PATH bash --noprofile --norc -e -o pipefail -c "$line" >"$WORK/out" 2>&1 </dev/null
	is "$?" 0 "a step of the workflow: $line" || sed 's/^/# /' "$WORK/out" | tail -n 20
done < <(sed -n 's/^      - run: //p' "$TOP/examples/ci/github.yml")
is "$steps" 7 "all its steps are run"
is "$(xmllint --xpath 'count(//testcase)' results.xml) $(xmllint --xpath 'count(//testsuite)' matrix.xml)" "2 2" \
	"the files that it uploads are there"
cd "$TOP" || exit 1

# kselftest, from the kernel's source where that is cached.
source=$(find "$CACHE/source" -name 'linux-source-*.tar.xz' 2>/dev/null | sort -V | tail -n 1)
if [ -z "$source" ]; then
	skip "kselftest" "no kernel source is cached: scripts/build-kernel fetches it"
	finish
fi
tree=$CACHE/kselftest/$(basename "$(dirname "$(dirname "$(dirname "$source")")")")
if [ ! -d "$tree" ]; then
	mkdir -p "$CACHE/kselftest"
	fresh=$(mktemp -d "$CACHE/kselftest/.work.XXXXXX")
	tar -C "$fresh" --strip-components=1 --wildcards -xf "$source" '*/tools/testing/selftests' '*/scripts'
	mv "$fresh" "$tree"
fi
cp -r "$tree" "$WORK/kernel"
make -s -C "$WORK/kernel/tools/testing/selftests" TARGETS="size sigaltstack" KHDR_INCLUDES='' install \
	INSTALL_PATH="$WORK/kselftest" >"$WORK/out" 2>&1
ok $? "kselftest is built and installed as usual" || sed 's/^/# /' "$WORK/out"
pith_kselftest() { # in the tree of this system
	(cd "$WORK/kselftest" && "$PITH" exec --rootfs / --tests ktap --junit "$WORK/kselftest.xml" \
		"$WORK/kselftest/run_kselftest.sh") >"$WORK/out" 2>"$WORK/err" </dev/null
	STATUS=$?
}
pith_kselftest
is "$STATUS" 0 "run_kselftest.sh in a fresh kernel" || sed 's/^/# /' "$WORK/err"
like "$(cat "$WORK/out")" '^ok 1 selftests: size: get_size' "... its output"
is "$(xmllint --xpath 'count(//testcase[contains(@classname,"sigaltstack")])' "$WORK/kselftest.xml")" 3 "... the subtests in JUnit"
printf '#!/bin/sh\necho "TAP version 13"\necho 1..1\necho not ok 1 broken\nexit 1\n' >"$WORK/kselftest/size/get_size"
pith_kselftest
is "$STATUS" 1 "a selftest that fails"
finish
