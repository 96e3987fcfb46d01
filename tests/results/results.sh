#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Test results as JUnit, TAP and a summary: the XML is read by a real parser, whatever bytes went in.
. tests/tap.sh

convert=$TOOLS/tests-convert
kunit='[    0.1] KTAP version 1
[    0.1] 1..2
[    0.1]     KTAP version 1
[    0.1]     # Subtest: example
[    0.1]     1..4
[    0.1]     ok 1 good
[    0.1]     # bad: EXPECTATION FAILED at lib/x.c:29
[    0.1]     Expected 1 + 1 == 3 && "<]]>", but
[    0.1]     not ok 2 bad
[    0.1]     ok 3 skipped # SKIP not "here"
[    0.1]     not ok 4 known # XFAIL since ever
[    0.1] not ok 1 example
[    0.1]     KTAP version 1
[    0.1]     # Subtest: crashing
[    0.1]     1..3
[    0.1]     ok 1 before
[    0.1] BUG: kernel NULL pointer dereference'

# Reads JUnit: the counts must be those of the cases; one line a case.
read_junit() {
	python3 -c '
import sys, xml.etree.ElementTree as ET
root = ET.fromstring(sys.stdin.buffer.read())
assert root.tag == "testsuites"
for suite in root:
    cases = suite.findall("testcase")
    def count(tag): return sum(case.find(tag) is not None for case in cases)
    assert len(suite) == len(cases) == int(suite.get("tests")), suite.attrib
    for tag, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert count(tag) == int(suite.get(name)), (tag, suite.attrib)
    float(suite.get("time"))
    for case in cases:
        assert case.get("name") and len(case) <= 1
        verdict = "".join(child.tag + " [" + child.get("message") + "] " + repr(child.text or "") for child in case)
        print(case.get("classname"), "/", case.get("name") + ":", verdict or "passed")
' 2>&1
}

is "$("$convert" auto junit <<<"$kunit" | read_junit)" "suite.example / good: passed
suite.example / bad: failure [] 'bad: EXPECTATION FAILED at lib/x.c:29\\nExpected 1 + 1 == 3 && \"<]]>\", but\\n'
suite.example / skipped: skipped [not \"here\"] ''
suite.example / known: skipped [failed, as expected] ''
suite.crashing / before: passed
suite.crashing / the group as a whole: error [3 tests were planned, 1 seen] 'BUG: kernel NULL pointer dereference\\n'
suite / the tests as a whole: error [2 tests were planned, 1 seen] ''" "KUnit's log with a crash in the middle, as JUnit"
"$convert" auto junit <<<"$kunit" >/dev/null
is $? 1 "is no success"

# As Linux 6.1 wrote it to a serial console: twelve suites, and a panic for want of an init.
recorded=tests/results/recorded/kunit-6.1.log
is "$("$convert" ktap summary <"$recorded" | tail -n 1)" "87 passed, 0 failed, 2 skipped" "a recorded log of KUnit"
is "$("$convert" auto junit <"$recorded" | read_junit | cut -d/ -f1 | sort -u | wc -l)" 12 "... with its suites"
like "$("$convert" auto junit <"$recorded" | read_junit)" '^suite.example / example_skip_test: skipped' "... and its tests by name"
sed '/ok 20 /d' "$recorded" | "$convert" ktap summary >"$WORK/cut"
is "$?" 1 "... a line of which is missing" || tail -n 3 "$WORK/cut" | sed 's/^/# /'
head -n 100 "$recorded" | "$convert" ktap summary >"$WORK/cut"
is "$?" 1 "... and half of it, as after a crash"

is "$("$convert" auto junit <<<'' | read_junit)" "suite / the tests as a whole: error [no test result was seen] ''" "no output is an error"
is "$("$convert" tap junit <<<'1..0 # SKIP no disk' | read_junit)" "suite / the tests as a whole: skipped [no disk] ''" "all skipped is one case"
printf '1..1\nok 1\n' | "$convert" tap junit >"$WORK/good.xml"
is $? 0 "a success"
is "$(read_junit <"$WORK/good.xml")" "suite / test 1: passed" "a test without a name gets one"
is "$(printf '1..1\nok 1 a\n' | RUN_ERROR='the guest panicked: <Fatal>' "$convert" tap junit | read_junit)" \
	"suite / a: passed
suite / run: error [the guest panicked: <Fatal>] ''" "what befell the run is a case of its own"

# Bytes that XML cannot hold, all of them, in a name, a reason and a note.
python3 -c '
import sys
hostile = bytes(b for b in range(256) if b not in (10, 13)) + "\ufffe\uffff\ud7ff\U0010ffff\u0085".encode() + b"\xed\xa0\x80]]>&amp;"
sys.stdout.buffer.write(b"1..2\nnot ok 1 " + hostile + b"\n# " + hostile + b"\nok 2 " + hostile.replace(b"#", b"") + b" # SKIP " + hostile + b"\n")
' >"$WORK/hostile"
like "$("$convert" tap junit <"$WORK/hostile" | read_junit | wc -l)" '^2$' "hostile bytes: valid XML with both cases"
if command -v xmllint >/dev/null; then
	"$convert" tap junit <"$WORK/hostile" | xmllint --noout -
	ok $? "xmllint agrees"
fi
"$convert" tap tap <"$WORK/hostile" | LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177]')"
is $? 1 "no control character gets into TAP"
"$convert" tap summary <"$WORK/hostile" | LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177]')"
is $? 1 "nor into the summary"

is "$("$convert" auto summary <<<"$kunit")" "FAILED  example / bad
        bad: EXPECTATION FAILED at lib/x.c:29
        Expected 1 + 1 == 3 && \"<]]>\", but
FAILED  crashing: 3 tests were planned, 1 seen
        BUG: kernel NULL pointer dereference
2 passed, 1 failed, 1 skipped, 1 failed as expected, 2 incomplete or failed as a group
The run is no success: 2 tests were planned, 1 seen" "the summary of it"
is "$(printf '1..2\nok 1 a\nok 2 b\n' | "$convert" auto summary)" "2 passed, 0 failed" "the summary of a success"
is "$(printf 'ok 1 a\n    1..1\n    not ok 1 x\nnot ok 2 - b\n1..2\n' | "$convert" auto tap)" "TAP version 13
1..2
ok 1 - a
    # Subtest: b
    1..1
    not ok 1 - x
not ok 2 - b" "as TAP"

if command -v prove >/dev/null; then
	printf '#!/bin/sh\ncat %s\n' "$WORK/again" >"$WORK/again.t"
	"$convert" auto tap <<<"$kunit" >"$WORK/again"
	like "$(prove -e sh "$WORK/again.t" 2>&1)" 'Bailout called.*2 tests were planned' "prove reads our TAP, and stops at what was cut short"
	printf '1..1\n    1..1\n    ok 1 x\nok 1 g\n' | "$convert" auto tap >"$WORK/again"
	like "$(prove -e sh "$WORK/again.t" 2>&1)" 'Result: PASS' "and passes what passed"
else
	skip "prove reads our TAP" "perl's prove is not installed"
fi
finish
