#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith doctor: what is there is ok, what a configuration needs and is not there fails, with the remedy.
. tests/tap.sh

mkdir "$WORK/kernel" "$WORK/bin"
touch "$WORK/kernel/vmlinuz" "$WORK/app.img"
echo 1.2.3-test >"$WORK/kernel/release"
printf 'CONFIG_VIRTIO_CONSOLE=y\nCONFIG_VIRTIO_BLK=m\nCONFIG_SQUASHFS=y\n' >"$WORK/kernel/config"
for arch in x86_64 aarch64; do
	printf '#!/bin/sh\necho "QEMU of the test"\n' >"$WORK/bin/qemu-system-$arch"
done
chmod +x "$WORK"/bin/*
doctor() { # doctor [CONFIG]: sets $code, $out
	out=$(PATH=$WORK/bin:/usr/bin:/bin PITH_KERNEL_DIR=$WORK/kernel "$PITH" doctor "$@" 2>&1)
	code=$?
}
vm() {
	printf '%s\n' 'mode = "exec"' '[[process]]' 'type = "vm"' "$@" >"$WORK/vm.toml"
	doctor "$WORK/vm.toml"
}

doctor
is "$code" 0 "a machine that has everything"
like "$out" '^ok    qemu-system-.*: QEMU of the test$' "QEMU and its version"
like "$out" 'accelerator: (KVM|emulation)' "the accelerator"
like "$out" '^ok    kernel 1.2.3-test, ' "the kernel"
mv "$WORK/kernel/release" "$WORK/release"
doctor
is "$code $(grep "kernel.*vmlinuz" <<<"$out")" "0 ok    kernel $WORK/kernel/vmlinuz; its release is not known: no file 'release' beside it" "... without a file that says its release"
mv "$WORK/release" "$WORK/kernel/release"
doctor
like "$out" '^ok    kernel configuration .* has what is needed' "its configuration"
unlike "$out" '^FAIL' "nothing fails"
sed -i '/SQUASHFS/d' "$WORK/kernel/config"
doctor
is "$code" 1 "a kernel without squashfs"
like "$out" '^FAIL  .*CONFIG_SQUASHFS is not set; build a kernel from kconfig/' "... is told, with the remedy"
vm 'app = "app.img"'
is "$code" 0 "the needs are those of the configuration: no squashfs image here"
vm 'app = "app.img"' '9p.home = {path = "."}' 'tpm = true'
is "$code" 1 "a kernel without 9p and TPM"
like "$out" '^FAIL  .*CONFIG_NET_9P_VIRTIO' "... is told of 9p"
like "$out" '^FAIL  .*CONFIG_TCG_CRB' "... and of the TPM"
echo CONFIG_NR_CPUS=8 >>"$WORK/kernel/config"
vm 'app = "app.img"' 'cpus = 9'
is "$code" 1 "more processors than the kernel is built for"
like "$out" '^FAIL  .*CONFIG_NR_CPUS is 8, for cpus = 9; build a kernel from kconfig/' "... is told"
vm 'app = "app.img"' 'cpus = 8'
is "$code" 0 "... and as many are fine"
vm 'app = "none.img"'
is "$code" 1 "an app image that is not there"
like "$out" '^FAIL  app image .*none.img: No such file' "... is told"
rm "$WORK/bin/qemu-system-$ARCH"
out=$(PATH=$WORK/bin PITH_KERNEL_DIR=$WORK/kernel "$PITH" doctor 2>&1)
is $? 1 "no QEMU"
like "$out" '^FAIL  qemu-system-.*: not there; apt-get install qemu-system-' "... is told, with the remedy"
like "$out" '^note  mksquashfs: not there; for pith image build: apt-get install squashfs-tools' "a tool that nothing here needs is only noted"
vm 'nonsense = 1'
is "$code" 2 "a configuration that is not valid is 2"
doctor --nonsense
is "$code" 2 "wrong usage is 2"
finish
