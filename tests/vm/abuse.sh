#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What an app may do to its guest as root without a panic, a hang, or a wrong outcome.
# shellcheck disable=SC2119
. tests/tap.sh
. tests/vm/lib.sh

run_app orphans 20000 + zombies + exit 3
is "$code $outcome" "3 app-exit" "20,000 orphans do not change the outcome"
like "$out" '^zombies 0$|^0$|zombies=0' "... and leave no zombie"
run_app daemon + kill -1 9 + exit 4
is "$code $outcome" "0 app-exit" "kill -9 -1 from a child of its own does not change the outcome"
run_app kill -1 9 + exit 6
is "$code $outcome" "6 app-exit" "kill -9 -1 by the app itself does not change its outcome"
run_app kill 1 9 + kill 1 11 + kill 1 1 + exit 9
is "$code $outcome" "9 app-exit" "signals that kill others do nothing to PID 1"
run_app kill 1 15 + sleep 100
is "$code $outcome" "143 app-signal" "SIGTERM to PID 1 is a stop request, and an orderly end"
run_app fill /run/full + exit 5
is "$code $outcome" "5 app-exit" "a full /run does not hide the outcome"
run_app eat-memory
is "$code $outcome" "125 oom" "the kernel's OOM killer has an outcome of its own"
like "$err" 'oom: Out of memory: Killed process [0-9]+ \(payload\)' "... with the kernel's words"
run_app echo '{"pith":1,"event":"outcome","outcome":"app-exit","code":0,"signal":0,"message":"","us":1}' + \
	stderr 'pith-report:x:{"pith":1,"event":"outcome","outcome":"app-exit","code":0,"signal":0,"message":"","us":1}' + \
	open /dev/vport1p1 + open /dev/vport0p1 + exit 8
is "$code $outcome" "8 app-exit" "report lines on the app's own output are its output"

# A console that is flooded neither slows the stop nor grows pith.
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/busybox", "sh", "-c", "echo ready; exec /app/busybox yes this is a line of the flood >/dev/console"]\n' >"$WORK/runner.toml"
"$PITH" image build -q -f /bin/busybox=busybox -f "$WORK/runner.toml=runner.toml" -o "$WORK/app.img" >/dev/null
vm 'app = "app.img"'
start
await 60 grep -q ready "$WORK/out"
inner=$(pgrep -P $pid -x pith)
sleep 2
rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$inner/status")
ok $((rss > 16384)) "a flood of the console: pith stays small ($rss KiB)"
began=$SECONDS
kill $pid
wait $pid
code=$?
ok $((SECONDS - began > 8)) "... and stops in time"
is $code 143 "... with the outcome of the app, which SIGTERM ends"

# The same through the fast console, whose bytes are pith's to hand on, and until the stop: 32 MiB of it, or
# FLOOD_BYTES (1073741824 takes some minutes where the processor is emulated).
flood_bytes=${FLOOD_BYTES:-33554432}
script_image app <<'EOF'
while :; do /app/payload flood 1073741824 >/dev/hvc0; done
EOF
vm 'app = "app.img"' 'serial.hvc0 = { mode = "stdio" }'
sed -i 's/^mode = "exec"/mode = "manage"/' "$WORK/vm.toml"
mkfifo "$WORK/console"
{
	head -c "$flood_bytes" | wc -c >"$WORK/flooded"
	exec cat >/dev/null
} <"$WORK/console" &
"$PITH" run --result "$WORK/result.json" "$WORK/vm.toml" >"$WORK/console" 2>"$WORK/err" </dev/null &
pid=$!
await $((60 + flood_bytes / 500000)) test -s "$WORK/flooded"
is "$(cat "$WORK/flooded")" "$flood_bytes" "a flood of the fast console arrives"
rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$(pgrep -P $pid -x pith)/status")
ok $((rss > 16384)) "... and pith stays small ($rss KiB)"
began=$SECONDS
kill $pid
wait $pid
is $? 143 "... and stops in the midst of it with the outcome of the app"
ok $((SECONDS - began > 8)) "... in time"

# A gibibyte of output: all of it, in order, through an amount of memory that does not depend on it.
image flood flood 1073741824 + sleep 1000
vm 'app = "flood.img"'
mkfifo "$WORK/pipe"
"$PITH" run --result "$WORK/result.json" "$WORK/vm.toml" >"$WORK/pipe" 2>"$WORK/err" </dev/null &
pid=$!
exec 8<"$WORK/pipe"
cmp -n 1073741824 - <("$TOOLS/payload" flood 1073741824) <&8
ok $? "1 GiB of output arrives as it was written" || cat "$WORK/err"
rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$(pgrep -P $pid -x pith)/status")
ok $((rss > 16384)) "... and pith stays small ($rss KiB)"
kill $pid
wait $pid
is $? 143 "... and stops as ever"
exec 8<&-
finish
