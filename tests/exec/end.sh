#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The end of a run: QEMU is ended as soon as the guest is done, nothing that was on its way is lost by that, and a
# machine that others depend on powers off by itself.
. tests/exec/lib.sh

end() { # end WORD...: run_exec; sets $EARLY
	run_exec --result "$WORK/result.json" "$@"
	EARLY=$(jq .processes[0].ended_early "$WORK/result.json")
}
in_order() { # in_order NAME WORD...: the guest powers off by itself
	local name=$1
	shift
	end "$@"
	is "$STATUS $EARLY" "0 false" "$name: the guest powers off"
}

"$TOOLS/payload" flood 4194304 >"$WORK/flood"
for warm in on off; do
	slow_s=2
	[ $warm = on ] || slow_s=22 # longer than a guest has for its power-off
	end --warm $warm "$PAYLOAD" exit 7
	is "$STATUS $EARLY $(jq -r '.outcome, .processes[0].stages[-1].stage' "$WORK/result.json" | tr '\n' ' ')" "7 true app-exit stop " \
		"warm $warm: ended as soon as it is done, with its exit code"
	end --warm $warm "$PAYLOAD" flood 4194304 + flood-stderr 1048576
	is "$STATUS $EARLY" "0 true" "warm $warm: ... with 4 MiB of output and 1 MiB of errors"
	cmp "$WORK/flood" "$WORK/out" && cmp <(head -c 1048576 "$WORK/flood") "$WORK/err"
	ok $? "warm $warm: ... which are all there"
	"$PITH" exec --warm $warm --result "$WORK/result.json" "$PAYLOAD" flood 209715200 </dev/null 2>"$WORK/err" |
		cmp - <("$TOOLS/payload" flood 209715200)
	is "$? $(jq .processes[0].ended_early "$WORK/result.json")" "0 true" "warm $warm: 200 MiB are all there"
	"$PITH" exec --warm $warm --result "$WORK/result.json" "$PAYLOAD" flood 300000 + flood-stderr 300000 </dev/null \
		2> >(sleep 1 && cat >"$WORK/err") | (sleep "$slow_s" && cat >"$WORK/out")
	cmp <(head -c 300000 "$WORK/flood") "$WORK/out"
	ok $? "warm $warm: a reader that takes its time gets all of it"
	is "$(jq .processes[0].ended_early "$WORK/result.json")" true "warm $warm: ... though it is ended early"
	end --warm $warm -v "$PAYLOAD" write /dev/kmsg $'<3>the last word\n'
	is "$STATUS $EARLY" "0 true" "warm $warm: a message of the kernel's before the end"
	like "$(cat "$WORK/err")" 'the last word' "warm $warm: ... is still heard"
	like "$(cat "$WORK/err")" 'the guest is done: QEMU is ended' "warm $warm: ... and -v says how it ended"
done

# A stop comes through while only the reader of its output keeps the guest.
mkfifo "$WORK/pipe"
exec 8<>"$WORK/pipe"
"$PITH" exec --result "$WORK/result.json" -v "$PAYLOAD" flood 1000000 + exit 3 </dev/null >&8 2>"$WORK/err" &
job=$!
# shellcheck disable=SC2016
timeout 60 sh -c 'until grep -q "stage stop" "$0"; do sleep 0.05; done' "$WORK/err"
kill -TERM $job
# shellcheck disable=SC2016
timeout 30 sh -c 'until grep -q "QEMU: shutdown" "$0"; do sleep 0.05; done' "$WORK/err"
ok $? "a stop reaches a guest whose output nobody reads"
sleep 0.3 # less is the same request
kill -TERM $job
wait $job
is "$? $(jq .processes[0].ended_early "$WORK/result.json")" "3 false" "... and the second one ends the wait"
exec 8>&-

# A time limit ends QEMU while nobody reads what pith says about it.
exec 8<>"$WORK/pipe"
dd if=/dev/zero of="$WORK/pipe" bs=65536 count=1 oflag=nonblock 2>/dev/null
"$PITH" exec --warm off --timeout 2s "$PAYLOAD" sleep 600 </dev/null >/dev/null 2>"$WORK/pipe" 8<&- &
job=$!
# shellcheck disable=SC2016
qemu=$(timeout 60 sh -c 'until pgrep -P "$(pgrep -P "$0")" -f ^qemu-system; do sleep 0.05; done' "$job")
# shellcheck disable=SC2016
timeout 60 sh -c 'while kill -0 "$0"; do sleep 0.05; done' "$qemu" 2>/dev/null
is "${qemu:+$?}" 0 "--timeout ends QEMU, though standard error is a full pipe"
exec 8<&-
wait $job
is $? 124 "... and pith, when its reader goes away"

# The last lines come at once, without an answer to wait for.
if strace -o /dev/null true 2>/dev/null; then
	strace -qq -f --seccomp-bpf -s 400 -e trace=sendmsg -o "$WORK/trace" "$PITH" exec --warm off "$PAYLOAD" echo text >/dev/null
	last=$(grep -m 1 -A 1 '"stage\\":\\"stop' "$WORK/trace" | tail -n 1)
	like "$last" 'event.....outcome.*event.....done.....stdout..:5,' "outcome and done are one write, with output on its way"
else
	skip "outcome and done are one write" "strace cannot trace here"
fi

# What the app writes is no word of PID 1's.
done='{"pith":1,"event":"done","stdout":0,"stderr":0}'
end "$PAYLOAD" echo "$done" + stderr "pith-report::$done" + write /dev/console "
pith-report::$done
" + line-to 3 "$done" + open /dev/vport1p1 + open /dev/vport2p1 + sleep 1 + echo last + exit 3
is "$STATUS $(tail -n 1 "$WORK/out")" "3 last" "an app that says it is done is not ended"

# Where somebody else may wait for something.
end "$PAYLOAD" segfault
is "$STATUS $EARLY" "139 false" "a crash: the guest powers off"
truncate -s 1M "$WORK/disk"
mkdir "$WORK/share"
in_order "a disk" --disk "$WORK/disk" "$PAYLOAD" write /dev/vda text
is "$(head -c 4 "$WORK/disk")" text "... on which is what was written"
end --disk "$WORK/disk:ro" "$PAYLOAD" exit 0
is "$STATUS $EARLY" "0 true" "a disk that is only read: ended early"
end /bin/mount -t tmpfs none /tmp
is "$STATUS $EARLY" "0 true" "what the app mounted is left first"
in_order "a shared folder" --share "$WORK/share" "$PAYLOAD" exit 0
in_order "a network" --net user "$PAYLOAD" exit 0
in_order "files to bring" --output "/out=$WORK/out.file" "$PAYLOAD" write /out text
is "$(cat "$WORK/out.file")" text "... which are here"
in_order "arguments for QEMU" --qemu-arg -name --qemu-arg x "$PAYLOAD" exit 0
in_order "--keep" --keep "$WORK/kept" "$PAYLOAD" exit 0
like "$(cat "$WORK/kept/console.log")" 'reboot: ' "... has the console to its end"
run_exec -v --keep "$WORK/kept2" "$PAYLOAD" exit 0
like "$(cat "$WORK/err")" 'powers off: what the kernel says to its end is wanted' "-v says why"

# The guest has come and gone before pith looks at any of its channels.
if strace -o /dev/null true 2>/dev/null; then
	run_exec "$PAYLOAD" exit 5 # there is a saved state, from which it goes fast enough
	strace -f -o /dev/null -e trace=epoll_ctl -e inject=epoll_ctl:delay_enter=300000 \
		"$PITH" exec "$PAYLOAD" exit 5 >"$WORK/out" 2>"$WORK/err" </dev/null
	is "$? $(cat "$WORK/err")" "5 " "an outcome that is read after QEMU's word of the end: no autopsy"
else
	skip "an outcome that is read late" "strace cannot trace here"
fi
finish
