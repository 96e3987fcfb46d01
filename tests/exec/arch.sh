#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec on every architecture: the ELF header decides. Static programs, and dynamic ones whose libraries
# are in a --sysroot (Debian's cross compilers bring one in /usr/TRIPLET).
. tests/exec/lib.sh
unset PITH_KERNEL_DIR

printf 'int answer(void) { return 5; }\n' >"$WORK/answer.c"
# Cross compilers come without the C library's headers and start-up files (a -dev package), but with the library.
cat >"$WORK/main.c" <<'END'
int printf(const char *, ...), uname(void *), answer(void);
long read(int, void *, unsigned long);
void exit(int);
static char name[6 * 65], line[64]; /* struct utsname */
#ifdef NATIVE
int main(void)
#else
void _start(void)
#endif
{
	uname(name);
	if (read(0, line, sizeof(line) - 1) < 0)
		exit(99);
	printf("%s %s", name + 4 * 65, line);
	exit(answer());
}
END
for arch in x86_64 aarch64 riscv64; do
	triplet=$arch-linux-gnu
	sysroot=() link=(-DNATIVE)
	if [ "$arch" != "$(uname -m)" ]; then
		sysroot=(--sysroot "/usr/$triplet")
		link=(-nostdlib -nostartfiles "/usr/$triplet/lib/libc.so.6")
	fi
	if [ ! -x "build/$arch/tests/payload" ]; then
		skip "$arch" "not built: make ARCH=$arch tools"
		continue
	fi
	run_exec "build/$arch/tests/payload" args 'a b' "$arch" + stderr err + exit 7
	is "$STATUS $(cat "$WORK/out") $(tail -n 1 "$WORK/err")" "7 arg=a b
arg=$arch err" "$arch: a static program"
	for try in 1 2 3; do # its state was saved in the midst of this or that
		run_exec --timeout 60s "build/$arch/tests/payload" sleep 1
		is "$STATUS" 0 "$arch: a resumed guest sleeps to its end, $try"
	done
	mkdir -p "$WORK/$arch/lib"
	# shellcheck disable=SC2016
	"$triplet-gcc" -shared -fPIC -nostdlib -o "$WORK/$arch/lib/libanswer.so" "$WORK/answer.c" &&
		"$triplet-gcc" -o "$WORK/$arch/main" "$WORK/main.c" -fno-stack-protector -L"$WORK/$arch/lib" -lanswer "${link[@]}" -Wl,-rpath,'$ORIGIN/lib'
	ok $? "$arch: a dynamic one is built"
	echo input >"$WORK/input"
	STDIN=$WORK/input run_exec "${sysroot[@]}" "$WORK/$arch/main"
	is "$STATUS $(cat "$WORK/out")" "5 $arch input" "$arch: it runs, with libraries of its own and of ${sysroot[1]:-this system}"
	run_exec --transport mmio --net user --disk "$WORK/input:ro" --disk "$WORK/main.c:ro" --keep "$WORK/keep-$arch" \
		"build/$arch/tests/payload" open /sys/class/net/eth0/address + cat /dev/vda + exit 6
	is "$STATUS $(tr -d '\0' <"$WORK/out" | grep -m 1 input)" "6 input" "$arch: the same devices on virtio-mmio, in order"
	like "$(tr -d '\0' <"$WORK/out")" 'address: Permission denied|address: ok' "... the network's, too"
	like "$(cat "$WORK/keep-$arch/qemu-command")" "^qemu-system-$arch .* virtio-net-device" "--keep: QEMU's command line"
	unlike "$(cat "$WORK/keep-$arch/qemu-command")" ' [a-z-]*-pci' "... in which nothing is on PCI"
	timeout 120 "$WORK/keep-$arch/qemu.sh" </dev/null >"$WORK/again" 2>&1
	is "$? $(tr -d '\0' <"$WORK/keep-$arch/stdout" | grep -m 1 input) $(grep -o '"outcome":"app-exit","code":6' "$WORK/keep-$arch/report")" \
		'0 input "outcome":"app-exit","code":6' "... and qemu.sh starts that machine again, without pith" || sed 's/^/# /' "$WORK/again"
	[ "$arch" != "$(uname -m)" ] || continue
	run_exec --transport isa "build/$arch/tests/payload" exit 0
	is "$STATUS $(cat "$WORK/err")" "125 pith: error: payload: setup-failed: --transport isa: only machines of x86_64 have an ISA bus" \
		"$arch: --transport isa is refused"
	run_exec "$WORK/$arch/main"
	is "$STATUS" 126 "$arch: without --sysroot it is refused"
	like "$(cat "$WORK/err")" "dynamic loader '/lib/ld-linux.*not found; --sysroot names" "... in words"
	mkdir -p "$WORK/empty"
	run_exec --sysroot "$WORK/empty" "$WORK/$arch/main"
	is "$STATUS" 126 "$arch: and with one that lacks its libraries"
	like "$(cat "$WORK/err")" "not found" "... in words"
done
keep=$WORK/keep-$(uname -m)
like "$(cpio -it <"$keep/initramfs.cpio" 2>/dev/null)" '^init$' "--keep: the initramfs"
is "$(jq -r .code "$keep/result.json")" 6 "... and the result"
[ -f "$keep/console.log" ]
ok $? "... and the console" || true
is "$(stat -c %a "$keep" "$keep/initramfs.cpio" | tr '\n' ' ')" "700 600 " "... for its owner only"
run_exec --keep "$keep" /bin/true
is "$STATUS" 125 "--keep in a folder that holds something is refused"
like "$(cat "$WORK/err")" "--keep $keep: Directory not empty; accepted is a new or empty folder" "... in words"
run_exec --transport mmio --machine q35 /bin/true
is "$STATUS" 125 "a machine without virtio-mmio is refused for it"
like "$(cat "$WORK/err")" "--machine q35 has no virtio-mmio" "... in words"
run_exec --machine microvm /bin/true
is "$STATUS" 125 "and one without PCI for PCI"
like "$(cat "$WORK/err")" "--machine microvm has no PCI" "... in words"
run_exec --transport usb /bin/true
is "$STATUS" 2 "an unknown transport is refused"
run_exec --sysroot "$WORK/none" /bin/true
is "$STATUS $(cat "$WORK/err")" "125 pith: error: true: setup-failed: $WORK/none: No such file or directory" "a sysroot that is missing"
run_exec --sysroot / --rootfs / /bin/true
is "$STATUS" 125 "--sysroot with --rootfs is refused"
finish
