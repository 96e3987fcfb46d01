#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --standalone: the program is PID 1 itself and reports by three lines.
# shellcheck disable=SC2016
. tests/exec/lib.sh

script() { # script LINE...: $WORK/init
	printf '%s\n' '#!/bin/sh' 'say() { echo "{\"pith\":1,\"event\":$1,\"us\":0}" >&3; }' "$@" >"$WORK/init"
	chmod +x "$WORK/init"
}
end='echo b >/proc/sysrq-trigger; while :; do :; done'

script 'say "\"stage\",\"stage\":\"app\""' 'echo "PID $$ in $PWD, fd $PITH_REPORT_FD"; printf "<%s>" "$@"; echo; cat; echo err >&2' \
	'say "\"stage\",\"stage\":\"stop\""' 'say "\"outcome\",\"outcome\":\"app-exit\",\"code\":7,\"signal\":0,\"message\":\"\""' "$end"
echo input >"$WORK/input"
STDIN=$WORK/input run_exec --standalone --cwd /run --add /bin/cat --result "$WORK/result.json" "$WORK/init" 'a  b' '' $'c\nd'
is "$STATUS" 7 "the code that it reports"
is "$(cat "$WORK/out")" "PID 1 in /run, fd 3
<a  b><><c
d>
input" "it is PID 1, with its arguments, folder and standard streams"
is "$(cat "$WORK/err")" err "... apart"
is "$(jq -r .outcome "$WORK/result.json")" app-exit "... and --result tells"
run_exec --standalone --cwd /run --add /bin/cat "$WORK/init" x
is "$STATUS $(tail -n 1 "$WORK/out")" "7 <x>" "without input it reads the end of it"

run_exec --standalone /bin/true
is "$STATUS" 125 "no report is no success"
like "$(cat "$WORK/err")" 'panic: .*Attempted to kill init' "... but the end of PID 1"

script 'say "\"stage\",\"stage\":\"app\""' 'echo up' 'while read -r line; do [ "$line" != stop ] || break; done <&3' 'echo asked' \
	'say "\"outcome\",\"outcome\":\"app-signal\",\"code\":0,\"signal\":15,\"message\":\"\""' "$end"
"$PITH" exec --standalone "$WORK/init" >"$WORK/out" 2>"$WORK/err" </dev/null &
pid=$!
for ((i = 0; i < 1200; i++)); do
	grep -q up "$WORK/out" && break
	kill -0 "$pid" 2>/dev/null || break
	sleep 0.05
done
kill -INT "$pid"
wait "$pid"
is "$? $(cat "$WORK/out")" "130 up
asked" "a stop request comes as a line"

mkfs.erofs "$WORK/empty.erofs" "$(mkdir "$WORK/empty" && echo "$WORK/empty")" >/dev/null 2>&1
run_exec --standalone --rootfs "$WORK/empty.erofs" none
is "$STATUS" 127 "a program that cannot be executed is told by pith-init"
run_exec --standalone --user 1 /bin/true
is "$STATUS" 2 "--user with it is refused"
run_exec --standalone --output /x /bin/true
is "$STATUS" 2 "--output with it is refused"
like "$(cat "$WORK/err")" 'need pith-init, which --standalone ends' "... in words"
finish
