#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec under the QEMU of the next release of Debian, unpacked into the cache (some 40 MB, once) and run by its own
# loader: booted, resumed, over a shared tree.
. tests/exec/lib.sh
# shellcheck source=/dev/null
. /etc/os-release
if [ "$ARCH" != x86_64 ] || [ "$VERSION_CODENAME" != bookworm ]; then
	skip "a newer QEMU" "written for x86_64 on Debian 12, this is $ARCH on $VERSION_CODENAME"
	finish
fi
cache=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}
newer=$cache/sysroot/x86_64-qemu-trixie
if [ ! -e "$newer" ]; then
	mkdir -p "${newer%/*}"
	new=$(mktemp -d "$newer.XXXXXX")
	scripts/debs x86_64:trixie "$new" qemu-system-x86/all >"$WORK/log" 2>&1 && mv -T "$new" "$newer"
	ok $? "QEMU of Debian 13 is unpacked" || {
		sed 's/^/# /' "$WORK/log"
		rm -rf "$new"
		finish
	}
fi
mkdir "$WORK/bin" "$WORK/cache"
ln -s "$cache/kernels" "$WORK/cache/kernels"
export PITH_CACHE=$WORK/cache # no saved state to begin with
cat >"$WORK/bin/qemu-system-x86_64" <<END
#!/bin/sh
exec $newer/usr/lib64/ld-linux-x86-64.so.2 --argv0 "\$0" --library-path $newer/usr/lib/x86_64-linux-gnu \\
	$newer/usr/bin/qemu-system-x86_64 -L $newer/usr/share/qemu -L $newer/usr/share/seabios "\$@"
END
chmod +x "$WORK/bin/qemu-system-x86_64"
PATH=$WORK/bin:$PATH
like "$(qemu-system-x86_64 --version)" '^QEMU emulator version (1[0-9]|[2-9][0-9])\.' "it runs"

run_exec --warm off "$PAYLOAD" exit 7
is "$STATUS" 7 "a guest is booted" || sed 's/^/# /' "$WORK/err"
for time in first second; do
	run_exec -v --kvm off --warm on "$PAYLOAD" exit 8
	is "$STATUS" 8 "a saved state is resumed, $time time" || sed 's/^/# /' "$WORK/err"
	like "$(cat "$WORK/err")" 'resumed the saved state' "... says pith"
	unlike "$(cat "$WORK/err")" 'deprecated' "... and QEMU has nothing against how"
done
if [ "$(id -u)" != 0 ] || [ ! -x /usr/lib/qemu/virtiofsd ]; then
	skip "a shared tree" "virtiofsd needs root"
else
	# Where code was before, virtiofsd writes by itself: QEMU went on to run the old.
	run_exec --kvm off --rootfs / /bin/sh -c 'for i in 1 2 3; do make --version; done | grep -c "^GNU Make"; exit 9'
	is "$STATUS $(cat "$WORK/out")" "9 3" "programs of a shared tree run" || sed 's/^/# /' "$WORK/err"
fi

finish
