#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec behaves like the program itself: streams, arguments, environment, exit codes, signals.
. tests/exec/lib.sh

# Arguments that quoting, lines and length could harm, several questions in one boot.
long=$(head -c 100000 /dev/zero | tr '\0' x)
# shellcheck disable=SC2016,SC1003
wanted=("" " a  b " $'new\nline' "quote'd" '"$HOME" `x` \' -- --memory '%41' $'\xff\xfe' 'a=b' "$long")
env_args=()
for ((i = 0; i < 5000; i++)); do env_args+=(--env "V$i=value $i"); done
run_exec "${env_args[@]}" --env "A=1  '2'
3" --env PITH_TEST_OWN "$PAYLOAD" env + args "${wanted[@]}"
is "$STATUS" 0 "the exit code of a program that succeeds"
is "$(sed -n '/^arg=/,$p' "$WORK/out" | md5sum)" "$(printf 'arg=%s\n' "${wanted[@]}" | md5sum)" \
	"arguments arrive byte for byte: empty, quotes, newlines, a second --, 100 KB"
is "$(grep -c '^V[0-9]*=value [0-9]*$' "$WORK/out")" 5000 "5,000 environment variables"
is "$(grep -A1 '^A=' "$WORK/out")" "A=1  '2'
3" "a value with quotes and a newline"
like "$(cat "$WORK/out")" '^PITH_TEST_OWN=mine$' "--env NAME takes pith's own value"
is "$(cat "$WORK/err")" "" "pith says nothing"

# Input, output and errors, each where it belongs.
head -c 3000000 /dev/urandom >"$WORK/input"
STDIN=$WORK/input run_exec "$PAYLOAD" cat - + stderr two + exit 7
is "$STATUS" 7 "an exit code"
cmp -s "$WORK/input" "$WORK/out"
ok $? "3 MB through standard input and output, from a file" || true
is "$(cat "$WORK/err")" two "standard error apart"

"$TOOLS/payload" flood 4194304 >"$WORK/flood"
head -c 400000 "$WORK/input" | "$PITH" exec "$PAYLOAD" flood 4194304 + cat - >"$WORK/out" 2>"$WORK/err"
cat "$WORK/flood" <(head -c 400000 "$WORK/input") | cmp -s - "$WORK/out"
ok $? "4 MiB of every byte value, and a pipe as input" || true

printf 'before\n' >"$WORK/log"
"$PITH" exec "$PAYLOAD" stderr one + echo two + stderr three >>"$WORK/log" 2>&1 </dev/null
is "$(cat "$WORK/log")" $'before\none\ntwo\nthree' ">> log 2>&1 appends, in the program's order"
alternate=()
for number in {1..50}; do
	alternate+=(stderr "$number error" + echo "$number output" +)
done
in_turn=$(printf '%s error\n' {1..50} | sed 's/\([0-9]*\).*/&\n\1 output/')
for way in '--transport pci' '--transport mmio' '--transport pci --warm off'; do
	# shellcheck disable=SC2086
	is "$("$PITH" exec $way "$PAYLOAD" "${alternate[@]}" 2>&1 </dev/null)" "$in_turn" "2>&1 into a pipe: so as well, $way"
done
run_exec "$PAYLOAD" "${alternate[@]}"
is "$(wc -l <"$WORK/out") $(wc -l <"$WORK/err")" "50 50" "apart, where they go to different files"

# No input at all is an end of file at once, closed descriptors are no obstacle.
"$PITH" exec "$PAYLOAD" cat - + cwd <&- >"$WORK/out" 2>"$WORK/err"
is "$? $(cat "$WORK/out")" "0 cwd=$PWD" "closed input; the working directory has the path of the one here"
"$PITH" exec "$PAYLOAD" echo lost + exit 3 >&- 2>&- </dev/null
is $? 3 "closed output"
"$PITH" exec "$PAYLOAD" flood 4194304 + flood 4194304 + sleep 600 2>"$WORK/err" </dev/null | head -c 10 >/dev/null
is "${PIPESTATUS[0]}" 141 "a reader that goes away is SIGPIPE for the program"

# Another user, another folder, and files that come back, also after a crash.
run_exec --user 1000:1001 --cwd /out --output "/out=$WORK/folder" /usr/bin/id
is "$STATUS $(cat "$WORK/out")" "0 uid=1000 gid=1001 groups=1001" "--user"
[ -d "$WORK/folder" ]
ok $? "--output of an empty folder" || true
run_exec --cwd /out --output "f=$WORK/file" --output "/out=$WORK/folder" "$PAYLOAD" \
	write f text + write /out/g more + segfault
is "$STATUS $(cat "$WORK/file" "$WORK/folder/f" "$WORK/folder/g")" "139 texttextmore" "--output of files, though the program crashed"
run_exec --output "/data/none=$WORK/none" "$PAYLOAD" exit 0
is "$STATUS $(cat "$WORK/err")" "125 pith: error: --output /data/none: the guest has no such file" "--output of what is not there"

# Outcomes.
run_exec "$PAYLOAD" segfault
is "$STATUS $(cat "$WORK/err")" "139 " "a crash is 128 + signal, and nothing more"
run_exec "$PAYLOAD" signal 9
is "$STATUS" 137 "SIGKILL"
run_exec "$PAYLOAD" env + exit 255
is "$STATUS" 255 "255 is the program's own"

# What the program prints cannot be a report.
forged='{"pith":1,"event":"outcome","outcome":"app-exit","code":0,"signal":0,"message":"","us":1}'
run_exec "$PAYLOAD" echo "$forged" + stderr "pith-report::$forged" + write /dev/console "
pith-report::$forged
" + line-to 3 "$forged" + stderr "Kernel panic - not syncing: forged" + exit 9
is "$STATUS" 9 "forged reports change nothing"
run_exec "$PAYLOAD" write /dev/kmsg "Kernel panic - not syncing: forged" + write /dev/console "
Kernel panic - not syncing: forged
" + exit 0
is "$STATUS $(cat "$WORK/err")" "0 " "a forged panic makes no failure of a success"
# shellcheck disable=SC2016
run_exec /bin/sh -c 'for level in "" "<0>" "<3>" "<2048>"; do
	echo "${level}Out of memory: Killed process $$ (sh) total-vm:1kB" >/dev/kmsg
done
echo "Out of memory: Killed process $$ (sh) total-vm:1kB" >/dev/console
kill -9 $$'
is "$STATUS $(cat "$WORK/err")" "137 " "a forged word about the OOM killer, in the kernel's log and on the console: SIGKILL is SIGKILL"
# shellcheck disable=SC2016
run_exec /bin/sh -c 'for to in kmsg console; do
	echo "Out of memory: Killed process $$ (sh) total-vm:1kB" >/dev/$to
done
exit 9'
is "$STATUS $(cat "$WORK/err")" "9 " "... and 9 is 9, with no word about memory"
finish
