#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole tree ends with pith, however pith ends: by itself, by signals, by SIGKILL; and what the tree
# does (orphans, double forks, sessions of its own, ignoring signals) does not matter.
# shellcheck disable=SC2016 # dollars are for the shells below pith
. tests/tap.sh
. tests/supervise/lib.sh

# Every process of a test has PITH_TEST_MARK in its environment: survivors are found whatever they do.
await() { # await COMMAND...: until it succeeds, 10 s at most
	local end=$((SECONDS + 10))
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.02
	done
}
# shellcheck disable=SC2317 # called through await
nothing_left() { [ -z "$(survivors)" ]; }
# shellcheck disable=SC2317
survivors() { grep -lzxs "PITH_TEST_MARK=$MARK" /proc/[0-9]*/environ | tr -dc '0-9\n'; }
errors=$WORK/err
start() { # start OPTION...: pith in the background with a mark of its own; sets $pid
	MARK=$$-$RANDOM$RANDOM
	rm -f "$WORK"/ready* "$WORK"/said
	PITH_TEST_MARK=$MARK "$PITH" run "$@" "$WORK/c.toml" >"$WORK/out" 2>"$errors" 8<&- &
	pid=$!
}
ended() { # ended NAME: nothing of the last start is left
	await nothing_left
	ok $? "$1: nothing is left"
}
supervisor() { pgrep -P "$pid" -x pith; }

config manage 'sleep 1000 & exit 0' 'setsid sleep 1000 & (setsid sleep 1001 &) ; exit 0'
start
wait $pid
is $? 0 "processes that leave children behind succeed"
ended "grandchildren, also in sessions of their own"

config manage 'sleep 1000 & touch ready; wait'
start
await test -e "$WORK/ready"
kill $pid
wait $pid
is $? 143 "SIGTERM to pith: 143"
ended "SIGTERM"

start
await test -e "$WORK/ready"
kill -INT $pid
wait $pid
is $? 130 "SIGINT to pith: 130"
ended "SIGINT"

config manage 'trap "echo bye >said; exit 3" TERM; touch ready; sleep 1000 & wait'
start
await test -e "$WORK/ready"
kill $pid
wait $pid
is "$? $(cat "$WORK/said")" "3 bye" "SIGTERM reaches the process, which ends with its own code"
ended "SIGTERM that is handled"

config manage 'trap "" TERM INT HUP; touch ready; while :; do sleep 1000; done'
start
await test -e "$WORK/ready"
began=$SECONDS
kill $pid
sleep 0.3
kill $pid
wait $pid
is $? 143 "a second SIGTERM kills what ignores the first: 143"
ok $((SECONDS - began > 3)) "... at once"
like "$(<"$WORK/err")" 'SIGTERM again' "... and says so"
ended "second SIGTERM"

start
await test -e "$WORK/ready"
began=$SECONDS
kill $pid
wait $pid
is $? 143 "what ignores SIGTERM is killed after its grace: 143"
ok $((SECONDS - began < 4 || SECONDS - began > 12)) "... and not before"
ended "grace"

config manage 'trap "sleep 0.5; exit 0" TERM; touch ready; sleep 1000 & wait; wait'
MARK=$$-$RANDOM
rm -f "$WORK/ready"
PITH_TEST_MARK=$MARK timeout 1 "$PITH" run "$WORK/c.toml" 2>"$WORK/err"
is $? 124 "timeout(1) ends it"
unlike "$(<"$WORK/err")" 'again' "... and its two signals are one request"
ended "timeout(1)"

config manage 'trap "" TERM; setsid sleep 1000 & sleep 1000 & touch ready; wait; sleep 1000'
start
await test -e "$WORK/ready"
kill -KILL "$(supervisor)"
wait $pid
is $? 125 "SIGKILL of the supervisor: 125"
like "$(<"$WORK/err")" 'supervisor was killed by SIGKILL' "... and says so"
ended "SIGKILL of the supervisor"

start
await test -e "$WORK/ready"
{ kill -KILL $pid && wait $pid; } 2>/dev/null
ended "SIGKILL of what the user started"

config manage 'touch ready; exec sleep 1000'
start
await test -e "$WORK/ready"
{ kill -KILL "$(supervisor)" $pid && wait $pid; } 2>/dev/null
ended "SIGKILL of both at once, with a process that has no children (as QEMU)"

config manage 'i=0; while [ $i -lt 300 ]; do (sh -c "exit 9" &); i=$((i+1)); done; exit 0'
start
wait $pid
is $? 0 "300 orphans that fail are nobody's failure"

# Unprivileged and limited, so that it is a nuisance to pith and not to the machine; a user of this test only,
# as the limit counts all its processes. In a subshell: a shell that cannot fork ends.
{
	printf 'mode = "manage"\n[[process]]\ntype = "shell"\nargv = ["setpriv", "--reuid=%d", "--clear-groups", "sh", "-c", "%s"]\n' \
		$((60000 + $$ % 5000)) 'b() { b & b & wait; }; (b) 2>/dev/null; exec sleep 1000'
	printf 'rlimits = { nproc = 200 }\n[[process]]\ntype = "shell"\ncommand = "sleep 0.3; exit 6"\n'
} >"$WORK/c.toml"
if [ "$(id -u)" = 0 ]; then
	start
	wait $pid
	is $? 6 "a process that forks without end does not hold up the failure of another"
	ended "fork bomb"
else
	skip "fork bomb" "not root, so it cannot be given to a user of its own"
fi

config manage 'kill -STOP $$; exit 0' 'sleep 0.3; exit 8'
start
wait $pid
is $? 8 "a stopped process does not hold up the end"
ended "stopped process"

(
	trap '' HUP PIPE
	config manage 'grep -E "^Sig(Blk|Ign)" /proc/self/status'
	"$PITH" run "$WORK/c.toml" >"$WORK/pith.state"
	grep -E "^Sig(Blk|Ign)" /proc/self/status >"$WORK/own.state"
)
is "$(<"$WORK/pith.state")" "$(<"$WORK/own.state")" "a process gets the signal state that pith was started with"

{
	echo 'mode = "manage"'
	for _ in $(seq 1000); do printf '[[process]]\ntype = "shell"\nargv = ["sleep", "1000"]\n'; done
	printf '[[process]]\ntype = "shell"\ncommand = "touch ready; sleep 1000"\n'
} >"$WORK/c.toml"
start
await test -e "$WORK/ready"
inner=$(supervisor)
rss=$(awk '/^VmHWM/ { print $2 }' "/proc/$inner/status")
fds=$(find "/proc/$inner/fd" -type l | wc -l)
ok $((rss > 65536)) "1000 processes: $rss KiB, below 64 MiB"
ok $((fds > 2100)) "1000 processes: $fds descriptors, two for each"
kill $pid
wait $pid
is $? 143 "1000 processes end on SIGTERM"
ended "1000 processes"

# Those that have ended keep nothing open.
{
	echo 'mode = "manage"'
	for _ in $(seq 1000); do printf '[[process]]\ntype = "shell"\nargv = ["true"]\n'; done
	printf '[[process]]\ntype = "shell"\ncommand = "touch ready; sleep 1000"\n'
} >"$WORK/c.toml"
start
await test -e "$WORK/ready"
inner=$(supervisor)
# shellcheck disable=SC2317 # called through await
few_descriptors() { [ "$(find "/proc/$inner/fd" -type l | wc -l)" -lt 30 ]; }
await few_descriptors
ok $? "1000 processes that have ended: $(find "/proc/$inner/fd" -type l | wc -l) descriptors are left"
kill $pid
wait $pid
is $? 143 "... and the one that runs ends on SIGTERM"
ended "1000 processes that have ended"

# Standard error is a pipe that is full, and nobody reads it.
errors=$WORK/full
mkfifo "$errors"
exec 8<>"$errors"
fill() { dd if=/dev/zero of="$errors" bs=65536 count=1 oflag=nonblock 2>"$WORK/dd"; }
# shellcheck disable=SC2317 # called through await
is_gone() { ! kill -0 "$1"; }
runs_and_ends() { await test -s "$WORK/ready.pid" && await is_gone "$(cat "$WORK/ready.pid")"; }
config manage 'sleep 1000 & touch ready; wait' 'echo $$ >"ready.pid"; exec sleep 1000'
fill
start --timeout 500ms
runs_and_ends
ok $? "--timeout ends what runs, though nobody reads what pith says about it"
kill -0 $pid
is $? 0 "... and what it says is kept"
head -c 65536 <&8 >/dev/null
wait $pid
is $? 124 "... until somebody does"
timeout 10 head -n 3 <&8 >"$WORK/err"
is "$(head -n 1 "$WORK/err")" "pith: error: --timeout: not ended after 0.5 s: stopping" "... who gets it, from its first line"
ended "--timeout with a full standard error"
dd if="$errors" of=/dev/null bs=65536 iflag=nonblock 2>"$WORK/dd"
fill
start --timeout 500ms --result "$WORK/result.json"
runs_and_ends
kill $pid
await is_gone $pid
wait $pid
is "$? $(jq -r .outcome "$WORK/result.json")" "124 run-timeout" "a signal ends the wait for a reader"
ended "a signal, with a full standard error"
fill
config manage 'until [ -s ready.pid ]; do sleep 0.02; done; exit 3' 'echo $$ >"ready.pid"; exec sleep 1000'
start --events "$errors"
runs_and_ends
ok $? "events for a full pipe do not hold up the run"
exec 8>&-
wait $pid
is $? 3 "... and a reader that goes away ends the wait"
ended "events for a full pipe"
finish
