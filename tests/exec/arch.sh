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
	mkdir -p "$WORK/$arch/lib"
	# shellcheck disable=SC2016
	"$triplet-gcc" -shared -fPIC -nostdlib -o "$WORK/$arch/lib/libanswer.so" "$WORK/answer.c" &&
		"$triplet-gcc" -o "$WORK/$arch/main" "$WORK/main.c" -fno-stack-protector -L"$WORK/$arch/lib" -lanswer "${link[@]}" -Wl,-rpath,'$ORIGIN/lib'
	ok $? "$arch: a dynamic one is built"
	echo input >"$WORK/input"
	STDIN=$WORK/input run_exec "${sysroot[@]}" "$WORK/$arch/main"
	is "$STATUS $(cat "$WORK/out")" "5 $arch input" "$arch: it runs, with libraries of its own and of ${sysroot[1]:-this system}"
	[ "$arch" != "$(uname -m)" ] || continue
	run_exec "$WORK/$arch/main"
	is "$STATUS" 126 "$arch: without --sysroot it is refused"
	like "$(cat "$WORK/err")" "dynamic loader '/lib/ld-linux.*not found; --sysroot names" "... in words"
	mkdir -p "$WORK/empty"
	run_exec --sysroot "$WORK/empty" "$WORK/$arch/main"
	is "$STATUS" 126 "$arch: and with one that lacks its libraries"
	like "$(cat "$WORK/err")" "not found" "... in words"
done
run_exec --sysroot "$WORK/none" /bin/true
is "$STATUS $(cat "$WORK/err")" "125 pith: error: true: setup-failed: $WORK/none: No such file or directory" "a sysroot that is missing"
run_exec --sysroot / --rootfs / /bin/true
is "$STATUS" 125 "--sysroot with --rootfs is refused"
finish
