#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --transport shm: a guest without any virtio device, with its streams in shared memory, which is the
# default where the kernel would have to load virtio's drivers.
. tests/exec/lib.sh
[ "$(uname -m)" = x86_64 ] || { skip "streams in shared memory" "the line beside it is that of x86_64"; finish; }
TRANSPORT=shm
. tests/exec/no_virtio.sh

refuses_virtio
refused 'shm: that machine has no PCI' "isapc" --machine isapc "$PAYLOAD"

# By default: with Debian's kernel, where nothing else asks for modules.
by_default() { # by_default NAME WANTED WORD...: WANTED: ivshmem or virtio
	local name=$1 wanted=$2
	shift 2
	rm -rf "$WORK/kept"
	run_exec --kvm off --warm off --keep "$WORK/kept" "$@" "$PAYLOAD" exit 3
	is "$STATUS" 3 "$name"
	is "$("$PITH" exec --dry-run --kvm off --warm off "$@" "$PAYLOAD" exit 3 </dev/null | head -n 1)" \
		"$(sed 's/ tsc_early_khz=[0-9]*/ tsc_early_khz=TSC_KHZ/' "$WORK/kept/qemu-command")" "... which --dry-run shows"
	is "$(grep -oE 'ivshmem|virtio' "$WORK/kept/qemu-command" | sort -u | tr '\n' ' ')" "$wanted " "... has $wanted"
}
truncate -s 1M "$WORK/disk"
export PITH_KERNEL_DIR=$debian
by_default "Debian's kernel" ivshmem
unlike "$(cpio -it <"$WORK/kept/initramfs.cpio" 2>/dev/null)" '^pith/ko/.' "... and no module"
[ ! -e "$WORK/kept/qemu.sh" ]
ok $? "... nor a script that starts it again without pith, which reads that memory"
by_default "... --machine pc" ivshmem --machine pc
by_default "... with a disk" virtio --disk "$WORK/disk"
by_default "... with a module" virtio --module loop
by_default "... --transport pci" virtio --transport pci
(cd / && timeout 120 "$WORK/kept/qemu.sh") </dev/null >"$WORK/again" 2>&1
is "$? $(grep -o '"outcome":"app-exit","code":3' "$WORK/kept/report")" '0 "outcome":"app-exit","code":3' "... whose qemu.sh runs it again" ||
	sed 's/^/# /' "$WORK/again"
dry() { # dry NAME WANTED WORD...
	is "$("$PITH" exec --dry-run --kvm off "${@:3}" "$PAYLOAD" exit 3 </dev/null | grep -oE 'ivshmem|virtio-serial' | head -n 1)" "$2" "$1"
}
dry "--dry-run: what is resumed has ports" virtio-serial
dry "... but not what boots, to be kept" ivshmem --keep "$WORK/any"
unset PITH_KERNEL_DIR
by_default "a kernel with virtio built in" virtio

carries_all 3000000
carries_input
"$PITH" exec --transport shm "$PAYLOAD" cat - + exit 3 <&- >"$WORK/out" 2>"$WORK/err"
is $? 3 "closed input"
"$TOOLS/payload" flood 4194304 >"$WORK/flood"
carry --result "$WORK/result.json" "$PAYLOAD" flood 4194304 + flood-stderr 1048576 + exit 5
is "$STATUS $(jq .processes[0].ended_early "$WORK/result.json")" "5 true" "an exit code behind much output, ended as soon as it is done"
cmp "$WORK/flood" "$WORK/out" && cmp <(head -c 1048576 "$WORK/flood") "$WORK/err"
ok $? "4 MiB of every byte value, and 1 MiB of errors" || true
is_every_stage
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
carries_outputs
carry --output "/big=$WORK/big" --add "$PAYLOAD" /bin/sh -c "'$PAYLOAD' flood 3000000 >/big"
cmp "$WORK/big" <(head -c 3000000 "$WORK/flood")
ok $? "--output of more than a ring holds" || true
carry /bin/sh -c 'echo before; echo c >/proc/sysrq-trigger'
is "$STATUS $(cat "$WORK/out")" "125 before" "a panic; what was said before it is there"
like "$(cat "$WORK/err")" 'panic' "... and named"
carry --memory 128 "$PAYLOAD" eat-memory
is "$STATUS" 125 "out of memory"
like "$(cat "$WORK/err")" ' oom: ' "... by its name"
stops
carry --tests tap "$PAYLOAD" echo "1..1" + echo "not ok 1 - x"
is "$STATUS" 1 "--tests reads the output"

# What an app does to line and memory costs it its own output, and is a failure.
carry "$PAYLOAD" "${forgery[@]}" + write /dev/ttyS1 $'\001\002\003\004\003\003\004' + echo out + exit 9
is "$STATUS $(cat "$WORK/out")" "9 out" "a forged report on the line, and forged bells"
# shellcheck disable=SC2016
memory=$("$PITH" exec --transport shm /bin/sh -c 'for d in /sys/bus/pci/devices/*; do
	read -r id <$d/device; [ "$id" != 0x1110 ] || echo $d/resource2; done')
like "$memory" '^/sys/bus/pci/devices/.*/resource2$' "the memory is there for root to map"
carry --timeout 60s "$PAYLOAD" spoil "$memory" 1048576 + write /dev/ttyS1 $'\001' + sleep 600
is "$STATUS" 125 "an app that spoils the memory"
like "$(cat "$WORK/err")" 'the guest has spoilt the memory that its output is in' "... is a failure that is named"
carry --timeout 60s "$PAYLOAD" spoil "$memory" 1048576 + exit 0
is "$STATUS" 125 "... also where it then ends with success"
carry "$PAYLOAD" open "$memory" + exit 4
is "$STATUS" 4 "looking at it harms nothing"
finish
