#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The KVM probe against the truth: what it says here must agree with QEMU booting a kernel under KVM;
# inside emulated machines with and without virtualization it must find KVM, and not.
. tests/tap.sh
kernel=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH
if [ "$ARCH" != x86_64 ]; then
	skip "the KVM probe against QEMU" "written for x86_64, this is $ARCH"
	finish
fi

# An initramfs that loads KVM's modules, where the CPU has them, and runs the probe.
root=$WORK/root
mkdir -p "$root/dev" "$root/bin" "$root/ko"
cp /bin/busybox "$TOOLS/accel-probe" "$root/bin/"
for module in virt/lib/irqbypass arch/x86/kvm/kvm arch/x86/kvm/kvm-amd; do
	cp "$kernel/modules/kernel/$module.ko" "$root/ko/"
done
cat >"$root/init" <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for module in irqbypass kvm kvm-amd; do /bin/busybox insmod /ko/$module.ko; done 2>/dev/null
echo "probe: $(/bin/accel-probe)"
/bin/busybox poweroff -f
END
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) >"$WORK/initramfs"

boot() { # boot SECONDS QEMU-ARGUMENTS...: what the guest wrote to its console
	local seconds=$1
	shift
	timeout "$seconds" qemu-system-x86_64 -M q35 -m 256 -nodefaults -no-user-config -display none -serial stdio \
		-no-reboot -kernel "$kernel/vmlinuz" -initrd "$WORK/initramfs" -append "console=ttyS0 quiet panic=-1" \
		"$@" </dev/null 2>&1
}

here=$("$TOOLS/accel-probe")
text=$(boot 10 -accel kvm -cpu qemu64)
if [[ $here == KVM* ]]; then
	like "$text" '^probe: ' "the probe says '$here', and QEMU boots under KVM"
else
	unlike "$text" '^probe: ' "the probe says '$here', and QEMU does not boot under KVM"
fi
like "$(boot 120 -accel tcg -cpu EPYC,+svm,+npt)" '^probe: KVM \(guest code ran in' "KVM is found in a machine that has it"
like "$(boot 120 -accel tcg -cpu qemu64,-svm)" '^probe: emulation \(/dev/kvm: No such file' "and not in one without"

# On aarch64 the same, through pith itself.
if [ ! -x build/aarch64/tests/accel-probe ]; then
	skip "aarch64" "not built: make ARCH=aarch64 tools"
	finish
fi
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/accel-probe"]\n' >"$WORK/runner.toml"
"$PITH" image build -f build/aarch64/tests/accel-probe=accel-probe -f "$WORK/runner.toml=runner.toml" \
	-o "$WORK/app.img" >/dev/null 2>&1
ok $? "aarch64: an image with the probe is built"
for machine in virt,gic-version=3,virtualization=on virt,gic-version=3; do
	cat >"$WORK/base.toml" <<-END
		mode = "exec"
		[[process]]
		type = "vm"
		arch = "aarch64"
		ram_mb = 512
		app = "app.img"
		machine = "$machine"
		cpu = "cortex-a72"
	END
	"$PITH" run "$WORK/base.toml" >"$WORK/$machine.out" 2>"$WORK/log" || [ $? = 1 ]
	ok $? "aarch64: the probe runs on $machine" || sed 's/^/# /' "$WORK/log"
done
like "$(cat "$WORK/virt,gic-version=3,virtualization=on.out")" '^KVM \(guest code ran in' "aarch64: KVM is found where the CPU has EL2"
like "$(cat "$WORK/virt,gic-version=3.out")" '^emulation \(/dev/kvm: No such file' "aarch64: and not where it has not"
finish
