# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# newer-qemu.sh: sourced, behind tap.sh, by the tests of a QEMU that is newer than this system's: that of the next
# release of Debian, unpacked into the cache (some 40 MB, once) and run by its own loader.

# newer_qemu WHAT: puts it first in PATH, or ends the test with WHAT skipped. $WORK/bin is made for it.
newer_qemu() {
	local cache newer new
	# shellcheck source=/dev/null
	. /etc/os-release
	if [ "$ARCH" != x86_64 ] || [ "$VERSION_CODENAME" != bookworm ]; then
		skip "$1" "written for x86_64 on Debian 12, this is $ARCH on $VERSION_CODENAME"
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
	mkdir "$WORK/bin"
	cat >"$WORK/bin/qemu-system-x86_64" <<END
#!/bin/sh
exec $newer/usr/lib64/ld-linux-x86-64.so.2 --argv0 "\$0" --library-path $newer/usr/lib/x86_64-linux-gnu \\
	$newer/usr/bin/qemu-system-x86_64 -L $newer/usr/share/qemu -L $newer/usr/share/seabios "\$@"
END
	chmod +x "$WORK/bin/qemu-system-x86_64"
	PATH=$WORK/bin:$PATH
	like "$(qemu-system-x86_64 --version)" '^QEMU emulator version (1[0-9]|[2-9][0-9])\.' "a newer QEMU runs"
}
