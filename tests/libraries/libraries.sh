#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shared libraries are gathered as the dynamic loader finds them: compared with ldd on the system's own
# programs, then on small ones made here, and run for real in a folder that holds nothing else.
. tests/tap.sh

list=$TOOLS/libraries-list
here=$WORK/here # a clean path without symbolic links, as messages show it
mkdir -p "$here" && here=$(realpath "$here")
host=$(uname -m)
triplet=$host-linux-gnu

# --- The system's own programs ---
files_by_ldd() { ldd "$1" | sed -nE 's,^.*=> (/[^ ]*) .*$,\1,p; s,^\s*(/[^ ]*) \(.*$,\1,p' | xargs -r realpath | sort -u; }
files_by_us() { "$list" "$1" | grep -v '^cached ' | cut -d' ' -f1 | xargs -r realpath | sort -u; }
for program in bash git python3 clang qemu-system-x86_64 mksquashfs; do
	path=$(PATH=/usr/bin:/bin command -v "$program") # not what a user has in front of it
	if ! ldd "$path" >/dev/null 2>&1; then
		skip "$program" "it is not installed as a dynamic program"
		continue
	fi
	wanted=$(files_by_ldd "$path")
	is "$(files_by_us "$path")" "$wanted" "$program: the $(wc -l <<<"$wanted") files that ldd shows"
done
is "$("$list" "$PITH")" "" "a static program needs nothing"

# --- Small programs: main -> liba -> libb ---
mkdir -p "$here/bin" "$here/lib" "$here/deep" "$here/src"
cd "$here" || exit 1
echo 'int b(void) { return 42; }' >src/b.c
echo 'int b(void); int a(void) { return b(); }' >src/a.c
echo 'int a(void); int main(void) { return a(); }' >src/main.c
echo 'int b(void); int main(void) { return b(); }' >src/main_b.c
library() { gcc -shared -fPIC -Wl,-soname,"$(basename "$1")" -o "$@"; } # library OUT SOURCE [FLAG...]
library deep/libb.so src/b.c
library lib/liba.so src/a.c -Ldeep -lb
library lib/libb.so src/b.c
program() { gcc -o "$1" src/main.c -Llib -la -Wl,-rpath-link,lib "${@:2}"; } # program OUT [FLAG...]

targets() { "$list" "$@" 2>&1 | grep -vE '/(ld-linux|libc\.so)' | sed "s,$here,HERE,g"; }
tags=-Wl,--disable-new-dtags # RPATH, not RUNPATH

# shellcheck disable=SC2016
program bin/origin '-Wl,-rpath,$ORIGIN/../lib' $tags
is "$(targets bin/origin /app/bin/p)" \
	"$(printf '%s\n' 'HERE/bin/../lib/liba.so /app/lib/liba.so' 'HERE/bin/../lib/libb.so /app/lib/libb.so')" \
	"RPATH with \$ORIGIN, moved in the guest, and inherited by liba"
# shellcheck disable=SC2016
program bin/braces '-Wl,-rpath,${ORIGIN}/../lib' $tags
is "$(targets bin/braces /app/bin/p | wc -l)" 2 "RPATH with \${ORIGIN}"
# shellcheck disable=SC2016
program bin/runpath '-Wl,-rpath,$ORIGIN/../lib' -Wl,--enable-new-dtags
is "$(targets bin/runpath /app/bin/p)" \
	"$(printf '%s\n' "shared library 'libb.so', needed by HERE/bin/../lib/liba.so, is not found" \
		'HERE/bin/../lib/liba.so /app/lib/liba.so')" \
	"RUNPATH is not inherited: what is missing is named, and who needs it"
"$list" bin/runpath >/dev/null 2>&1
is $? 1 "and that fails"
ldd bin/runpath 2>&1 | grep -q 'libb.so => not found'
ok $? "as ldd has it"

# Of who asks in between: main -> libtop (RPATH) -> libmid -> libb, and a RUNPATH that ends the search.
mkdir chain
echo 'int b(void); int m(void) { return b(); }' >src/m.c
echo 'int m(void); int a(void) { return m(); }' >src/top.c
library chain/libb.so src/b.c
library chain/libmid.so src/m.c -Lchain -lb
library lib/libtop.so src/top.c -Lchain -lmid "-Wl,-rpath,$here/chain" $tags
gcc -o bin/chain src/main.c -Llib -ltop "-Wl,-rpath,$here/lib" "-Wl,-rpath-link,$here/chain" $tags
rm lib/libb.so
is "$(targets bin/chain | sed 's/ .*//')" "$(printf '%s\n' HERE/lib/libtop.so HERE/chain/libmid.so HERE/chain/libb.so)" \
	"the RPATH of the library between is asked"
bin/chain
is $? 42 "as the loader does"
library chain/libmid.so src/m.c -Lchain -lb -Wl,-rpath,/nowhere -Wl,--enable-new-dtags
like "$(targets bin/chain)" "^shared library 'libb.so', needed by HERE/chain/libmid.so, is not found" "who has a RUNPATH asks no RPATH"
bin/chain 2>/dev/null
is $? 127 "as the loader does not"
library lib/libb.so src/b.c

mkdir -p moved/sub
library moved/sub/libb.so src/b.c
# shellcheck disable=SC2016
library moved/liba.so src/a.c -Lmoved/sub -lb '-Wl,-rpath,$ORIGIN/sub'
# shellcheck disable=SC2016
program bin/moved '-Wl,-rpath,$ORIGIN/../moved'
is "$(targets bin/moved /app/bin/p | sed 's/.* //')" "$(printf '%s\n' /app/moved/liba.so /app/moved/sub/libb.so)" \
	"\$ORIGIN of a library that moves with its program"

ln -s ../bin/origin deep/link
is "$(targets deep/link /app/bin/p | grep -c 'lib[ab]')" 2 "\$ORIGIN of a program reached by a link is the file's own folder"

program bin/plain
is "$(LD_LIBRARY_PATH=$here/lib targets bin/plain | grep -c 'is not found')" 1 "LD_LIBRARY_PATH here says nothing of the guest"
is "$(GUEST_LIBRARY_PATH=/nowhere:$here/lib targets bin/plain)" \
	"$(printf '%s\n' 'HERE/lib/liba.so HERE/lib/liba.so' 'HERE/lib/libb.so HERE/lib/libb.so')" "LD_LIBRARY_PATH where it is asked for"
is "$(GUEST_LIBRARY_PATH=:nowhere targets bin/plain | grep -c 'is not found')" 1 "an empty element is the current folder"
is "$(cd lib && GUEST_LIBRARY_PATH=:nowhere targets ../bin/plain | grep -c 'is not found')" 0 "where the libraries may be"

# Which comes first: RPATH, LD_LIBRARY_PATH, RUNPATH.
mkdir other && cp lib/*.so other/
program bin/rpath "-Wl,-rpath,$here/lib" $tags
program bin/run "-Wl,-rpath,$here/lib" -Wl,--enable-new-dtags
is "$(GUEST_LIBRARY_PATH=$here/other targets bin/rpath | grep -c HERE/lib/)" 2 "RPATH comes before LD_LIBRARY_PATH"
is "$(GUEST_LIBRARY_PATH=$here/other targets bin/run | grep -c HERE/other/)" 2 "LD_LIBRARY_PATH comes before RUNPATH"

# $LIB and $PLATFORM.
mkdir -p "tree/lib/$triplet" tree/lib64 "tree/$host" && cp lib/libb.so "tree/lib/$triplet/" && cp lib/liba.so "tree/$host/"
# shellcheck disable=SC2016
program bin/tokens "-Wl,-rpath,$here/tree/"'$LIB:'"$here/tree/"'$PLATFORM' $tags
is "$(targets bin/tokens | sed "s,$triplet,TRIPLET,g; s,$host,HOST,g; s/ .*//")" \
	"$(printf '%s\n' HERE/tree/HOST/liba.so HERE/tree/lib/TRIPLET/libb.so)" "\$LIB and \$PLATFORM"

# A library with a path for its name; one of another machine; a damaged one; hwcaps.
gcc -shared -fPIC -Wl,-soname,"$here/deep/libb.so" -o deep/libb.so src/b.c
gcc -o bin/path src/main_b.c deep/libb.so
is "$(targets bin/path)" "HERE/deep/libb.so HERE/deep/libb.so" "a name with a slash is a path"
rm deep/libb.so
like "$(targets bin/path)" "^shared library 'HERE/deep/libb.so', needed by HERE/bin/path|^shared library '.*libb.so', needed by bin/path, is not found" "that must be there"

mkdir foreign && cp lib/liba.so foreign/ && printf '\xb7\x00' | dd of=foreign/liba.so bs=1 seek=18 conv=notrunc status=none
[ "$host" != aarch64 ] || printf '\x3e\x00' | dd of=foreign/liba.so bs=1 seek=18 conv=notrunc status=none
is "$(GUEST_LIBRARY_PATH=$here/foreign:$here/lib targets bin/plain | grep -c HERE/lib/)" 2 "a library for another machine is passed over"
mkdir damaged && echo '/* GNU ld script */' >damaged/liba.so
like "$(GUEST_LIBRARY_PATH=$here/damaged:$here/lib targets bin/plain)" \
	"^shared library 'liba.so', needed by bin/plain: HERE/damaged/liba.so: it is no ELF file" "a damaged one is an error, as for the loader"
mkdir -p hwcaps/glibc-hwcaps/x86-64-v2 && cp lib/*.so hwcaps/ && cp lib/*.so hwcaps/glibc-hwcaps/x86-64-v2/
is "$(GUEST_LIBRARY_PATH=$here/hwcaps targets bin/plain | grep -c 'hwcaps/lib')" 2 "plain libraries before those for better CPUs"

# --- A sysroot ---
root=$here/root
mkdir -p "$root/etc/ld.so.conf.d" "$root/opt/x" "$root/opt/y" "$root/lib64" "$root/lib/$triplet" "$root/usr/bin"
loader=$("$list" /bin/sh | awk '/ld-linux/ { print $2 }')
mkdir -p "$root$(dirname "$loader")"
cp "$(realpath "$loader")" "$root/lib/$triplet/the-loader"
ln -s "/lib/$triplet/the-loader" "$root$loader" # absolute: it must stay inside
cp "$(ldd /bin/sh | awk '/libc\.so/ { print $3 }')" "$root/lib/$triplet/libc.so.6"
printf '# folders\ninclude ld.so.conf.d/*.conf\n/opt/y # comment\n' >"$root/etc/ld.so.conf"
printf 'hwcap 1 nosegneg\ninclude /etc/ld.so.conf\n/opt/x=libc6\n' >"$root/etc/ld.so.conf.d/x.conf"
cp lib/liba.so "$root/opt/x/" && cp lib/libb.so "$root/opt/y/"
export SYSROOT=$root
is "$(targets bin/plain /usr/bin/plain | grep -v the-loader)" \
	"$(printf '%s\n' 'HERE/root/opt/x/liba.so /opt/x/liba.so' 'HERE/root/opt/y/libb.so /opt/y/libb.so' \
		'cached /opt/x/liba.so' 'cached /opt/y/libb.so')" "--sysroot: ld.so.conf and what it includes"
is "$("$list" bin/plain | sed "s,$here,HERE," | grep the-loader)" "HERE/root/lib/$triplet/the-loader $loader" \
	"an absolute symbolic link in a sysroot stays inside it"
gcc -o bin/nodef src/main.c -Llib -la -Wl,-rpath-link,lib -Wl,-z,nodefaultlib
like "$("$list" bin/nodef 2>&1)" "^shared library 'libc.so.6', needed by bin/nodef, is not found in $root" "-z nodefaultlib keeps to ld.so.conf"

run_in() { # run_in FOLDER PROGRAM: alone in that folder
	if [ "$(id -u)" = 0 ]; then chroot "$@"; else unshare -Ur --root="$1" "$2"; fi
}
guest=$here/guest
CACHE=$here/cache "$list" bin/plain /usr/bin/plain | grep -v '^cached' | while read -r source target; do
	mkdir -p "$guest$(dirname "$target")" && cp "$source" "$guest$target"
done
mkdir -p "$guest/usr/bin" "$guest/etc" && cp bin/plain "$guest/usr/bin/"
if [ "$(id -u)" = 0 ] || unshare -Ur true 2>/dev/null; then
	run_in "$guest" /usr/bin/plain 2>/dev/null
	is $? 127 "without the cache the loader does not find what ld.so.conf would have shown"
	cp cache "$guest/etc/ld.so.cache"
	run_in "$guest" /usr/bin/plain
	is $? 42 "with the cache we wrote the program runs in a folder with nothing else"
else
	skip "running in a folder with nothing else" "neither root nor user namespaces"
fi
rm "$root/opt/y/libb.so"
like "$(targets bin/plain)" "^shared library 'libb.so', needed by HERE/root/opt/x/liba.so, is not found in HERE/root" "what a sysroot lacks is not taken from here"
unset SYSROOT

# --- Other machines and other C libraries ---
foreign=/usr/aarch64-linux-gnu # of Debian's cross compiler: a sysroot
if [ "$host" != aarch64 ] && command -v aarch64-linux-gnu-gcc >/dev/null && [ -e $foreign/lib/libc.so.6 ]; then
	echo 'void _start(void) {}' | aarch64-linux-gnu-gcc -x c - -x none -nostdlib -o bin/arm -Wl,--no-as-needed \
		-L$foreign/lib -l:libc.so.6 -Wl,--dynamic-linker=/lib/ld-linux-aarch64.so.1
	is "$(SYSROOT=$foreign "$list" bin/arm | cut -d' ' -f2 | sort)" \
		"$(printf '%s\n' /lib/ld-linux-aarch64.so.1 /lib/libc.so.6)" "a program for aarch64, from a sysroot"
	like "$("$list" bin/arm 2>&1)" "^dynamic loader '/lib/ld-linux-aarch64.so.1', needed by bin/arm, is not found" "without the sysroot its loader is missing"
else
	skip "a program for aarch64" "no cross compiler with its C library"
fi
echo 'int main(void) { return 0; }' | musl-gcc -x c - -o bin/musl
is "$("$list" bin/musl | cut -d' ' -f2)" "/lib/ld-musl-$host.so.1" "musl's loader is its C library"

# --- Scripts ---
script() { printf '#!%s\n' "$2" >"$1" && chmod +x "$1"; } # script FILE INTERPRETER-LINE
script one " $here/two  an argument "
script two "$BASH"
is "$(targets one | head -n 2)" "$(printf '%s\n' 'HERE/two HERE/two' "$BASH $BASH")" "a script's interpreter is a script: both come along"
script byenv '/usr/bin/env bash'
is "$(targets byenv | grep -cE '/(env|bash)$')" 2 "env and what it runs come along"
script byenvs '/usr/bin/env -S A=1 bash -eu'
is "$(targets byenvs | grep -cE '/(env|bash)$')" 2 "also through env -S"
script noenv '/usr/bin/env no-such-program'
like "$(targets noenv)" "^program 'no-such-program', which noenv runs by env, is not in PATH" "what env would not find is missing"
script none '/no/such/interpreter -x'
like "$(targets none)" "^interpreter '/no/such/interpreter' of none is not found" "a missing interpreter is missing"
script relative 'bash'
like "$(targets relative)" "^interpreter 'bash' of relative is not an absolute path" "a relative one is refused"
script loop "$here/loop"
like "$(targets loop)" "more than 5 interpreters in a row" "a script that is its own interpreter ends"
printf '#!\n' >empty
like "$(targets empty)" "^empty: its first line names no interpreter" "no interpreter at all"
like "$("$list" src/a.c 2>&1)" '^src/a.c: neither an ELF program nor a script' "a text is no program"
like "$("$list" lib/liba.so 2>&1)" '^lib/liba.so: it is a shared library, not a program' "a library is no program"
like "$("$list" missing 2>&1)" '^missing: No such file' "nor is what does not exist"
finish
