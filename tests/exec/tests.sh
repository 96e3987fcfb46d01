#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --tests: results of tests in TAP and KTAP, from the program or the kernel's log.
. tests/exec/lib.sh

results() { # results TEXT [COMMAND]: a script that prints them and goes on with COMMAND
	printf "#!/bin/sh\nprintf '%%s\\\\n' '%s'\n%s\n" "$1" "${2:-}" >"$WORK/results"
	chmod +x "$WORK/results"
}

results $'TAP version 13\n1..2\nok 1 - a\nok 2 - b # SKIP no reason'
run_exec --tests auto --junit "$WORK/junit.xml" "$WORK/results"
is "$STATUS" 0 "all passed"
is "$(head -n 1 "$WORK/out")" "TAP version 13" "the output is passed on as it is"
is "$(xmllint --xpath 'count(//testcase)' "$WORK/junit.xml") $(xmllint --xpath 'count(//skipped)' "$WORK/junit.xml")" \
	"2 1" "JUnit has the tests"

results $'TAP version 13\n1..3\nok 1 - a\nnot ok 2 - b' 'kill -SEGV $$'
run_exec --tests tap --tests-output summary --junit "$WORK/junit.xml" "$WORK/results"
is "$STATUS" 139 "a crash in the middle is the crash"
like "$(cat "$WORK/out")" 'not ok|FAILED|failed' "the summary tells of the failed test"
like "$(cat "$WORK/out")" '3 tests were planned' "... of those that never came"
like "$(cat "$WORK/out")" 'ended by signal 11' "... and of the crash"
like "$(cat "$WORK/junit.xml")" 'ended by signal 11' "... and so does JUnit"

results $'KTAP version 1\n1..1\n    KTAP version 1\n    1..2\n    ok 1 x\n    not ok 2 y\nnot ok 1 suite'
run_exec --tests ktap --tests-output tap "$WORK/results"
is "$STATUS" 1 "a failed subtest, though the program ends with 0"
like "$(cat "$WORK/out")" '^ +not ok 2' "subtests are kept"

results 'nothing'
run_exec --tests auto "$WORK/results"
is "$STATUS" 1 "no test at all is no success"

"$PITH" exec --tests auto --junit "$WORK/none.xml" ./missing 2>"$WORK/err"
is "$?" 127 "a program that does not exist"
like "$(cat "$WORK/none.xml")" 'exec-failed' "... is an error in JUnit"
run_exec --tests-output tap "$PAYLOAD"
is "$STATUS" 2 "--tests-output without --tests is refused"
"$PITH" exec --name job --junit "$WORK/none.xml" ./missing 2>"$WORK/err"
is "$? $(xmllint --xpath 'count(//error)' "$WORK/none.xml")" "127 1" "--junit without --tests: the run itself is the test"
is "$(xmllint --xpath 'string(//testsuite/@name)' "$WORK/none.xml")" job "... and --name is its name"

# The kernel's own log, as KUnit writes to it.
printf '#!/bin/sh\nprintf "KTAP version 1\\n1..1\\nok 1 kernel_test\\n" >/dev/kmsg; echo told\n' >"$WORK/results"
run_exec --tests ktap --tests-source console "$WORK/results"
is "$STATUS $(cat "$WORK/out")" "0 told" "results in the kernel's log"
finish
