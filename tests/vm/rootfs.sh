#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The recipes of rootfs/ as they are: an app image, an initramfs under a VMM that knows nothing of pith, the image of a
# host VM. The Debian disk is in debian-disk.sh, what host VMs start in nested.sh.
. tests/tap.sh
. tests/vm/lib.sh
if [ "$ARCH" != x86_64 ]; then
	skip "recipes of rootfs/" "written for x86_64, this is $ARCH"
	finish
fi

"$PITH" image build -q -D "app=$TOOLS/payload" -o "$WORK" rootfs/app-image/build.toml >"$WORK/log" 2>&1
ok $? "an app image is built" || sed 's/^/# /' "$WORK/log"
like "$(cat "$WORK/base.toml")" '^app_root_hash = "[0-9a-f]{64}"$' "... its root hash is in what starts it"
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/app", "exit", "7"]\n' >"$WORK/runner.toml"
"$PITH" image build -q -D "app=$TOOLS/payload" -D "runner=$WORK/runner.toml" -o "$WORK" rootfs/app-image/build.toml >/dev/null
cp "$WORK/base.toml" "$WORK/vm.toml"
run
is "$code $outcome" "7 app-exit" "... and booted"

"$PITH" image build -q -o "$WORK" rootfs/initramfs/build.toml >"$WORK/log" 2>&1
ok $? "an initramfs is built" || sed 's/^/# /' "$WORK/log"
kernel=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/x86_64-pith/vmlinux
shown=$("$PITH" image show --json "$WORK/app.img")
boot() { # boot WORDS: sets $said
	said=$(timeout 60 qemu-system-x86_64 -m 128 -nodefaults -no-user-config -display none -serial stdio -no-reboot \
		-kernel "$kernel" -initrd "$WORK/initramfs.cpio" -drive "if=virtio,format=raw,readonly=on,file=$WORK/app.img" \
		-append "console=ttyS0 quiet pith.app_device=/dev/vda pith.verify=require pith.nonce=n1 $1" </dev/null 2>&1 | tr -d '\r')
}
if [ -e "$kernel" ]; then
	boot "pith.verity_root=$(jq -r .root_hash <<<"$shown") pith.verity_offset=$(jq -r .verity_offset <<<"$shown")"
	like "$said" 'n1:.*"outcome":"app-exit","code":7' "... with which a QEMU of one's own boots a verified app image"
	boot ""
	like "$said" 'verify-failed' "... but not without its hash"
else
	skip "the initramfs boots" "no kernel: make kernel ARCH=x86_64 builds it"
fi

usage='usage: rootfs/host-vm/build [-p PACKAGE]... ARCH FOLDER [BUILD.toml [OPTION...]]'
is "$(rootfs/host-vm/build x86_64 2>&1) $?" "$usage 2" "rootfs/host-vm/build without a folder"
is "$(rootfs/host-vm/build riscv64 "$WORK/host" 2>&1) $?" "rootfs/host-vm/build: architecture 'riscv64': accepted are x86_64, aarch64 2" \
	"rootfs/host-vm/build riscv64"
rootfs/host-vm/build x86_64 "$WORK/host" >"$WORK/log" 2>&1
ok $? "the image of a host VM is built" || sed 's/^/# /' "$WORK/log"
timeout 120 "$PITH" exec --rootfs "$WORK/host/host.img" qemu-system-x86_64 --version >"$WORK/out" 2>"$WORK/err" </dev/null
is "$? $(head -n 1 "$WORK/out")" "0 $(qemu-system-x86_64 --version | head -n 1)" "... QEMU runs in it" || sed 's/^/# /' "$WORK/err"
timeout 120 "$PITH" exec --rootfs "$WORK/host/host.img" pith doctor >"$WORK/out" 2>"$WORK/err" </dev/null
like "$(cat "$WORK/out")" '^ok .*kernel.*/usr/share/pith/kernels/x86_64/vmlinu' "... and pith, which finds the kernel for its guests" || sed 's/^/# /' "$WORK/out" "$WORK/err"
finish
