#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec's options by hand: what is refused, in one line that says what is accepted, and files
# that are none.
. tests/exec/lib.sh

# Results go where a name leads, and replace no device.
"$PITH" exec --result /dev/stdout --junit /dev/fd/3 "$PAYLOAD" echo said 3>"$WORK/junit" >"$WORK/out" 2>&1 </dev/null
is "$? $(head -n 1 "$WORK/out") $(tail -n +2 "$WORK/out" | jq -r .outcome) $(grep -c '<testcase' "$WORK/junit")" \
	"0 said app-exit 1" "--result /dev/stdout comes behind the output, --junit /dev/fd/3 to that descriptor"
printf 'before\n' >"$WORK/log"
"$PITH" exec --result /dev/stderr "$PAYLOAD" echo said >>"$WORK/log" 2>&1 </dev/null
is "$? $(head -n 2 "$WORK/log" | tr '\n' ' ')$(tail -n +3 "$WORK/log" | jq -r .outcome)" "0 before said app-exit" "... and >> log 2>&1 appends"
ln -s /dev/full "$WORK/full"
run_exec --result "$WORK/full" "$PAYLOAD" exit 0
is "$STATUS $(readlink "$WORK/full") $(cat "$WORK/err")" "125 /dev/full pith: error: $WORK/full: No space left on device" \
	"a device is written to, and not replaced"
run_exec --output "f=$WORK/full" --cwd /out "$PAYLOAD" write f text
is "$STATUS $(readlink "$WORK/full") $(cat "$WORK/err")" "125 /dev/full pith: error: $WORK/full: No space left on device" "--output likewise, said once"
"$PITH" exec --help >/dev/full 2>"$WORK/err"
is "$? $(cat "$WORK/err")" "125 pith: error: standard output: No space left on device" "what pith prints is written or a failure"
finish
