#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Other machines and ways to start: pc and microvm, a disk root with init=, and guests without pith-init.
# shellcheck disable=SC2119
. tests/tap.sh
. tests/vm/lib.sh
if [ "$ARCH" != x86_64 ]; then
	skip "machines" "written for x86_64, this is $ARCH"
	finish
fi
kernel=$(readlink -f "${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/x86_64")

image app echo hello + exit 3
for machine in pc microvm,pcie=on; do
	vm 'app = "app.img"' "machine = \"$machine\"" 'append = "tsc_early_khz=2300000"'
	run
	is "$code $outcome $out" "3 app-exit hello" "machine $machine"
done
vm 'app = "app.img"' 'cpus = 2' 'append = "acpi=off pith.power=reboot"'
run
is "$code $outcome" "3 app-exit" "without ACPI the end is a reboot"

# The PM timer is where the firmware puts it, and the kernel found it counting; the clock is the counter all the same.
clock=/sys/devices/system/clocksource/clocksource0
for machine in default q35 pc; do
	words=()
	[ $machine = default ] || words=(--machine "$machine")
	out=$(PITH_KERNEL_DIR=$kernel "$PITH" exec --kvm off --warm off "${words[@]}" "$TOOLS/payload" cat /proc/cmdline + cat $clock/available_clocksource + cat $clock/current_clocksource)
	like "$out" 'tsc.*acpi_pm' "machine $machine: a PM timer that counts"
	like "$(tail -n 1 <<<"$out")" '^tsc' "... and the counter as the clock"
	case $machine in
	default) like "$out" ' acpi=off .*pmtmr=0x608' "... told by pith, for there is no ACPI" ;;
	*) unlike "$out" 'pmtmr' "... told by ACPI" ;;
	esac
done

# pith's own kernel takes the rate of the local APIC's timer from the command line (4,000,000 a tick of 4 ms); others pass
# over the word.
own=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/x86_64-pith
if [ -e "$own/vmlinuz" ]; then
	for folder in "$own" "$kernel"; do
		PITH_KERNEL_DIR=$folder "$PITH" exec --kvm off --warm off --verbose --append apic=verbose "$TOOLS/payload" \
			cat /proc/1/environ + cat /proc/sys/kernel/tainted >"$WORK/out" 2>"$WORK/err"
		is $? 0 "${folder##*/}: boots with a rate for its timer"
		unlike "$(tr '\0' '\n' <"$WORK/out")" 'apic.timer_hz' "... which is not in PID 1's environment"
		is "$(tr '\0' '\n' <"$WORK/out" | tail -n 1)" 0 "... and no warning of the kernel"
		[ "$folder" != "$own" ] || like "$(cat "$WORK/err")" 'lapic timer already calibrated 4000000' "... and it takes it"
	done
	size=$(stat -Lc %s "$own/vmlinuz")
	ok $((size > 3000000)) "the kernel's file has at most 3,000,000 bytes: $size"
else
	skip "pith's own kernel" "not built: scripts/build-kernel x86_64"
fi

# An ordinary disk root, whose kernel has what it needs built in or brings an initramfs of its own: here
# one that loads the modules and switches, as a distribution's does.
root=$WORK/root
mkdir -p "$root"/{dev,proc,sys,run,tmp,app,usr/bin,usr/lib/pith,pith,etc}
cp "$PITH_INIT" "$root/usr/lib/pith/pith-init"
cp "$PITH" "$root/usr/bin/pith"
mke2fs -q -t ext4 -d "$root" "$WORK/root.img" 24M >/dev/null 2>&1
early=$WORK/early
mkdir -p "$early"/{bin,ko,dev,proc,sys,root}
cp /bin/busybox "$early/bin"
i=10
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk virtio_console crc16 mbcache jbd2 crc32c_generic ext4 squashfs; do
	file=$(find "$kernel/modules/" -name "$module.ko*" -o -name "${module//_/-}.ko*" | head -n 1)
	[ -z "$file" ] || cp "$file" "$early/ko/$((i++))-$module.ko"
done
cat >"$early/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in /ko/*; do /bin/busybox insmod "$module"; done
i=0
while [ $i -lt 100 ] && ! /bin/busybox mount -t ext4 -o rw /dev/vda /root; do i=$((i + 1)); /bin/busybox sleep 0.1; done 2>/dev/null
/bin/busybox umount /dev
exec /bin/busybox switch_root /root /usr/lib/pith/pith-init
END
chmod +x "$early/init"
(cd "$early" && find . | cpio -o -H newc --quiet) >"$WORK/early.cpio"
vm "kernel = \"$kernel/vmlinuz\"" 'initrd = "early.cpio"' 'report = "require"' \
	'append = "console=ttyS0 quiet panic=-1 opensut.app_device=/dev/vdb"' \
	'disk.vda = {format = "raw", path = "root.img"}' 'disk.vdb = {format = "raw", path = "app.img", read_only = true}'
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/opt/opensut/app/payload", "echo", "from a disk root", "+", "exit", "6"]\n' >"$WORK/runner.toml"
"$PITH" image build -q -f "$TOOLS/payload=payload" -f "$WORK/runner.toml=runner.toml" -o "$WORK/app.img" >/dev/null
run
is "$code $outcome" "6 app-exit" "init= on a disk root, behind an initramfs of its own"
like "$out" 'from a disk root' "... with the app image at OpenSUT's place"

# A guest that knows nothing of pith: its power-off is success, its reboot is not (and ends the VM;
# OpenSUT's goes on for ever).
for end in 'poweroff -f' 'reboot -f'; do
	printf '#!/bin/busybox sh\n/bin/busybox mount -t devtmpfs dev /dev\n/bin/busybox echo "<1>the guest speaks" >/dev/kmsg\n/bin/busybox %s\n' "$end" >"$early/init"
	(cd "$early" && find . | cpio -o -H newc --quiet) >"$WORK/early.cpio"
	vm "kernel = \"$kernel/vmlinuz\"" 'initrd = "early.cpio"' 'append = "console=ttyS0 quiet panic=-1"'
	run --timeout 60s
	case $end in
	poweroff*)
		is "$code $outcome" "0 app-exit" "a guest without pith-init powers off"
		like "$err" 'powered off \(no report expected\)' "... and that is said"
		like "$out" 'the guest speaks' "... its serial line is on standard output"
		;;
	*)
		is "$code $outcome" "125 setup-failed" "a guest without pith-init that reboots is no success"
		like "$err" "last lines of the guest's console" "... which the autopsy follows, as its serial line is standard output"
		like "$err" 'error:   \| .*the guest speaks' "... with its last lines"
		like "$(jq -r '.processes[0].autopsy.console[]' "$WORK/result.json")" 'the guest speaks' "... in the result, too"
		;;
	esac
done
vm "kernel = \"$kernel/vmlinuz\"" 'initrd = "early.cpio"' 'append = "console=ttyS0 quiet panic=-1"' \
	'serial.ttyS0 = { mode = "file", path = "console.log" }'
run --timeout 60s
is "$code" 125 "the same with its console in a file"
like "$(cat "$WORK/console.log")" 'the guest speaks' "... which has it"
like "$err" "its console is where serial\.ttyS0 puts it" "... as the autopsy says"
unlike "$out$err" 'the guest speaks' "... and nothing else"
printf '#!/bin/busybox sh\nexit 1\n' >"$early/init"
(cd "$early" && find . | cpio -o -H newc --quiet) >"$WORK/early.cpio"
vm "kernel = \"$kernel/vmlinuz\"" 'initrd = "early.cpio"' 'append = "console=ttyS0 quiet panic=-1"'
run --timeout 60s
is "$code $outcome" "125 panic" "a guest without pith-init that panics"
like "$err" 'panic: Kernel panic - not syncing: Attempted to kill init' "... in its kernel's words"
finish
