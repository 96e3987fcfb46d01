#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --transport isa: a guest without any virtio device, with serial lines in the place of ports.
. tests/exec/lib.sh
[ "$(uname -m)" = x86_64 ] || { skip "serial lines" "machines of x86_64 have an ISA bus"; finish; }
TRANSPORT=isa
. tests/exec/no_virtio.sh

refuses_virtio
refused 'isa: machine microvm has lines for it as microvm,acpi=off' "microvm with ACPI" --machine microvm "$PAYLOAD"

carries_all 300000 --keep
for kernel in own debian; do
	unlike "$(cat "$WORK/keep-$kernel/qemu-command")" virtio "$kernel kernel: without a virtio device"
	unlike "$(cpio -it <"$WORK/keep-$kernel/initramfs.cpio" 2>/dev/null)" '^pith/ko/.' "... and without a module"
done
carries_input
"$TOOLS/payload" flood 4194304 >"$WORK/flood"
carry --result "$WORK/result.json" "$PAYLOAD" flood 4194304 + exit 5
is "$STATUS" 5 "an exit code behind much output"
is_every_stage
cmp -s "$WORK/flood" "$WORK/out"
ok $? "4 MiB of every byte value" || true
carries_outputs
stops

# What the app writes to the line of the reports is none: it lacks the nonce.
carry "$PAYLOAD" "${forgery[@]}" + exit 9
is "$STATUS" 9 "a forged report on the line itself"
for machine in pc microvm,acpi=off isapc; do
	carry --machine $machine "$PAYLOAD" echo out + exit 4
	is "$STATUS $(cat "$WORK/out")" "4 out" "--machine $machine"
done
finish
