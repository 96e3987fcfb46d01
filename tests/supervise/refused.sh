#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# VMs that are refused before QEMU runs, as the base system lacks what they ask for. No VM is booted.
. tests/tap.sh

: >"$WORK/kernel"
cat >"$WORK/qemu" <<'END'
#!/bin/sh
echo "$*" >>"${0%/*}/calls"
[ "$1" = --version ] && exec cat "${0%/*}/version"
exit 9
END
chmod +x "$WORK/qemu"
run() { # run LINE...: one VM with these lines; sets $code, $err, $calls
	printf '%s\n' '[paths]' "$version" 'qemu_system_aarch64 = "./qemu"' '[[process]]' 'type = "vm"' 'name = "vm"' 'kernel = "kernel"' \
		'ram_mb = 128' 'kvm = false' "$@" >"$WORK/vm.toml"
	sed -i '1i mode = "exec"' "$WORK/vm.toml"
	: >"$WORK/calls"
	timeout 60 "$PITH" run "$WORK/vm.toml" >/dev/null 2>"$WORK/err" </dev/null
	code=$? err=$(<"$WORK/err") calls=$(<"$WORK/calls")
}
gpio='gpio.gpiochip1 = { mode = "passthrough", device = "/dev/gpiochip0" }'

version=
echo 'QEMU emulator version 7.2.22 (Debian)' >"$WORK/version"
run "$gpio"
is "$code $calls" "125 --version" "gpio with an old QEMU is refused, which is only asked for its version"
like "$err" 'gpio needs QEMU 8\.2 or newer; .*/qemu is 7\.2\.22' "... in one line"
run
unlike "$calls" '^--version$' "without gpio the version is not asked"
echo 'QEMU emulator version 8.2.0' >"$WORK/version"
run "$gpio"
unlike "$err" 'gpio needs QEMU' "8.2 is new enough"
like "$calls" '^--version$' "... as it says itself"
echo 'hello' >"$WORK/version"
run "$gpio"
is $code 125 "a program that tells no version is refused"
like "$err" 'gpio needs QEMU 8\.2 or newer; .*--version: no version in its answer: hello' "... by what it said"

version='qemu_system_aarch64_version = [8, 1]'
run "$gpio"
is "$code $calls" "125 " "a version in [paths] is taken as it is"
like "$err" 'qemu is 8\.1\.0' "... and refused when it is too old"
version='qemu_system_aarch64_version = [9]'
run "$gpio"
unlike "$err$calls" 'gpio needs|--version' "... or accepted, without asking"

# A kernel by its header: of arm64's Image, x86's bzImage and an ELF file, for a machine that is aarch64.
version=
header() { printf '%*s%s%*s' "$1" '' "$2" 4096 '' >"$WORK/kernel"; }
header 56 "$(printf 'ARM\144')"
run
unlike "$err" 'the machine is' "a kernel of arm64 is not refused"
like "$calls" '-kernel [^ ]*/kernel ' "... but goes to QEMU"
header 514 HdrS
run
is "$code $calls" "125 " "a kernel of x86_64 is refused"
like "$err" "vm: setup-failed: kernel $WORK/kernel: it is for x86_64; the machine is aarch64\$" "... by what it is for, and what is wanted"
printf '\177ELF\2\1\1%9s\2\0\363\0' '' >"$WORK/kernel"
run
like "$err" "kernel $WORK/kernel: it is for riscv64; the machine is aarch64\$" "... likewise an ELF file"
out=$("$PITH" doctor "$WORK/vm.toml" 2>&1)
like "$out" "^FAIL  kernel $WORK/kernel: it is for riscv64; the machine is aarch64\$" "... and told by pith doctor"
header 56 "$(printf 'ARM\144')"

# More processors than the kernel was built for, by the file beside it: said, and the guest runs.
for line in CONFIG_NR_CPUS=8:8 '# CONFIG_SMP is not set:1'; do
	echo "${line%:*}" >"$WORK/config"
	run 'cpus = 9'
	like "$err" "^pith: warning: vm: the guest will have ${line##*:} of 9 processors: its kernel is built for so many \(CONFIG_NR_CPUS\)\$" "9 processors, ${line%:*}"
	like "$calls" '-smp 9 ' "... and QEMU is started with them"
	run "cpus = ${line##*:}"
	unlike "$err" 'processors' "... ${line##*:} are not worth a word"
done
rm "$WORK/config"
run 'cpus = 9'
unlike "$err" 'processors' "... nor 9 where nothing is known"
: >"$WORK/kernel"

if [ -e /dev/vhost-vsock ]; then
	skip "vsock" "the base system has /dev/vhost-vsock"
else
	run 'vsock = { cid = 3 }'
	is "$code $calls" "125 " "vsock is refused where the base system has none"
	like "$err" 'vsock: /dev/vhost-vsock: No such file or directory; .* CONFIG_VHOST_VSOCK' "... with the remedy"
fi
finish
