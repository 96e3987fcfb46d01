#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --transport isa: a guest without any virtio device, with serial lines in the place of ports.
. tests/exec/lib.sh
[ "$(uname -m)" = x86_64 ] || { skip "serial lines" "machines of x86_64 have an ISA bus"; finish; }
debian=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH # whose virtio drivers are modules

isa() { run_exec --transport isa "$@"; }
refused() { # refused REGEX NAME WORD...: before any boot
	local regex=$1 name=$2
	shift 2
	isa "$@"
	is "$STATUS" 125 "$name is refused"
	like "$(cat "$WORK/err")" "$regex" "... in words"
}
for option in "--disk $WORK/none" "--share $WORK" "--net user" "--rootfs /" --standalone; do
	# shellcheck disable=SC2086
	refused "setup-failed: ${option%% *}: not with --transport isa" "$option" $option "$PAYLOAD"
done
refused 'isa: machine microvm has lines for it as microvm,acpi=off' "microvm with ACPI" --machine microvm "$PAYLOAD"

# Everything at once, with either kernel: no virtio, each stream byte for byte, arguments, folder, exit code.
head -c 300000 /dev/urandom >"$WORK/input"
long=$(head -c 100000 /dev/zero | tr '\0' x)
for kernel in own debian; do
	words=()
	[ $kernel = own ] || words=(--kernel "$debian/vmlinux" --modules "$debian/modules")
	STDIN=$WORK/input isa "${words[@]}" --keep "$WORK/keep-$kernel" --env "E=1 '2'" "$PAYLOAD" cat - + stderr two + args "a b" "$long" + exit 7
	is "$STATUS $(cat "$WORK/err")" "7 two" "$kernel kernel: exit code, and standard error apart"
	printf 'arg=%s\n' "a b" "$long" | cat "$WORK/input" - | cmp -s - "$WORK/out"
	ok $? "... a file as input, to its end, and long arguments" || true
	unlike "$(cat "$WORK/keep-$kernel/qemu-command")" virtio "... without a virtio device"
	unlike "$(cpio -it <"$WORK/keep-$kernel/initramfs.cpio" 2>/dev/null)" '^pith/ko/.' "... and without a module"
done
{ head -c 10000 "$WORK/input"; sleep 1; head -c 20000 "$WORK/input"; } | "$PITH" exec --transport isa "$PAYLOAD" cat - >"$WORK/out" 2>"$WORK/err"
cat <(head -c 10000 "$WORK/input") <(head -c 20000 "$WORK/input") | cmp -s - "$WORK/out"
ok $? "a slow pipe as input" || true
"$TOOLS/payload" flood 4194304 >"$WORK/flood"
isa --result "$WORK/result.json" "$PAYLOAD" flood 4194304 + exit 5
is "$STATUS" 5 "an exit code behind much output"
is "$(jq -r '[.processes[0].stages[].stage] | join(" ")' "$WORK/result.json")" \
	"early mounts cmdline modules device verify mount network handover app stop" "every stage is told"
cmp -s "$WORK/flood" "$WORK/out"
ok $? "4 MiB of every byte value" || true
# shellcheck disable=SC2034
STDIN=$WORK/input isa "$PAYLOAD" echo unread + exit 6
is "$STATUS $(cat "$WORK/out")" "6 unread" "input that nobody reads"
isa --cwd /out --output "/out=$WORK/folder" --output "f=$WORK/file" "$PAYLOAD" echo said + write f text + write /out/g more + segfault
is "$STATUS $(cat "$WORK/out" "$WORK/file" "$WORK/folder/f" "$WORK/folder/g")" "139 said
texttextmore" "--output, behind the app's own on the same line, though the program crashed"
isa --output "/none=$WORK/none" "$PAYLOAD" exit 0
is "$STATUS $(cat "$WORK/err")" "125 pith: error: --output /none: the guest has no such file" "--output of what is not there"
isa --timeout 6s "$PAYLOAD" echo begun + block
is "$STATUS $(cat "$WORK/out")" "124 begun" "--timeout"
like "$(cat "$WORK/err")" '\(payload\) D.*kernel_clone' "... and PID 1 tells what the program does"
"$PITH" exec --transport isa "$PAYLOAD" flood 4194304 + sleep 600 2>"$WORK/err" </dev/null | head -c 10 >/dev/null
is "${PIPESTATUS[0]}" 141 "a reader that goes away is SIGPIPE for the program"
"$PITH" exec --transport isa --cpus 2 "$PAYLOAD" echo up + sleep 600 >"$WORK/out" 2>"$WORK/err" </dev/null &
pith=$!
for ((i = 0; i < 600; i++)); do
	grep -q up "$WORK/out" && break
	sleep 0.1
done
kill -INT "$pith"
wait "$pith"
is "$? $(cat "$WORK/out")" "130 up" "SIGINT to pith; two processors, with ACPI"

# What the app writes to the line of the reports is none: it lacks the nonce.
forged='{"pith":1,"event":"outcome","outcome":"app-exit","code":0,"signal":0,"message":"","us":1}'
isa "$PAYLOAD" write /dev/ttyS1 "
pith-report::$forged
$forged
" + line-to 3 "$forged" + exit 9
is "$STATUS" 9 "a forged report on the line itself"
for machine in pc microvm,acpi=off isapc; do
	isa --machine $machine "$PAYLOAD" echo out + exit 4
	is "$STATUS $(cat "$WORK/out")" "4 out" "--machine $machine"
done
finish
