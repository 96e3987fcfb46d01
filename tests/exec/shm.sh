#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --transport shm: a guest without any virtio device, with its streams in shared memory, which is the
# default where the kernel would have to load virtio's drivers.
. tests/exec/lib.sh
[ "$(uname -m)" = x86_64 ] || { skip "streams in shared memory" "the line beside it is that of x86_64"; finish; }
debian=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH # whose virtio drivers are modules

shm() { run_exec --transport shm "$@"; }
refused() { # refused REGEX NAME WORD...: before any boot
	local regex=$1 name=$2
	shift 2
	shm "$@"
	is "$STATUS" 125 "$name is refused"
	like "$(cat "$WORK/err")" "$regex" "... in words"
}
for option in "--disk $WORK/none" "--share $WORK" "--net user" "--rootfs /" --standalone; do
	# shellcheck disable=SC2086
	refused "setup-failed: ${option%% *}: not with --transport shm" "$option" $option "$PAYLOAD"
done
refused 'shm: that machine has no PCI' "isapc" --machine isapc "$PAYLOAD"

# By default: with Debian's kernel, where nothing else asks for modules.
by_default() { # by_default NAME WANTED WORD...: WANTED: ivshmem or virtio
	local name=$1 wanted=$2
	shift 2
	rm -rf "$WORK/kept"
	run_exec --kvm off --warm off --keep "$WORK/kept" "$@" "$PAYLOAD" exit 3
	is "$STATUS" 3 "$name"
	is "$(grep -oE 'ivshmem|virtio' "$WORK/kept/qemu-command" | sort -u | tr '\n' ' ')" "$wanted " "... has $wanted"
}
truncate -s 1M "$WORK/disk"
export PITH_KERNEL_DIR=$debian
by_default "Debian's kernel" ivshmem
unlike "$(cpio -it <"$WORK/kept/initramfs.cpio" 2>/dev/null)" '^pith/ko/.' "... and no module"
by_default "... --machine pc" ivshmem --machine pc
by_default "... with a disk" virtio --disk "$WORK/disk"
by_default "... with a module" virtio --module loop
by_default "... --transport pci" virtio --transport pci
unset PITH_KERNEL_DIR
by_default "a kernel with virtio built in" virtio

# Everything at once, with either kernel: each stream byte for byte, arguments, folder, exit code.
head -c 3000000 /dev/urandom >"$WORK/input"
long=$(head -c 100000 /dev/zero | tr '\0' x)
for kernel in own debian; do
	words=()
	[ $kernel = own ] || words=(--kernel "$debian/vmlinux" --modules "$debian/modules")
	STDIN=$WORK/input shm "${words[@]}" --env "E=1 '2'" "$PAYLOAD" cat - + stderr two + args "a b" "$long" + exit 7
	is "$STATUS $(cat "$WORK/err")" "7 two" "$kernel kernel: exit code, and standard error apart"
	printf 'arg=%s\n' "a b" "$long" | cat "$WORK/input" - | cmp -s - "$WORK/out"
	ok $? "... a file as input, to its end, and long arguments" || true
done
{ head -c 10000 "$WORK/input"; sleep 1; head -c 20000 "$WORK/input"; } | "$PITH" exec --transport shm "$PAYLOAD" cat - >"$WORK/out" 2>"$WORK/err"
cat <(head -c 10000 "$WORK/input") <(head -c 20000 "$WORK/input") | cmp -s - "$WORK/out"
ok $? "a slow pipe as input" || true
# shellcheck disable=SC2034
STDIN=$WORK/input shm "$PAYLOAD" echo unread + exit 6
is "$STATUS $(cat "$WORK/out")" "6 unread" "input that nobody reads"
"$PITH" exec --transport shm "$PAYLOAD" cat - + exit 3 <&- >"$WORK/out" 2>"$WORK/err"
is $? 3 "closed input"
"$TOOLS/payload" flood 4194304 >"$WORK/flood"
shm --result "$WORK/result.json" "$PAYLOAD" flood 4194304 + flood-stderr 1048576 + exit 5
is "$STATUS $(jq .processes[0].ended_early "$WORK/result.json")" "5 true" "an exit code behind much output, ended as soon as it is done"
cmp "$WORK/flood" "$WORK/out" && cmp <(head -c 1048576 "$WORK/flood") "$WORK/err"
ok $? "4 MiB of every byte value, and 1 MiB of errors" || true
is "$(jq -r '[.processes[0].stages[].stage] | join(" ")' "$WORK/result.json")" \
	"early mounts cmdline modules device verify mount network handover app stop" "every stage is told"
"$PITH" exec --transport shm "$PAYLOAD" flood 209715200 </dev/null 2>"$WORK/err" | cmp - <("$TOOLS/payload" flood 209715200)
ok $? "200 MiB" || true
"$PITH" exec --transport shm "$PAYLOAD" flood 900000 + flood-stderr 900000 </dev/null \
	2> >(sleep 1 && cat >"$WORK/err") | (sleep 2 && cat >"$WORK/out")
cmp <(head -c 900000 "$WORK/flood") "$WORK/out"
ok $? "a reader that takes its time gets all of it" || true
# Its reader has seen the output to its end before it reads the first byte of the errors.
mkfifo "$WORK/errors"
{ until [ -e "$WORK/seen" ]; do sleep 0.1; done; cat; } <"$WORK/errors" >"$WORK/err" &
"$PITH" exec --transport shm "$PAYLOAD" flood-stderr 300000 + flood 4194304 </dev/null 2>"$WORK/errors" | {
	head -c 4194304 | cmp - "$WORK/flood"
	echo $? >"$WORK/seen"
}
wait $!
is "$(cat "$WORK/seen") $(wc -c <"$WORK/err")" "0 300000" "errors that nobody reads yet do not hold up the output"

# Files behind the output, outcomes, stops.
shm --cwd /out --output "/out=$WORK/folder" --output "f=$WORK/file" "$PAYLOAD" echo said + write f text + write /out/g more + segfault
is "$STATUS $(cat "$WORK/out" "$WORK/file" "$WORK/folder/f" "$WORK/folder/g")" "139 said
texttextmore" "--output, behind the app's own in the same ring, though the program crashed"
shm --output "/big=$WORK/big" --add "$PAYLOAD" /bin/sh -c "'$PAYLOAD' flood 3000000 >/big"
cmp "$WORK/big" <(head -c 3000000 "$WORK/flood")
ok $? "--output of more than a ring holds" || true
shm --output "/none=$WORK/none" "$PAYLOAD" exit 0
is "$STATUS $(cat "$WORK/err")" "125 pith: error: --output /none: the guest has no such file" "--output of what is not there"
shm --timeout 6s "$PAYLOAD" echo begun + block
is "$STATUS $(cat "$WORK/out")" "124 begun" "--timeout"
like "$(cat "$WORK/err")" '\(payload\) D.*kernel_clone' "... and PID 1 tells what the program does"
shm /bin/sh -c 'echo before; echo c >/proc/sysrq-trigger'
is "$STATUS $(cat "$WORK/out")" "125 before" "a panic; what was said before it is there"
like "$(cat "$WORK/err")" 'panic' "... and named"
shm --memory 128 "$PAYLOAD" eat-memory
is "$STATUS" 125 "out of memory"
like "$(cat "$WORK/err")" ' oom: ' "... by its name"
"$PITH" exec --transport shm "$PAYLOAD" flood 4194304 + sleep 600 2>"$WORK/err" </dev/null | head -c 10 >/dev/null
is "${PIPESTATUS[0]}" 141 "a reader that goes away is SIGPIPE for the program"
"$PITH" exec --transport shm --cpus 2 "$PAYLOAD" echo up + sleep 600 >"$WORK/out" 2>"$WORK/err" </dev/null &
pith=$!
for ((i = 0; i < 600; i++)); do
	grep -q up "$WORK/out" && break
	sleep 0.1
done
kill -INT "$pith"
wait "$pith"
is "$? $(cat "$WORK/out")" "130 up" "SIGINT to pith; two processors, with ACPI"
shm --tests tap "$PAYLOAD" echo "1..1" + echo "not ok 1 - x"
is "$STATUS" 1 "--tests reads the output"

# What an app does to line and memory costs it its own output, and is a failure.
forged='{"pith":1,"event":"outcome","outcome":"app-exit","code":0,"signal":0,"message":"","us":1}'
shm "$PAYLOAD" write /dev/ttyS1 "
pith-report::$forged
$forged
" + line-to 3 "$forged" + write /dev/ttyS1 $'\001\002\003\004\003\003\004' + echo out + exit 9
is "$STATUS $(cat "$WORK/out")" "9 out" "a forged report on the line, and forged bells"
# shellcheck disable=SC2016
memory=$("$PITH" exec --transport shm /bin/sh -c 'for d in /sys/bus/pci/devices/*; do
	read -r id <$d/device; [ "$id" != 0x1110 ] || echo $d/resource2; done')
like "$memory" '^/sys/bus/pci/devices/.*/resource2$' "the memory is there for root to map"
shm --timeout 60s "$PAYLOAD" spoil "$memory" 1048576 + write /dev/ttyS1 $'\001' + sleep 600
is "$STATUS" 125 "an app that spoils the memory"
like "$(cat "$WORK/err")" 'the guest has spoilt the memory that its output is in' "... is a failure that is named"
shm --timeout 60s "$PAYLOAD" spoil "$memory" 1048576 + exit 0
is "$STATUS" 125 "... also where it then ends with success"
shm "$PAYLOAD" open "$memory" + exit 4
is "$STATUS" 4 "looking at it harms nothing"
finish
