#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --warm: a saved state is made once and resumed, guests are not clones in what must be unique,
# and a state that is damaged or does not resume costs time, not the run.
. tests/exec/lib.sh
[ "$(uname -m)" = x86_64 ] || { skip "saved states" "the tests know x86_64's QEMU"; finish; }
export PITH_KERNEL_DIR=${PITH_KERNEL_DIR:-${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH}
export PITH_CACHE=$WORK/cache
unset PITH_EXEC_ARGS

warm() { run_exec --warm on -v "$@"; }
said() { grep -c "$1" "$WORK/err"; }

# Eight at once build one.
mkdir "$WORK/eight"
pids=
for i in 1 2 3 4 5 6 7 8; do
	"$PITH" exec --warm on -v "$PAYLOAD" exit "$((10 + i))" </dev/null >"$WORK/eight/out$i" 2>"$WORK/eight/err$i" &
	pids+=" $!"
done
codes=
for pid in $pids; do
	wait "$pid"
	codes+=" $?"
done
is "$codes" " 11 12 13 14 15 16 17 18" "eight at once, each with its own exit code"
is "$(grep -l 'booting once' "$WORK"/eight/err* | wc -l) $(grep -l 'resumed the saved state' "$WORK"/eight/err* | wc -l)" "1 8" \
	"one of them saves the state, and all resume it"
is "$(stat -c %a "$PITH_CACHE/warm" "$PITH_CACHE"/warm/*/* | sort -u | tr '\n' ' ')" "600 700 " "the cache is its owner's alone"
like "$("$PITH" cache list | head -n 1)" "^[0-9a-f]{16} +[0-9.]+ MiB  used [0-9: -]+  $ARCH, 256 MiB, 1 processor, " "pith cache list"

# Not clones: a hundred of them, two at a time. How far a clock is behind its word's arrival here is the way
# of that too, and on a busy machine that is long; so the least of a hundred tells how right they are.
resume_unique() { # resume_unique NUMBER...: $WORK/uniqueN, and a line "NUMBER LAG" each
	local i line
	for i; do
		"$PITH" exec --warm on "$PAYLOAD" unique </dev/null 2>&1 | while read -r line; do
			echo "$line" >>"$WORK/unique$i"
			[[ $line != time=* ]] || awk -v i="$i" -v here="$EPOCHREALTIME" -v there="${line#time=}" 'BEGIN { print i, here - there }'
		done
	done
}
resume_unique $(seq 1 2 99) >"$WORK/lags1" &
resume_unique $(seq 2 2 100) >"$WORK/lags2"
wait $!
is "$(cat "$WORK"/lags[12] | wc -l) $(cat "$WORK"/unique* | grep -cvE '^(random|boot_id|stack|time)=')" "100 0" "100 resumed guests tell the time"
is "$(cat "$WORK"/lags[12] | sort -g -k 2 | awk '{ if ($2 < -0.05) print } NR == 1 && $2 > 0.05')" "" "... and none is ahead of, nor all are behind, the base system by 50 ms"
for what in random boot_id stack; do
	is "$(sed -n "s/^$what=//p" "$WORK"/unique* | sort -u | wc -l)" 100 "... and have 100 values of $what"
done

# Its files are gone with it; what it is given comes at the right place, with times and modes.
echo one >"$WORK/one"
chmod 640 "$WORK/one"
warm --add "$WORK/one=/tmp/here/one" --add "$WORK/one=/run/two" "$PAYLOAD" cat /tmp/here/one + cat /run/two + write /tmp/here/new x
is "$STATUS $(tr '\n' ' ' <"$WORK/out")" "0 one one " "files below /tmp and /run"
warm "$PAYLOAD" exists /tmp/here/new
like "$(cat "$WORK/out")" 'No such file' "nothing of one run is visible to another"
warm --add "$WORK/one=/data/one" --add /bin/ls --add /bin/sh /bin/ls -ln --time-style=+%s /data/one /bin
cp "$WORK/out" "$WORK/listing"
run_exec --warm off --add "$WORK/one=/data/one" --add /bin/ls --add /bin/sh /bin/ls -ln --time-style=+%s /data/one /bin
is "$(cat "$WORK/listing")" "$(cat "$WORK/out")" "modes, owners, times and links are as in a guest that booted"

# What speaks against it is said, and the run is right all the same.
truncate -s 1M "$WORK/disk.img"
warm --disk "$WORK/disk.img" "$PAYLOAD" open /dev/vda + exit 4
is "$STATUS $(said 'boots, in the place of resuming a saved state: a disk is looked at')" "4 1" "with a disk the guest boots"

run_exec --warm on --disk "$WORK/disk.img" "$PAYLOAD" exit 4
is "$STATUS $(cat "$WORK/err")" "4 pith: warning: payload: boots, in the place of resuming a saved state: a disk is looked at while the guest boots" \
	"... which --warm on says without -v"
run_exec -v "$PAYLOAD" exit 4
is "$STATUS $(said 'resumed the saved state')" "4 1" "without a word about it a state is resumed"

# A damaged state is noticed and made anew.
memory=$(echo "$PITH_CACHE"/warm/*/memory)
touch "$memory"
warm "$PAYLOAD" exit 5
is "$STATUS $(said 'checked by its SHA-256')" "5 1" "the memory is checked by its digest"
sleep 2.1 # what changed less than two seconds ago is not trusted to stat(2)
warm "$PAYLOAD" exit 5
warm "$PAYLOAD" exit 5
is "$STATUS $(said 'checked by its SHA-256')" "5 0" "... and not again while stat(2) says the same"
python3 - "$memory" <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(0x1000000)
    byte = file.read(1)
    file.seek(0x1000000)
    file.write(bytes([byte[0] ^ 1]))
END
warm "$PAYLOAD" exit 5
like "$STATUS $(said 'state is damaged') $(said 'booting once')" "5 [1-9] 1" "one bit of the memory changed: the state is made anew"
printf x | dd of="$(dirname "$memory")/devices" bs=1 seek=1000 conv=notrunc 2>/dev/null
warm "$PAYLOAD" exit 5
like "$STATUS $(said 'state is damaged') $(said 'booting once')" "5 [1-9] 1" "one byte of the devices' state changed: likewise"

# The cache is bounded: the oldest leaves.
PITH_WARM_MAX_MIB=100 warm --memory 128M "$PAYLOAD" exit 6
is "$STATUS $("$PITH" cache list warm | sed 's/.*\(1[0-9]* MiB\).*/\1/')" "6 128 MiB" "a state of another memory takes the place of the first"
warm --memory 112M "$PAYLOAD" exit 6
warm --memory 128M "$PAYLOAD" exit 6
room=$(("$(du -sm "$PITH_CACHE/warm" | cut -f 1)" + 20)) # for two
PITH_WARM_MAX_MIB=$room warm --memory 120M "$PAYLOAD" exit 6
is "$STATUS $("$PITH" cache list warm | sed 's/.*\(1[0-9]* MiB\).*/\1/' | tr '\n' ' ')" "6 120 MiB 128 MiB " "the one used least recently leaves, and no more than need be"

# The process that waits to become the app is ended where there is none: no grace is waited for.
truncate -s 57M "$WORK/large" # half of the memory is less, and twice as much is not refused beforehand
warm --memory 128M --add "$WORK/large=/data/large" "$PAYLOAD" exit 0
is "$STATUS $(grep -c 'error: payload: setup-failed: work: data/large: No space left on device' "$WORK/err") $(sed -n 's/.*, stop \([0-9]*\)\..*/\1/p' "$WORK/err")" "125 1 0" \
	"work that has no room in the guest's memory"

# A resume that does not answer.
mkdir "$WORK/bin"
cat >"$WORK/bin/qemu-system-x86_64" <<END
#!/bin/sh
case " \$* " in *" -incoming "*) exec sleep 600 ;; esac
exec $(command -v qemu-system-x86_64) "\$@"
END
chmod +x "$WORK/bin/qemu-system-x86_64"
PATH=$WORK/bin:$PATH run_exec --warm on --memory 96M "$PAYLOAD" exit 9
is "$STATUS $(cat "$WORK/err")" "9 pith: warning: payload: the saved state did not resume (no answer within 15 s); booting" \
	"a resume that does not answer: the guest boots, and that is said"
is "$(find "$PITH_CACHE/warm" -name '.new-*' -o -name '.old-*' | wc -l)" 0 "no draft is left"
PATH=$WORK/bin:$PATH run_exec -v --memory 96M "$PAYLOAD" exit 9
is "$STATUS $(said 'no saved state: it could not be had today already')" "9 1" "... and is not tried again that day"

is "$("$PITH" cache clear) / $("$PITH" cache list warm)" "2 saved states removed / " "pith cache clear"
"$PITH" cache >"$WORK/out" 2>"$WORK/err"
is "$? $(cat "$WORK/err")" "2 pith: error: cache: usage: pith cache list|clear [PART...]" "pith cache alone"
is "$(pgrep -f "$WORK/cache|pith-work" | wc -l)" 0 "no process is left"
finish
