#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The kernel's own unit tests: a kernel built with kconfig/kunit.config runs them at boot, and pith exec
# reads their results from its log. That kernel is a minimal one, which `make test` builds.
. tests/exec/lib.sh
kernel=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH-pith-minimal-kunit
if [ "$ARCH" != x86_64 ]; then
	skip "KUnit at boot" "kconfig/minimal.config knows x86_64's machine"
	finish
fi
[ -e "$kernel/vmlinuz" ]
ok $? "its kernel is built: scripts/build-kernel $ARCH minimal kunit" || finish
run_exec --transport mmio --kernel "$kernel/vmlinuz" --tests ktap --tests-source console --tests-output summary \
	--junit "$WORK/kunit.xml" "$PAYLOAD" exit 0
is "$STATUS" 0 "a kernel whose tests pass" || sed 's/^/# /' "$WORK/out"
like "$(cat "$WORK/out")" '^[1-9][0-9]* passed, 0 failed' "... in words"
[ "$(xmllint --xpath 'count(//testcase[contains(@classname, ".list-kunit-test")])' "$WORK/kunit.xml")" -gt 20 ]
ok $? "... the list tests, each by its name, in JUnit" || grep -c testcase "$WORK/kunit.xml" | sed 's/^/# /'
run_exec --transport mmio --kernel "$kernel/vmlinuz" --append 'kunit.filter_glob=list*' --tests ktap --tests-source console \
	--junit "$WORK/kunit.xml" "$PAYLOAD" exit 0
is "$STATUS $(xmllint --xpath 'count(//testcase[not(contains(@classname, ".list"))])' "$WORK/kunit.xml")" "0 0" \
	"suites can be chosen"
finish
