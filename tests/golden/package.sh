#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make install and make deb: what goes where, that it works from there, and that the package is the same bytes
# whatever the clock, the umask and the time zone are.
. tests/tap.sh
if [ "$ARCH" != "$(uname -m)" ]; then
	skip "package" "dpkg is the base system's own, this is $ARCH"
	finish
fi
programs=$(printf '%s\n' bin/pith lib/pith/pith-{init,verify} lib/pith/"$ARCH"/pith{,-init,-verify} | LC_ALL=C sort | paste -sd ' ')
files_of() { (cd "$1" && find . -name "$2" -printf '%P\n' | LC_ALL=C sort | paste -sd ' '); }

make -s install DESTDIR="$WORK/staged" PREFIX=/opt/tools >"$WORK/log" 2>&1 &&
	[ "$(cd "$WORK" && find staged -type f -o -type l | grep -vc '^staged/opt/tools/')" = 0 ]
ok $? "make install DESTDIR= PREFIX= writes nothing outside of them" || sed 's/^/# /' "$WORK/log"
is "$(files_of "$WORK/staged/opt/tools" 'pith*' | tr ' ' '\n' | grep -E '^(bin|lib/pith/)' | paste -sd ' ')" "$programs" "programs"
for program in $programs; do
	[ -x "$WORK/staged/opt/tools/$program" ] || ok 1 "$program can be run"
done

# Built for /usr, it finds what is beside it: pith-init, and a kernel.
mkdir -p "$WORK/staged/opt/tools/share/pith/kernels/$ARCH"
head -c 1000000 /dev/zero >"$WORK/staged/opt/tools/share/pith/kernels/$ARCH/vmlinuz"
found=$(env -u PITH_KERNEL_DIR PITH_CACHE="$WORK/none" "$WORK/staged/opt/tools/bin/pith" doctor 2>&1)
like "$found" "^ok .*/opt/tools/share/pith/kernels/$ARCH/vmlinuz" "... and it finds a kernel that is installed beside it"
like "$found" "^ok .*/opt/tools/bin/\.\./lib/pith/$ARCH/pith-init" "... and pith-init"

package() { # package FOLDER: made there; its name
	SOURCE_DATE_EPOCH=1700000000 scripts/build-deb "$ARCH" 1.2.3 "$1" 2>"$WORK/log" || sed 's/^/# /' "$WORK/log" >&2
}
first=$(umask 022 && package "$WORK/first")
second=$(umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 package "$WORK/second")
cmp "$first" "$second" && [ -s "$first" ]
ok $? "same input, same package: $(basename "$first")"
is "$(grep -lF "$PWD" build/"$ARCH"/pith{,-init,-verify}.debug)" "" "the programs do not know in which folder they were built"
is "$(ls -A "$WORK/first")" "$(basename "$first")" "nothing else is left beside it"
is "$(dpkg-deb -f "$first" Package Version Architecture | paste -sd ' ')" \
	"Package: pith Version: 1.2.3-1 Architecture: $(dpkg --print-architecture)" "its control file"
is "$(dpkg-deb -c "$first" | awk '$2 != "root/root" || ($1 !~ /^l/ && $1 ~ /.....w|........w|s|t/)')" "" "all of it is root's, and nobody else may write to it"
scripts/build-deb vax 1.2.3 "$WORK/third" 2>"$WORK/log"
is "$? $(cat "$WORK/log")" "2 scripts/build-deb: architecture 'vax': accepted are x86_64, aarch64, riscv64" \
	"an unknown architecture is refused"

# Into a root of its own, as on a disk that is being made.
root=$WORK/root
mkdir -p "$root/var/lib/dpkg/"{info,updates}
touch "$root/var/lib/dpkg/status" "$root/var/lib/dpkg/available"
PATH=$PATH:/usr/sbin:/sbin fakeroot dpkg --root="$root" --log=/dev/null --install "$first" >"$WORK/log" 2>&1
ok $? "dpkg --root installs it" || sed 's/^/# /' "$WORK/log"
is "$(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${db:Status-Status}' pith)" installed "dpkg has it as installed"
is "$(dpkg --root="$root" --verify pith)" "" "every file is as the package has it"
is "$(files_of "$root/usr" 'pith*' | tr ' ' '\n' | grep -E '^(bin|lib/pith/)' | paste -sd ' ')" "$programs" "programs, once more"
for page in pith.1 pith.toml.5 pith-init.8; do
	gzip -dc "$root/usr/share/man/man${page##*.}/$page.gz" 2>/dev/null | cmp -s - "man/$page"
	ok $? "$page"
done
"$root/usr/lib/pith/pith-init" 2>"$WORK/log"
is "$? $(cut -d : -f 1 "$WORK/log")" "125 pith-init" "the pith-init in there runs"
env -u PITH_LIB "$root/usr/bin/pith" doctor >"$WORK/log" 2>&1
like "$(cat "$WORK/log")" "^ok +$root.*/lib/pith/$ARCH/pith-init" "pith there takes the pith-init that came with it"
mv "$root/usr/lib/pith/pith-init" "$root/usr/lib/pith/moved"
env -u PITH_LIB "$root/usr/bin/pith" doctor >"$WORK/log" 2>&1
like "$(cat "$WORK/log")" '^FAIL +pith-init' "... and says so when that is gone"
mv "$root/usr/lib/pith/moved" "$root/usr/lib/pith/pith-init"
is "$(lintian --fail-on error,warning "$first" 2>&1 | grep -v 'root privileges')" "" "lintian has no error and no warning"
finish
