#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --matrix: what a file asks for and what is refused, all runs with one JUnit file, a single
# run as a job array makes it, the table on a terminal, the end by a signal; pith junit-merge.
. tests/exec/lib.sh
cd "$WORK" || exit 1
TOP=$OLDPWD
export PITH_CACHE=${PITH_CACHE:-$HOME/.cache/pith}

# What is asked for.
cat >m.toml <<'END'
[options]
memory = "128M"
env = ["A=1", "B=x y"]

[axis.size]
small = {}
big = { memory = 512, cpus = 2 }

[axis.kvm]
off = { kvm = "off" }
auto = { verbose = true }

[[exclude]]
size = "small"
kvm = "auto"

[[include]]
name = "odd"
binary = "./odd"
END
is "$("$PITH" exec --matrix m.toml --timeout 5s --dry-run ./prog 'a b' -- 2>&1)" \
	"1	small/off	pith exec --memory=128M --env=A=1 '--env=B=x y' --kvm=off --timeout 5s --name=small/off -- ./prog 'a b' --
2	big/off	pith exec --memory=128M --env=A=1 '--env=B=x y' --memory=512 --cpus=2 --kvm=off --timeout 5s --name=big/off -- ./prog 'a b' --
3	big/auto	pith exec --memory=128M --env=A=1 '--env=B=x y' --memory=512 --cpus=2 --verbose --timeout 5s --name=big/auto -- ./prog 'a b' --
4	odd	pith exec --memory=128M --env=A=1 '--env=B=x y' --timeout 5s --name=odd -- ./odd 'a b' --" \
	"--dry-run lists the runs: options of the file, of the values, of the command line"

printf '[axis.cpus]\n4 = { cpus = 4 }\n2 = { cpus = 2 }\n1 = {}\n' >numbers.toml
like "$("$PITH" exec --matrix numbers.toml --matrix-run 1 --dry-run "$PAYLOAD")" ' -smp 4 ' "--matrix-run: a number is one, whatever the runs are called"

# What is refused.
refused() { # refused REGEX TEXT: of a file
	local regex=$1
	printf '%s\n' "$2" >bad.toml
	run_exec --matrix bad.toml ./prog
	is "$STATUS" 2 "refused: ${2//$'\n'/; }"
	like "$(cat "$WORK/err")" "$regex" "... in words"
}
refused 'bad\.toml:1:1: nothing to run' ''
refused "bad\.toml:2:3: .*expected|bad\.toml:[0-9]+:[0-9]+: " $'[axis.a]\nb ='
refused "bad\.toml:1:1: unknown key 'jobs'; accepted are name, \[options\]" 'jobs = 2'
refused "bad\.toml:2:1: 'memmory' is no option of pith exec \(did you mean 'memory'\?\)" $'[options]\nmemmory = 1'
refused "bad\.toml:1:25: --memory '7X': accepted is 32M to 16T" 'axis.a.b = { memory =   "7X" }'
refused "bad\.toml:1:19: --cpus '-1': accepted is 1 to 255" 'axis.a.b = {cpus= -1 }'
refused "'cpus' is a float; accepted is a string or an integer" 'axis.a.b = { cpus = 1.5 }'
refused "'verbose' is a string; accepted is true or false" 'axis.a.b = { verbose = "yes" }'
refused "'add' holds an integer; accepted are strings" 'axis.a.b = { add = ["x", 1] }'
refused "'add' is a bool[a-z]*; accepted is a string or an array" 'axis.a.b = { add = true }'
refused "'junit' is not for a single run" 'options.junit = "x"'
refused "'matrix' is not for a single run" 'options.matrix = "x"'
refused "'binary' is an integer; accepted is the path" 'options.binary = 1'
refused "bad\.toml:1:6: 'a b' is no name for an axis" 'axis."a b".c = {}'
refused "'../x' is no name for a value" 'axis.a."../x" = {}'
refused "axis 'a' has no values" $'[axis.a]'
refused "'b' is an integer; accepted is a table of options" 'axis.a.b = 1'
refused "'axis' is an integer; accepted is tables" 'axis = 1'
refused "bad\.toml:4:1: 'x' is no axis" $'[axis.a]\nb = {}\n[[exclude]]\nx = "b"'
refused "bad\.toml:4:5: axis 'a' has no value 'c'" $'[axis.a]\nb = {}\n[[exclude]]\na = "c"'
refused "an exclude that names no axis" $'[axis.a]\nb = {}\n[[exclude]]'
refused "an include needs a 'name'" $'[[include]]\nmemory = 64'
refused "there is a run 'x' already" $'[[include]]\nname = "x"\n[[include]]\nname = "x"'
refused 'nothing to run' $'[axis.a]\nb = {}\n[[exclude]]\na = "b"'
refused "more than 10000 runs" "$(for a in a b c d e; do echo "[axis.$a]"; for v in 1 2 3 4 5 6 7 8; do echo "v$v = {}"; done; done)"
refused "more than 100000 combinations" "$(for a in a b c d e f g; do echo "[axis.$a]"; for v in 1 2 3 4 5 6 7 8; do echo "v$v = {}"; done; done)"
refused "bad.toml:1:1: unknown key 'x'" $'x = 1\ny = 2'
is "$(grep -c 'unknown key' "$WORK/err")" 2 "... every error, not only the first"
refuse_words() { # refuse_words REGEX WORD...
	local regex=$1
	shift
	run_exec "$@"
	is "$STATUS" 2 "refused: $*"
	like "$(cat "$WORK/err")" "$regex" "... in words"
}
refuse_words 'none\.toml: No such file' --matrix none.toml ./prog
refuse_words "run 'small/off' has no program" --matrix m.toml
refuse_words "--matrix-run '9': accepted is 1 to 4" --matrix m.toml --matrix-run 9 ./prog
refuse_words 'need --matrix' -j 2 ./prog
refuse_words "--jobs '0': accepted is 1 to 1024" --matrix m.toml -j 0 ./prog
refuse_words '--result is of one run' --matrix m.toml --result x ./prog
refuse_words '--name is not for a matrix' --matrix m.toml --name x ./prog
echo '--matrix=m.toml' >.pith-exec
refuse_words '\.pith-exec: --matrix is accepted on the command line only' ./prog
rm .pith-exec

# All of it for real: each architecture that is built, a failure, results of tests among them.
{
	echo '[axis.arch]'
	for arch in x86_64 aarch64 riscv64; do
		[ -x "$TOP/build/$arch/tests/payload" ] || continue
		echo "$arch = { binary = '$TOP/build/$arch/tests/payload', kernel = '$PITH_CACHE/kernels/$arch/vmlinuz' }"
	done
	printf '[[include]]\nname = "tests"\nbinary = "./results"\ntests = "tap"\n'
	printf '[[include]]\nname = "missing"\nbinary = "./missing"\n'
} >real.toml
printf '#!/bin/sh\necho 1..2\necho ok 1 - a\necho not ok 2 - b\n' >results
chmod +x results
runs=$("$PITH" exec --matrix real.toml --dry-run x | wc -l)
run_exec --matrix real.toml -j 2 --junit all.xml --matrix-dir parts payload-name echo hello + exit 0
is "$STATUS" 1 "a matrix with failures"
like "$(cat "$WORK/out")" '^ok    x86_64 +0 +[0-9.]+ s$' "a line for a run that passed"
like "$(cat "$WORK/out")" '^FAIL  tests +1 .*tests failed' "... for one whose tests failed"
like "$(cat "$WORK/out")" '^FAIL  missing +127 .*exec-failed: \./missing: No such file' "... for one that could not start, with the reason"
like "$(cat "$WORK/out")" '^      \| not ok 2 - b' "... with the end of its output"
like "$(tail -n 1 "$WORK/out")" "^$((runs - 2)) passed, 2 failed, in " "... and the sum"
is "$(xmllint --xpath 'count(//testsuite)' all.xml) $(xmllint --xpath 'count(//testcase)' all.xml)" "$runs $((runs + 1))" "one JUnit file has all suites"
is "$(xmllint --xpath 'string(//testsuite[@name="tests"]/@failures)' all.xml)" 1 "... with the tests of each"
is "$(cat parts/001-x86_64.log)" hello "--matrix-dir keeps the output"
is "$(jq -r .outcome parts/001-x86_64.json)" app-exit "... and the result"
is "$(jq -r '.processes[0].stages[0].stage' parts/001-x86_64.json)" work "... of a guest that was resumed, without a word about it"

# One run, as a job array does it.
run_exec --matrix real.toml --matrix-run tests --matrix-dir one payload-name
is "$STATUS $(sed -n 3p "$WORK/out")" "1 not ok 2 - b" "a single run is that run: its exit code, its output"
cp one/*-tests.xml first.xml
"$PITH" junit-merge -o merged.xml first.xml late=none.xml 2>"$WORK/err"
is "$?" 1 "junit-merge with a part that is missing"
like "$(cat "$WORK/err")" 'none\.xml: missing' "... says so"
is "$(xmllint --xpath 'string(//testsuite[@name="late"]/@errors)' merged.xml) $(xmllint --xpath 'string(//testsuite[@name="tests"]/@failures)' merged.xml)" \
	"1 1" "... and so does the file, beside the others"
"$PITH" junit-merge -o merged.xml first.xml all.xml
is "$? $(xmllint --xpath 'count(//testsuite)' merged.xml)" "0 $((runs + 1))" "merged files can be merged"
head -c 300 all.xml >cut.xml
"$PITH" junit-merge -o cut-merged.xml cut.xml 2>/dev/null
is "$? $(xmllint --xpath 'string(//testsuite/@errors)' cut-merged.xml)" "1 1" "half a file is an error"
for words in "" "-o x" "x.xml" "-o"; do
	# shellcheck disable=SC2086
	"$PITH" junit-merge $words 2>/dev/null
	is "$?" 2 "junit-merge $words: wrong usage"
done
"$PITH" junit-merge -o no/such/folder.xml first.xml 2>/dev/null
is "$?" 125 "a file that cannot be written"

# On a terminal: what runs is shown in place.
printf '[[include]]\nname = "a"\nbinary = "./missing"\n[[include]]\nname = "b"\nbinary = "./missing"\n' >quick.toml
script -qec "'$PITH' exec --matrix quick.toml -j 1" /dev/null <"/dev/null" >"$WORK/tty" 2>&1
is "$?" 1 "a matrix on a terminal"
like "$(cat "$WORK/tty")" '1 of 2 ended, 1 failed, 1 running' "... shows what runs"
like "$(cat "$WORK/tty")" $'\033\[2A\033\[J' "... and takes it back"

# A signal ends all, and what had not begun does not begin.
printf '[options]\nmemory = "128M"\n[axis.n]\na = {}\nb = {}\nc = {}\n' >three.toml
"$PITH" exec --matrix three.toml -j 2 --junit stop.xml "$PAYLOAD" sleep 600 </dev/null >"$WORK/out" 2>"$WORK/err" &
pith=$!
descendants() { # of PID, all levels
	local child
	for child in $(pgrep -P "$1"); do
		echo "$child"
		descendants "$child"
	done
}
for ((i = 0; i < 300; i++)); do
	all=$(descendants "$pith")
	# shellcheck disable=SC2086
	[ "$(ps -o comm= -p "$(paste -sd, <<<"${all:-1}")" | grep -c '^qemu')" = 2 ] && break
	sleep 0.1
done
kill -INT "$pith"
wait "$pith"
is $? 130 "SIGINT"
left=
for process in $all; do ! kill -0 "$process" 2>/dev/null || left+=" $process"; done
is "$left" "" "... leaves no process"
like "$(tail -n 1 "$WORK/out")" '^0 passed, 2 failed, 1 not run' "... tells what had not run"
is "$(xmllint --xpath 'count(//error)' stop.xml)" 3 "... and makes errors of all in JUnit"
like "$(cat stop.xml)" 'name="c".*|not run: stopped by SIGINT' "... in words"
finish
