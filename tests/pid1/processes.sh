#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Reaping, stopping, and what an app may do to its PID 1.
. tests/pid1/lib.sh

run_app orphans 300 + zombies + exit 3
like "$OUT" '^zombies=0$' "orphans are reaped while the child runs"
is "$(outcome)" app-exit:3:0 "... and their exit codes are not the child's"
SECONDS=0
run_app orphans 20000 + zombies + exit 0
like "$OUT" '^zombies=0$' "20,000 orphans are reaped"
is "$(outcome)" app-exit:0:0 "... and do not disturb the outcome"

SECONDS=0
run_app grandchild 1000 + grandchild 1000 + exit 4
is "$(outcome)" app-exit:4:0 "grandchildren do not keep PID 1 from the end"
ok $((SECONDS > 3)) "... nor wait for KILL when TERM does"
run_app daemon + sleep 1000
is "$(outcome)" app-exit:0:0 "a child that became a daemon has ended"
SECONDS=0
app grandchild 0 + daemon + ignore-term + echo ignoring + sleep 1000
run_init stop_timeout_ms=300 "${APP[@]}"
is "$(outcome)" app-exit:0:0 "a process that ignores TERM"
ok $((SECONDS > 5)) "... is killed after the stop timeout"

if strace -o /dev/null true 2>/dev/null; then
	TRACER="strace -qq -f -e trace=kill,recvmsg -o $WORK/trace" run_app exit 5
	is "$(outcome) $(grep -cE 'kill\(-1|recvmsg' "$WORK/trace")" "app-exit:5:0 0" \
		"with the child gone there is nobody to ask, and without dm-verity no event to look for"
	TRACER="strace -qq -f -e trace=kill -o $WORK/trace" run_app daemon + sleep 1000
	is "$(outcome) $(grep -c 'kill(-1, SIGTERM' "$WORK/trace")" "app-exit:0:0 1" "... and what it left is asked"
else
	skip "nobody is asked to end where nobody is left" "strace cannot trace here"
fi

ready() { jq -c 'select(.event == "runner") | .line.event' <<<"$REPORT"; }
app notify STATUS=starting + notify READY=1 + notify READY=1 + exit 4
run_init notify=yes "${APP[@]}"
is "$(ready) $(outcome)" '"ready" app-exit:4:0' "READY=1 of the app is reported, once"
run_init notify=yes user=1000:1000 "${APP[@]}"
is "$(ready) $(outcome)" '"ready" app-exit:4:0' "... of one with another user too"
app notify READY=0 + notify "STATUS=READY=1" + env
run_init notify=yes "${APP[@]}"
is "$(ready)" "" "nothing else is taken for it"
like "$OUT" '^NOTIFY_SOCKET=@' "... and the app is told where"
run_app env + notify READY=1
is "$(outcome) $(ready)" "app-exit:99:0 " "without notify=yes there is no such socket"

run_app kill -1 9 + zombies + exit 6
is "$(outcome)" app-exit:6:0 "kill -9 -1 by the child"
run_app kill 1 9 + kill 1 19 + kill 1 11 + kill 1 6 + exit 6
is "$(outcome)" app-exit:6:0 "KILL, STOP, SEGV and ABRT to PID 1 do nothing"
run_app grandchild 1000 + kill -1 15 + exit 2
is "$(outcome)" app-exit:2:0 "TERM to everybody but PID 1 and the sender"

# shellcheck disable=SC2016
export ROOT_HOOK='mkdir run tmp dev/shm
	for path in run tmp dev/shm; do mount -t tmpfs -o size=512k tmpfs "$path"; done'
run_app fill /run/x + fill /dev/shm/x + fill /tmp/x + echo finished + exit 0
is "$(outcome)" app-exit:0:0 "full /run, /dev/shm and /tmp"
like "$OUT" '^filled /run/x: No space left on device after [1-9]' "... were full"

unset ROOT_HOOK

for signal in TERM INT PWR USR1 USR2; do
	app wait-term + exit 8
	BACKGROUND=1 run_init "${APP[@]}"
	wait_for "waiting for TERM"
	kill -s "$signal" "$(init_pid)"
	wait_init
	is "$(outcome)" app-exit:8:0 "SIG$signal to PID 1 is a stop request: the child gets TERM"
done
app sleep 1000
BACKGROUND=1 run_init "${APP[@]}"
wait_for '"stage":"app"'
kill -s HUP "$(init_pid)"
kill -s WINCH "$(init_pid)"
kill -s TERM "$(init_pid)"
wait_init
is "$(outcome)" app-signal:0:15 "a child that TERM ends is an app-signal; HUP and WINCH do nothing"
app ignore-term + echo ignoring + sleep 1000
BACKGROUND=1 run_init stop_timeout_ms=2000 "${APP[@]}"
wait_for "ignoring"
asked=${EPOCHREALTIME/./}
kill -s TERM "$(init_pid)"
wait_init
took_ms=$(((${EPOCHREALTIME/./} - asked) / 1000))
is "$(outcome)" app-signal:0:9 "a child that ignores TERM is killed"
ok $((took_ms < 2000 || took_ms > 3500)) "... after its grace of 2000 ms, and no second one ($took_ms ms)"
app grandchild 1000 + signal 19 + exit 1
BACKGROUND=1 run_init stop_timeout_ms=2000 "${APP[@]}"
wait_for '"stage":"app"'
kill -s TERM "$(init_pid)"
wait_init
is "$(outcome)" app-signal:0:15 "a stopped child is continued, so that TERM ends it"
finish
