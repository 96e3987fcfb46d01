#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The shipped sources under a second compiler and a static analyser. The build itself is the first
# compiler's check.
. tests/tap.sh

output=$(make -s syntax 2>&1)
is "$?:$output" "0:" "clang has no warning about init/ and runner/, against musl's headers"

analyse() { # analyse FILE-OR-FOLDER...: one line a finding
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr -j 2 \
		--library=tests/lint/cppcheck.cfg --template='{file}:{line}: {id}: {message}' "$@" 2>&1
}
is "$(analyse init runner)" "" "cppcheck has no finding"
printf 'int f(void);\nint f(void)\n{\n\tint a[2];\n\ta[2] = 1;\n\treturn a[0];\n}\n' >"$WORK/bad.c"
like "$(analyse "$WORK/bad.c")" arrayIndexOutOfBounds "cppcheck finds what is wrong"
finish
