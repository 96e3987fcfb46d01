#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Exit codes of pith run with shell processes: success, the first failure, signals, exec, refusals.
. tests/tap.sh
. tests/supervise/lib.sh

run() { # run OPTION...: sets $code, $out, $err
	timeout 60 "$PITH" run "$@" "$WORK/c.toml" >"$WORK/out" 2>"$WORK/err"
	code=$?
	out=$(<"$WORK/out") err=$(<"$WORK/err")
}

for mode in manage exec; do
	for want in 0 1 7 126 127 255; do
		config $mode "exit $want"
		run
		is $code $want "$mode: exit $want"
	done
	config $mode 'kill -SEGV $$'
	run
	is $code 139 "$mode: SIGSEGV is 139"
	config $mode 'echo out; echo err >&2'
	run -q
	is "$out$err" outerr "$mode: standard output and error are the process's own"
	printf 'mode = "%s"\n[[process]]\ntype = "shell"\nargv = ["/nonexistent/program"]\n' $mode >"$WORK/c.toml"
	run
	is $code 127 "$mode: a program that does not exist is 127"
	like "$err" '/nonexistent/program: No such file' "$mode: ... and is named"
	printf 'mode = "%s"\n[[process]]\ntype = "shell"\nargv = ["/etc/passwd"]\n' $mode >"$WORK/c.toml"
	run
	is $code 126 "$mode: a file that cannot be executed is 126"
	like "$err" '/etc/passwd: Permission denied' "$mode: ... and is named"
	printf 'mode = "%s"\n[[process]]\ntype = "shell"\ncwd = "/nonexistent"\ncommand = "true"\n' $mode >"$WORK/c.toml"
	run
	is $code 125 "$mode: a working directory that does not exist is 125"
	like "$err" 'cwd /nonexistent: No such file' "$mode: ... and is named"
	printf 'mode = "%s"\n[[process]]\ntype = "shell"\ncommand = "pwd"\n' $mode >"$WORK/c.toml"
	run -q
	is "$out" "$WORK" "$mode: the working directory is the configuration's folder"
done

config exec 'echo $$'
"$PITH" run "$WORK/c.toml" >"$WORK/out" &
pid=$!
wait $pid
is "$(<"$WORK/out")" "$pid" "exec: the shell has pith's own PID"

config manage 'exit 0' 'exit 0' 'sleep 0.1'
run
is $code 0 "manage: all succeed: 0"
is "$err" "" "manage: ... and nothing is said"
config manage 'sleep 0.2; exit 7' 'sleep 100' 'sleep 100; exit 3'
began=$SECONDS
run
is $code 7 "manage: the first failure is the exit code"
ok $((SECONDS - began > 10)) "manage: ... and ends the rest"
like "$err" 'process1: app-exit 7' "manage: ... and is named"
config manage 'exit 9' 'trap "exit 4" TERM; sleep 100 & wait'
run
is $code 9 "manage: what the rest exits with does not count"

config manage 'exit 0'
run --result "$WORK/r.json"
is "$(jq -c '[.exit_code, .outcome, .processes[0].outcome]' "$WORK/r.json")" '[0,"app-exit","app-exit"]' "--result of a success"
config exec 'exit 5'
run --result "$WORK/r.json"
is "$code $(jq -c '[.exit_code, .first_failure]' "$WORK/r.json")" '5 [5,"process1"]' "--result of a failure, in mode exec"
config exec 'rmdir gone; exit 5'
mkdir "$WORK/gone"
run --result "$WORK/gone/r.json"
is $code 5 "a result that cannot be written keeps the app's exit code"
config manage 'rmdir gone'
mkdir "$WORK/gone"
run --result "$WORK/gone/r.json"
is $code 125 "... but is not success"
config manage 'touch ran'
for option in --result --junit --events; do
	run $option "$WORK/none/file"
	is "$code $err" "125 pith: error: $WORK/none/file: No such file or directory" "$option that cannot be written is said at once"
	run $option "$WORK"
	is "$code $err" "125 pith: error: $WORK: Is a directory" "... as is a folder"
done
[ ! -e "$WORK/ran" ]
ok $? "... and nothing is run"

config manage 'exit 7' 'sleep 100' 'exit 0'
run --events "$WORK/e.jsonl" --junit "$WORK/j.xml" --tap --no-labels
is "$code" 7 "--events, --junit, --tap"
is "$(jq -rs 'map(select(.event == "process-end") | .process + "=" + (.code | tostring)) | .[0]' "$WORK/e.jsonl")" "process1=7" "--events tells of each end"
ok $(($(jq -s 'map(select(.event == "process-start")) | length' "$WORK/e.jsonl") < 1)) "... and of each start"
is "$(python3 -c 'import sys, xml.etree.ElementTree as x; s = x.parse(sys.argv[1]).getroot().find("testsuite"); print(s.get("tests"), s.get("failures"), s.get("skipped"))' "$WORK/j.xml" | cut -d " " -f 1,2)" "3 1" "--junit has each process"
like "$out" '^not ok 1 - process1' "--tap tells what failed"
like "$out" '^ok 2 - process2 # SKIP' "... and what has no result of its own"
run --events "$WORK/none/e.jsonl"
is "$code" 125 "an events file that cannot be opened is 125"
config exec 'exit 0'
run --tap
like "$out" '^ok 1 - process1' "--tap in mode exec"

config manage 'sleep 100' 'sleep 0.1'
began=$SECONDS
run --timeout 500ms
is $code 124 "--timeout is 124"
ok $((SECONDS - began > 10)) "... at its time"
like "$err" 'not ended after 0.5 s' "... and said"
config manage 'sleep 0.1'
run --timeout 30s
is $code 0 "--timeout that does not pass changes nothing"

for words in "--timeout abc" "--timeout" "--timeout=-1" "--boot-timeout 1x" "--nonsense" "$WORK/c.toml" "--result"; do
	# shellcheck disable=SC2086
	"$PITH" run "$WORK/c.toml" $words >"$WORK/out" 2>"$WORK/err"
	is $? 2 "usage: '${words//$WORK\//}' is refused"
done
"$PITH" run >"$WORK/out" 2>"$WORK/err"
is $? 2 "usage: no configuration is refused"
"$PITH" run "$WORK/none.toml" 2>"$WORK/err"
is $? 2 "a configuration that cannot be read is 2"
like "$(<"$WORK/err")" 'none.toml' "... and is named"
"$PITH" "$WORK/c.toml"
is $? 0 "pith CONFIG.toml alone runs it"
finish
